"""The pages of speed-up checks."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from inference.access import get_speed_check_for
from inference.check_plot import SIDE, dots
from inference.engine.agreement import AgreementReport
from inference.forms import SpeedCheckForm
from inference.models import SpeedCheck
from inference.speed_checks import done_at_of, report_of, retry_check, start_check
from surveys.access import get_survey_for, has_role
from surveys.models import Role, Survey
from surveys.pagination import read_page


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def survey_speed_checks(request: HttpRequest, slug: str) -> HttpResponse:
    """The checks of a survey; POST starts one."""
    if request.method != "POST":
        survey = get_survey_for(request.user, slug)
        form = SpeedCheckForm(initial={"model_version": request.GET.get("model"), "mode": request.GET.get("mode")})
        return render(request, "inference/speed_checks.html", _list_context(request, survey, form))
    survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
    form = SpeedCheckForm(request.POST)
    if not form.is_valid():
        return render(request, "inference/speed_checks.html", _list_context(request, survey, form), status=422)
    wanted = form.cleaned_data
    check = start_check(survey, wanted["model_version"], wanted["mode"], request.user, wanted["n_patches"])
    return redirect("speed-check", check.pk)


@require_safe
@login_required
def speed_check(request: HttpRequest, check_id: UUID) -> HttpResponse:
    check = get_speed_check_for(request.user, check_id)
    return render(request, "inference/speed_check.html", _context(request, check))


@require_GET
@login_required
def speed_check_progress(request: HttpRequest, check_id: UUID) -> HttpResponse:
    """The report alone, for the page that fetches it again while the check is under way."""
    check = get_speed_check_for(request.user, check_id)
    return render(request, "inference/_speed_check.html", _context(request, check))


@require_POST
@login_required
def speed_check_retries(request: HttpRequest, check_id: UUID) -> HttpResponse:
    check = get_speed_check_for(request.user, check_id, at_least=Role.ANALYST)
    if retry_check(check):
        messages.success(request, _("The check is made again."))
    return redirect("speed-check", check.pk)


@require_GET
@login_required
def speed_check_crop(request: HttpRequest, check_id: UUID, number: int) -> HttpResponse:
    check = get_speed_check_for(request.user, check_id)
    crop = check.crops.filter(number=number, image__trashed_at=None).first()
    if crop is None:
        raise Http404
    headers = {"Cache-Control": "private, max-age=3600"}
    return HttpResponse(bytes(crop.jpeg), content_type="image/jpeg", headers=headers)


def _list_context(request: HttpRequest, survey: Survey, form: SpeedCheckForm) -> dict[str, Any]:
    checks = SpeedCheck.objects.filter(survey=survey).select_related("model_version", "created_by").defer("report")
    return {
        "survey": survey,
        "page": read_page(checks, request.GET, newest_first=True, size=20),
        "form": form,
        "may_change": has_role(request.user, survey, Role.ANALYST),
    }


def _context(request: HttpRequest, check: SpeedCheck) -> dict[str, Any]:
    context: dict[str, Any] = {
        "check": check,
        "survey": check.survey,
        "may_change": has_role(request.user, check.survey, Role.ANALYST),
        "n_done": check.report.get("n_done", 0),
        "done_at": done_at_of(check, timezone.now()),
    }
    if check.state != SpeedCheck.State.DONE:
        return context
    report = report_of(check)
    return context | {"report": report, "side": SIDE, "dots": list(dots(report))} | _crops(check, report)


def _crops(check: SpeedCheck, report: AgreementReport) -> dict[str, Any]:
    """Pictures of boxes whose image is still there; and how much faster the mode is."""
    shown = set(check.crops.filter(image__trashed_at=None).values_list("number", flat=True))
    crops = [crop | {"number": number} for number, crop in enumerate(check.report["crops"]) if number in shown]
    for crop in crops:
        left, top, right, bottom = crop["place"]
        crop |= {"left": left, "top": top, "width": right - left, "height": bottom - top}
    return {
        "lost_crops": [crop for crop in crops if crop["is_lost"]],
        "gained_crops": [crop for crop in crops if not crop["is_lost"]],
        "times_faster": report.seconds_exact / report.seconds_fast if report.seconds_fast else None,
    }
