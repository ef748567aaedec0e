"""What the image page shows of the review task through which somebody came to it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from review.access import is_chosen
from review.handing_out import hold
from review.models import ReviewTask, TaskImage
from surveys.models import Image


def task_of_page(image: Image, user: Any, asked: str) -> dict[str, Any] | None:
    """`asked`: the task that the address names. None where it is none of this image's, or not this person's. To open
    the page is to hold the image, where nobody else does."""
    task = _task(image, asked)
    if task is None or not is_chosen(user, task):
        return None
    row = hold(task, image, user, now=timezone.now()) or task.images.filter(image=image).first()
    if row is None:
        return None
    lease = reverse("api-review-task-next", args=[task.pk])
    return {
        "name": task.name,
        "url": reverse("review-task", args=[task.pk]),
        "next": reverse("review-task-next", args=[task.pk]) + "?" + urlencode({"after": image.pk}),
        "previous": _previous(task, row, user),
        "nDone": task.n_done,
        "nImages": task.n_images,
        "isDone": row.done_at is not None,
        "isClosed": task.closed_at is not None,
        "isMine": row.holder_id == user.pk,
        "lease": lease,
        "token": str(row.token) if row.holder_id == user.pk else None,
        "texts": _texts(),
    }


def _task(image: Image, asked: str) -> ReviewTask | None:
    try:
        return ReviewTask.objects.select_related("survey").filter(pk=UUID(asked), survey=image.survey_id).first()
    except ValueError:
        return None


def _previous(task: ReviewTask, row: TaskImage, user: Any) -> str | None:
    """The page of the image that this person finished before this one."""
    mine = task.images.filter(done_by=user, done_at__isnull=False).exclude(pk=row.pk).order_by("-done_at")
    before = mine.filter(done_at__lt=row.done_at) if row.done_at else mine
    image = before.values_list("image", flat=True).first()
    return image and f"{reverse('image', args=[image])}?task={task.pk}"


def _texts() -> dict[str, str]:
    return {
        "done": _("{done} of {images} done"),
        "finished": _("Done. [[next-image]] leads to the next image of the task."),
        "lost": _("This image was handed to somebody else in the meantime: go on with the next one."),
        "saving": _("One moment: your verdicts are being saved."),
    }
