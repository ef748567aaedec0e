"""The pages of comparisons: models against known animals of a survey. Analysts of the survey see them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inference.access import get_comparison_for
from inference.comparison_forms import ComparisonForm, ProjectionForm
from inference.comparison_plot import HEIGHT, WIDTH, plot
from inference.comparison_rows import Line, lines_of, points_of
from inference.comparisons import NoModelsError, cancel_comparison, retry_failed, start_comparison
from inference.costs import keep_costs, kept_costs
from inference.models import Comparison
from inference.run_plan import searchable
from surveys.access import get_survey_for
from surveys.models import Role, Survey
from surveys.pagination import read_page


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def survey_comparisons(request: HttpRequest, slug: str) -> HttpResponse:
    """The comparisons on a survey; POST takes known animals in and starts one."""
    survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
    if request.method != "POST":
        return _list_page(request, survey, ComparisonForm(survey))
    form = ComparisonForm(survey, request.POST, request.FILES)
    if not form.is_valid():
        return _list_page(request, survey, form, status=422)
    try:
        comparison = start_comparison(survey, form.known, request.user, iou=form.cleaned_data["iou"])
    except NoModelsError as error:
        form.add_error(None, str(error))
        return _list_page(request, survey, form, status=422)
    return redirect("comparison", comparison.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def comparison(request: HttpRequest, comparison_id: UUID) -> HttpResponse:
    """What the models are worth; POST keeps numbers of images and machines, and a price, for this person."""
    found = get_comparison_for(request.user, comparison_id)
    kept = kept_costs(request, found.survey)
    form = ProjectionForm(request.POST if request.method == "POST" else None, initial=kept)
    if request.method == "POST" and form.is_valid():
        keep_costs(request, found.survey, kept | form.cleaned_data)
        return redirect("comparison", found.pk)
    status = 422 if form.errors else 200
    return render(request, "inference/comparison.html", _context(request, found) | {"form": form}, status=status)


@require_GET
@login_required
def comparison_progress(request: HttpRequest, comparison_id: UUID) -> HttpResponse:
    """The figures alone, for the page that fetches them again while models search."""
    found = get_comparison_for(request.user, comparison_id)
    return render(request, "inference/_comparison.html", _context(request, found))


@require_POST
@login_required
def comparison_retries(request: HttpRequest, comparison_id: UUID) -> HttpResponse:
    found = get_comparison_for(request.user, comparison_id)
    n = retry_failed(found)
    sentence = ngettext("%(n)d model is tried again.", "%(n)d models are tried again.", n)
    messages.success(request, sentence % {"n": n})
    return redirect("comparison", found.pk)


@require_POST
@login_required
def comparison_cancellation(request: HttpRequest, comparison_id: UUID) -> HttpResponse:
    found = get_comparison_for(request.user, comparison_id)
    n = cancel_comparison(found)
    sentence = ngettext("%(n)d model was stopped.", "%(n)d models were stopped.", n)
    messages.success(request, sentence % {"n": n})
    return redirect("comparison", found.pk)


def _list_page(request: HttpRequest, survey: Survey, form: ComparisonForm, *, status: int = 200) -> HttpResponse:
    rows = Comparison.objects.filter(survey=survey).select_related("created_by").defer("known")
    page = read_page(rows, request.GET, newest_first=True, size=20)
    context = {"survey": survey, "page": page, "form": form}
    return render(request, "inference/comparisons.html", context, status=status)


def _context(request: HttpRequest, found: Comparison) -> dict[str, Any]:
    costs = kept_costs(request, found.survey)
    n_images = costs.get("n_images") or searchable(found.survey_id).count()
    workers = costs.get("workers") or 1
    known = {"workers": workers, "price_an_hour": costs.get("price_an_hour")}
    lines = lines_of(found, n_images, timezone.now(), **known)
    marks, ticks = plot(points_of(lines))
    return {
        "comparison": found,
        "survey": found.survey,
        "n_images": n_images,
        "workers": workers,
        "marks": marks,
        "ticks": ticks,
        "width": WIDTH,
        "height": HEIGHT,
        **_by_state(lines),
    }


def _by_state(lines: list[Line]) -> dict[str, Any]:
    states = {state: [line for line in lines if line.row.state == state] for state in ("waiting", "done", "failed")}
    return {"n_models": len(lines)} | states | {"places": sorted({line.place for line in states["done"]})}
