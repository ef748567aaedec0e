"""The pages of all judgements of a survey, or of one of its images, and of those that disagree."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from review.disputes import disputes_in, opinions_of
from review.history import NEWEST_FIRST, reviews_in, steps, words_of
from surveys.access import get_image_for, get_survey_for
from surveys.models import Image, Survey
from surveys.pagination import read_page


@require_safe
@login_required
def history(request: HttpRequest, slug: str) -> HttpResponse:
    """`?image=`: of that image alone."""
    survey = get_survey_for(request.user, slug)
    image = _image(request, survey)
    page = read_page(reviews_in(survey, image), request.GET, **NEWEST_FIRST)
    context = {"survey": survey, "image": image, "page": page, "steps": steps(page.rows)}
    return render(request, "review/history.html", context)


@require_safe
@login_required
def disagreements(request: HttpRequest, slug: str) -> HttpResponse:
    """What is open between people who may decide it alike."""
    survey = get_survey_for(request.user, slug)
    page = read_page(disputes_in(survey), request.GET, key=("since", "subject"), newest_first=True)
    opinions = opinions_of(page.rows)
    rows = [(dispute, [(said, words_of(said)) for said in opinions[dispute.pk]]) for dispute in page.rows]
    return render(request, "review/disagreements.html", {"survey": survey, "page": page, "rows": rows})


def _image(request: HttpRequest, survey: Survey) -> Image | None:
    if not (asked := request.GET.get("image")):
        return None
    try:
        image = get_image_for(request.user, UUID(asked))
    except ValueError as error:
        raise Http404 from error
    if image.survey_id != survey.pk:
        raise Http404
    return image
