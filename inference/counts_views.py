"""The part of the page of counts that is fetched again while scores are being counted."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from inference.access import run_of_survey
from inference.counts import label_counts
from inference.score_table import score_table
from surveys.access import get_survey_for


@require_safe
@login_required
def survey_scores(request: HttpRequest, slug: str) -> HttpResponse:
    survey = get_survey_for(request.user, slug)
    run = run_of_survey(survey, None)
    scores = score_table(run, label_counts(run), request.GET.get("score")) if run else None
    if scores is not None and not scores.rows:
        return HttpResponse(status=204)
    return render(request, "inference/_scores.html", {"survey": survey, "run": run, "scores": scores})
