"""The trash of surveys and of images: moving there, looking, bringing back."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from surveys.access import get_image_for, get_survey_for
from surveys.models import Role
from surveys.pagination import read_page
from surveys.trash import (
    AlreadyThereError,
    get_trashed_image_for,
    restore_image,
    restore_survey,
    trash_image,
    trash_survey,
    trashed_surveys_for,
)


@login_required
@require_safe
def trash(request: HttpRequest) -> HttpResponse:
    page = read_page(trashed_surveys_for(request.user), request.GET, newest_first=True)
    return render(request, "surveys/trash.html", {"page": page})


@login_required
@require_POST
def survey_removal(request: HttpRequest, slug: str) -> HttpResponse:
    survey = get_survey_for(request.user, slug, at_least=Role.OWNER)
    trash_survey(survey, request.user)
    said = _("“%(name)s” is in the trash. It can be brought back for 30 days.")
    messages.success(request, said % {"name": survey.name})
    return redirect("surveys")


@login_required
@require_POST
def survey_restoration(request: HttpRequest, slug: str) -> HttpResponse:
    survey = get_object_or_404(trashed_surveys_for(request.user), slug=slug)
    restore_survey(survey, request.user)
    messages.success(request, _("“%(name)s” is back.") % {"name": survey.name})
    return redirect("survey", survey.slug)


@login_required
@require_safe
def survey_trash(request: HttpRequest, slug: str) -> HttpResponse:
    survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
    page = read_page(survey.images.exclude(trashed_at=None), request.GET, newest_first=True)
    return render(request, "surveys/image_trash.html", {"survey": survey, "page": page})


@login_required
@require_POST
def image_removal(request: HttpRequest, image_id: UUID) -> HttpResponse:
    image = get_image_for(request.user, image_id, at_least=Role.ANALYST)
    trash_image(image, request.user)
    said = _("%(name)s is in the trash. It can be brought back for 30 days.")
    messages.success(request, said % {"name": image.file_name})
    # The page of failures stands in a higher room; by its name alone it is reached from here.
    return redirect("survey-jobs" if request.POST.get("next") == "jobs" else "images", image.survey.slug)


@login_required
@require_POST
def image_restoration(request: HttpRequest, image_id: UUID) -> HttpResponse:
    image = get_trashed_image_for(request.user, image_id)
    try:
        restore_image(image, request.user)
    except AlreadyThereError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(name)s is back.") % {"name": image.file_name})
    return redirect("survey-trash", image.survey.slug)
