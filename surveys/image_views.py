"""A survey's images as a grid with filters."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from surveys.access import get_survey_for, has_role
from surveys.found import found_on
from surveys.image_filters import ImageFilters, labels_of, transect_choices, wanted_images
from surveys.models import Role
from surveys.pagination import Page, read_page
from surveys.progress import counts_of
from surveys.quick_filters import CLOSE, quick_filters, views

IMAGES_A_PAGE = 48


@login_required
@require_safe
def images(request: HttpRequest, slug: str) -> HttpResponse:
    survey = get_survey_for(request.user, slug)
    filters = ImageFilters(request.GET)
    try:
        page = read_page(wanted_images(survey, request.GET), request.GET, size=IMAGES_A_PAGE)
    except ValidationError:
        page = Page([], None, None)  # the form says what is wrong
    found = found_on(page.rows, survey)
    for image in page.rows:
        image.found = found.get(image.pk, [])
    is_filtered = any(request.GET.get(name) for name in filters.fields)
    context = {
        "survey": survey,
        "filters": filters,
        "page": page,
        "labels": labels_of(survey),
        "choices": transect_choices(survey, request.GET),
        "is_filtered": is_filtered,
        "views": views(request.GET),
        "is_close": request.GET.get("view") == CLOSE,
        "quick_filters": quick_filters(counts_of([survey.pk])[survey.pk], request.GET),
        "is_analyst": has_role(request.user, survey, Role.ANALYST),
    }
    return render(request, "surveys/images.html", context)
