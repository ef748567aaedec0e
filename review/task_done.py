"""Writing down which images of review tasks are done: those that people finished with since the task was made."""

from typing import Any

from django.db.models import F
from django.utils import timezone

from review.models import Review, ReviewTask, TaskImage, TaskPerson, Verdict
from surveys.models import Image
from surveys.progress import IS_REVIEWED

FINISHING = (Verdict.REVIEWED, Verdict.EMPTY, Verdict.UNUSABLE)


def note_in_tasks(image: Image) -> None:
    """After the state of an image was written, in the transaction of the verdict, which holds the survey. Verdicts on
    boxes alone change nothing here."""
    rows = TaskImage.objects.filter(image=image).select_related("task")
    if not rows:
        return
    if image.review_state not in IS_REVIEWED:
        for row in rows:
            _undo(row)
        return
    last = Review.objects.filter(image=image, detection=None, verdict__in=FINISHING).order_by("created_at", "id").last()
    for row in rows:
        if last is not None and row.done_at is None and last.created_at >= row.task.created_at:
            _end(row, last.author_id)


def _end(row: TaskImage, person: Any) -> None:
    done = {"done_at": timezone.now(), "done_by": person, "holder": None, "token": None, "held_until": None}
    if TaskImage.objects.filter(pk=row.pk, done_at=None).update(**done):
        _count(row.task_id, person, 1)


def _undo(row: TaskImage) -> None:
    """What was taken back is handed out again."""
    if row.done_at and TaskImage.objects.filter(pk=row.pk, done_at=row.done_at).update(done_at=None, done_by=None):
        _count(row.task_id, row.done_by_id, -1)


def _count(task: Any, person: Any, step: int) -> None:
    ReviewTask.objects.filter(pk=task).update(n_done=F("n_done") + step)
    if person is None:
        return
    TaskPerson.objects.get_or_create(task_id=task, user_id=person, defaults={"is_chosen": False})
    TaskPerson.objects.filter(task=task, user=person).update(n_done=F("n_done") + step)
