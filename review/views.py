"""The image page, as those see it who may judge, and as all others do."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from review.comment_page import commenting
from review.page import counting_on, judged, reviewing
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
    counting, review = counting_on(image), None
    if has_role(request.user, image.survey, Role.REVIEWER):
        task = task_of_page(image, request.user, request.GET.get("task", ""))
        review = reviewing(image, request.user, counting) | {"task": task}
    return show_image(request, image, more={"judged": judged(image, counting), "review": review, **comments})
