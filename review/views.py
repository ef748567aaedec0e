"""The image page, as those see it who may judge, and as all others do."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from review.comment_page import commenting
from review.page import judged, reviewing
from review.task_page import task_of_page
from surveys.access import get_image_for, has_role
from surveys.models import Image, Role
from viewer.views import show_image


@require_safe
@login_required
def image_page(request: HttpRequest, image_id: UUID) -> HttpResponse:
    image = get_image_for(request.user, image_id)
    comments = {"comments": commenting(image, request.user)}
    if image.ingest_state != Image.Ingest.DONE:
        return show_image(request, image, more=comments)
    may_judge = has_role(request.user, image.survey, Role.REVIEWER)
    more = {"judged": judged(image), "review": _reviewing(request, image) if may_judge else None}
    return show_image(request, image, more=more | comments)


def _reviewing(request: HttpRequest, image: Image) -> dict[str, Any]:
    task = task_of_page(image, request.user, request.GET.get("task", ""))
    return reviewing(image, request.user) | {"task": task}
