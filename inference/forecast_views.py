"""What a search will take, before it is started."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from inference.costs import keep_costs, kept_costs
from inference.forecast import ReviewPace, cost_of_search, most_unseen, review_efforts, thresholds_from
from inference.forecast_samples import SAMPLE, pace_of, run_to_go_by, scores_of_sample, workers_alive
from inference.forms import CostForm, SearchForm
from inference.run_plan import searchable
from surveys.access import get_survey_for
from surveys.models import Role, Survey


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def run_forecast(request: HttpRequest, slug: str) -> HttpResponse:
    """The query says which search, as the form that starts one; POST keeps prices and paces for this person."""
    survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
    costs = CostForm(request.POST if request.method == "POST" else None, initial=kept_costs(request, survey))
    if request.method == "POST" and costs.is_valid():
        keep_costs(request, survey, costs.cleaned_data)
        return redirect(request.get_full_path())
    if "search-model_version" not in request.GET:
        return redirect("survey-runs", survey.slug)
    form = SearchForm(survey, request.GET)
    context = {"survey": survey, "form": form, "costs": costs}
    if form.is_valid():
        context |= _forecast(survey, form.cleaned_data, kept_costs(request, survey))
    status = 422 if form.errors or costs.errors else 200
    return render(request, "inference/forecast.html", context, status=status)


def _forecast(survey: Survey, wanted: dict[str, Any], costs: dict[str, Any]) -> dict[str, Any]:
    version, plan = wanted["model_version"], wanted["plan"]
    n_images = searchable(survey.pk).count() if plan.images is None else len(plan.images)
    pace = pace_of(survey, version, plan)
    workers = costs.get("workers") or max(1, workers_alive())
    known = {"workers": workers, "price_an_hour": costs.get("price_an_hour")}
    return {
        "version": version,
        "plan": plan,
        "n_images": n_images,
        "n_trial": min(SAMPLE, n_images),
        "pace": pace,
        "workers": workers,
        "cost": pace and cost_of_search(pace, n_images, **known),
        **_review(survey, wanted, n_images, costs),
    }


def _review(survey: Survey, wanted: dict[str, Any], n_images: int, costs: dict[str, Any]) -> dict[str, Any]:
    """From what an earlier search by the same model found; nothing of it where there is none."""
    run = run_to_go_by(survey, wanted["model_version"], wanted["plan"])
    if run is None:
        return {"run": None, "efforts": []}
    lowest = max(run.threshold, wanted["threshold"] or run.threshold)
    scores = scores_of_sample(run, seed=run.pk.int)
    pace = ReviewPace(costs.get("box_s"), costs.get("image_s"))
    efforts = review_efforts(scores, n_images, thresholds=thresholds_from(lowest), pace=pace)
    most = most_unseen(len(scores), n_images) if any(not effort.boxes for effort in efforts) else None
    return {"run": run, "n_sample": len(scores), "efforts": efforts, "most_unseen": most}
