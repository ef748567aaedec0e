"""The page of counts: what people accepted, and what the current search proposes."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from inference.counts_page import proposed
from inference.species import species_map
from review.accepted import accepted_in
from surveys.access import get_survey_for


@require_safe
@login_required
def survey_counts(request: HttpRequest, slug: str) -> HttpResponse:
    survey = get_survey_for(request.user, slug)
    machine = proposed(survey, request.GET.get("score"))
    known = species_map(machine["run"]).labels if machine["run"] else []
    people = accepted_in(survey, known)
    context = {"survey": survey, "accepted": people, "n_excluded": people.images.excluded}
    return render(request, "review/counts.html", machine | context)
