"""A survey's images as a grid with filters."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from surveys.access import get_survey_for, has_role
from surveys.image_filters import ImageFilters, labels_of, wanted_images
from surveys.models import Role
from surveys.pagination import Page, read_page

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
    is_filtered = any(request.GET.get(name) for name in filters.fields)
    context = {
        "survey": survey,
        "filters": filters,
        "page": page,
        "labels": labels_of(survey),
        "is_filtered": is_filtered,
        "is_analyst": has_role(request.user, survey, Role.ANALYST),
    }
    return render(request, "surveys/images.html", context)
