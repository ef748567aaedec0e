"""The page of counts."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from inference.access import run_of_survey
from inference.counts import label_counts
from inference.recount import pending_recount
from inference.screen_report import screen_reports
from inference.species import species_map
from inference.species_words import sentences
from inference.transect_counts import transect_counts
from surveys.access import get_survey_for
from surveys.progress import arriving, counts_of


@require_safe
@login_required
def survey_counts(request: HttpRequest, slug: str) -> HttpResponse:
    survey = get_survey_for(request.user, slug)
    run = run_of_survey(survey, None)
    counts = label_counts(run) if run else []
    images = counts_of([survey.pk])[survey.pk]
    return render(
        request,
        "inference/counts.html",
        {
            "survey": survey,
            "run": run,
            "images": images,
            "n_excluded": survey.images.filter(trashed_at=None, is_excluded=True).count(),
            "found": [count for count in counts if count.n_detections],
            "not_found": [count.label for count in counts if not count.n_detections],
            "screen_report": screen_reports([run]).get(run.pk) if run else None,
            "by_transect": transect_counts(run) if run else None,
            "species_sentences": sentences(species_map(run)) if run else [],
            "recounting": pending_recount(survey),
            "are_arriving": bool(images.unread or arriving(survey)),
            "is_judged": any(count.n_confirmed or count.n_rejected for count in counts),
            "most": max((count.n_detections for count in counts), default=0),
        },
    )
