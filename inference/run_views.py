"""The pages of searches."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from inference.access import get_run_for
from inference.costs import kept_costs
from inference.counts import box_counts
from inference.forms import SearchForm, detectors
from inference.models import ResultSet, Run
from inference.progress import done_at_of, failures_of, places_of, progress_of
from inference.run_plan import PlanRefusedError, RunPlan
from inference.runs import cancel_run, make_current, retry_failed, start_run
from inference.screen_report import screen_reports
from inference.speed_checks import speed_checks_of
from inference.suitability import unsuitable_models
from surveys.access import get_survey_for, has_role
from surveys.models import Role, Survey
from surveys.pagination import read_page


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def survey_runs(request: HttpRequest, slug: str) -> HttpResponse:
    """The searches of a survey; POST starts one."""
    if request.method == "POST":
        return _start(request, get_survey_for(request.user, slug, at_least=Role.ANALYST))
    survey = get_survey_for(request.user, slug)
    return render(
        request, "inference/runs.html", _runs_context(request, survey, SearchForm(survey, initial=_asked_for(request)))
    )


@require_GET
@login_required
def survey_runs_progress(request: HttpRequest, slug: str) -> HttpResponse:
    """The list alone, for the page that fetches it again while a search is under way."""
    survey = get_survey_for(request.user, slug)
    return render(request, "inference/_runs.html", _runs_context(request, survey, None))


@require_safe
@login_required
def run_page(request: HttpRequest, run_id: UUID) -> HttpResponse:
    return render(request, "inference/run.html", _run_context(request, run_id))


@require_GET
@login_required
def run_progress(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """What changes while the search is under way."""
    return render(request, "inference/_run_progress.html", _run_context(request, run_id))


@require_POST
@login_required
def run_cancellation(request: HttpRequest, run_id: UUID) -> HttpResponse:
    run = get_run_for(request.user, run_id, at_least=Role.ANALYST)
    cancel_run(run, request.user)
    messages.success(request, _("The search is cancelled. What it had not reached is not searched, which is no zero."))
    return redirect("survey-runs", run.survey.slug)


@require_POST
@login_required
def run_current(request: HttpRequest, run_id: UUID) -> HttpResponse:
    run = get_run_for(request.user, run_id, at_least=Role.ANALYST)
    make_current(run, request.user)
    messages.success(request, _("Lists and counts now speak of %(model)s.") % {"model": run.model_version})
    return redirect("survey-runs", run.survey.slug)


@require_POST
@login_required
def run_retries(request: HttpRequest, run_id: UUID) -> HttpResponse:
    run = get_run_for(request.user, run_id, at_least=Role.ANALYST)
    again = retry_failed(run, request.user)
    sentence = ngettext("%(n)d image is searched again.", "%(n)d images are searched again.", again)
    messages.success(request, sentence % {"n": again})
    return redirect("survey-runs", run.survey.slug)


def _asked_for(request: HttpRequest) -> dict[str, Any]:
    """What a link to the form would have it say."""
    return {"model_version": request.GET.get("model"), "mode": request.GET.get("mode")}


def _start(request: HttpRequest, survey: Survey) -> HttpResponse:
    form = SearchForm(survey, request.POST)
    if not form.is_valid():
        return render(request, "inference/runs.html", _runs_context(request, survey, form), status=422)
    wanted = form.cleaned_data
    how = {"threshold": wanted["threshold"], "plan": wanted["plan"]}
    try:
        run = start_run(survey, wanted["model_version"], request.user, **how)
    except PlanRefusedError as refusal:  # an image went into the trash since the form was read, say
        messages.error(request, refusal.sentence)
        return redirect("survey-runs", survey.slug)
    messages.success(request, _started(run, wanted["plan"]))
    return redirect("survey-runs", survey.slug)


def _started(run: Run, plan: RunPlan) -> str:
    if plan.images is None:
        return _("%(model)s searches all images.") % {"model": run.model_version}
    sentence = ngettext("%(model)s searches %(n)d image.", "%(model)s searches %(n)d images.", len(plan.images))
    return sentence % {"model": run.model_version, "n": len(plan.images)}


def dress(runs: Sequence[Run]) -> None:
    """What the card of a run shows besides its columns; a few queries for all of them."""
    progress = progress_of(runs)
    done_at = done_at_of(runs, progress, timezone.now())
    failures, checks, reports = failures_of(runs), speed_checks_of(runs), screen_reports(runs)
    for run in runs:
        run.progress, run.failures = progress[run.pk], failures[run.pk]
        run.screen_report = reports.get(run.pk)
        run.done_at, run.speed_check = done_at.get(run.pk), checks.get(run.pk)


def _runs_context(request: HttpRequest, survey: Survey, form: SearchForm | None) -> dict[str, Any]:
    runs = Run.objects.filter(survey=survey).select_related("model_version", "created_by")
    page = read_page(runs, request.GET, newest_first=True, size=20)
    dress(page.rows)
    return {
        "survey": survey,
        "page": page,
        "form": form,
        "has_models": detectors().exists(),
        "unsuitable": unsuitable_models(survey) if form else [],
        "may_change": has_role(request.user, survey, Role.ANALYST),
        "is_under_way": any(run.progress.is_under_way for run in page.rows),
    }


def _run_context(request: HttpRequest, run_id: UUID) -> dict[str, Any]:
    run = get_run_for(request.user, run_id)
    dress([run])
    run.boxes = box_counts(run)
    places = places_of(run)
    spent = sum(place.hours for place in places)
    price = kept_costs(request, run.survey).get("price_an_hour")
    others = Run.objects.filter(survey=run.survey).exclude(pk=run.pk).select_related("model_version")
    return {
        "survey": run.survey,
        "run": run,
        "places": places,
        "spent_hours": spent,
        "spent_price": None if price is None else spent * price,
        "shared_image": _image_to_compare(run),
        "others": others[:10],
        "may_change": has_role(request.user, run.survey, Role.ANALYST),
    }


def _image_to_compare(run: Run) -> UUID | None:
    """One on which it found much, to begin with."""
    searched = run.result_sets.filter(state=ResultSet.State.SEARCHED, image__trashed_at=None)
    return searched.order_by("-n_detections").values_list("image", flat=True).first()
