"""The image page, as those see it who may judge, and as all others do."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from review.page import commenting, reviewing
from surveys.access import get_image_for, has_role
from surveys.models import Image, Role
from viewer.views import show_image


@require_safe
@login_required
def image_page(request: HttpRequest, image_id: UUID) -> HttpResponse:
    image = get_image_for(request.user, image_id)
    comments = commenting(image, request.user)
    if image.ingest_state != Image.Ingest.DONE or not has_role(request.user, image.survey, Role.REVIEWER):
        return show_image(request, image, comments=comments)
    return show_image(request, image, review=reviewing(image, request.user), comments=comments)
