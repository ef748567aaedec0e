"""Making a review task, and changing what may be changed: its name, its people, whether it is closed."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from inference.runs import lock_survey
from review.handing_out import FREE
from review.models import ReviewTask, TaskImage, TaskPerson
from review.task_filter import AT_ONCE, MOST_IMAGES, TaskFilter, TaskRefusedError, chosen_images
from surveys.activity import record
from surveys.bulk_rows import insert_columns
from surveys.models import Role, Survey

MAY_REVIEW = (Role.REVIEWER, Role.ANALYST, Role.OWNER)


def people_to_choose(survey: Survey) -> QuerySet[Any]:
    """Those of the survey's people who may judge."""
    members = survey.memberships.filter(role__in=MAY_REVIEW)
    return get_user_model().objects.filter(pk__in=members.values("user")).order_by("username")


def make_task(survey: Survey, name: str, wanted: TaskFilter, people: Sequence[Any], actor: Any) -> ReviewTask:
    """All of it or nothing. It holds the survey, so that no image is judged between being chosen and being written
    down. Raises TaskRefusedError."""
    with transaction.atomic():
        locked = lock_survey(survey.pk)
        facts = {"survey": locked, "run": locked.current_run, "created_by": actor, **asdict(wanted)}
        task = ReviewTask.objects.create(name=name, **facts)
        task.n_images = _write_images(task, locked, wanted)
        task.save(update_fields=["n_images"])
        TaskPerson.objects.bulk_create(TaskPerson(task=task, user=user) for user in people)
        record(survey, actor, "review_task_made", name)
    return task


def _write_images(task: ReviewTask, survey: Survey, wanted: TaskFilter) -> int:
    n, chosen = 0, chosen_images(survey, wanted)
    while batch := list(islice(chosen, AT_ONCE)):
        insert_columns(
            TaskImage, ("task", "image", "place"), ((task.pk, image, at) for at, image in enumerate(batch, n + 1))
        )
        n += len(batch)
        if n > MOST_IMAGES:
            raise TaskRefusedError(
                _("This takes more than %(most)s images: choose fewer, or a random share.")
                % {"most": f"{MOST_IMAGES:,}"}
            )
    if not n:
        raise TaskRefusedError(_("This takes no image: choose less narrowly."))
    return n


def rename(task: ReviewTask, name: str) -> None:
    ReviewTask.objects.filter(pk=task.pk).update(name=name)
    task.name = name


@transaction.atomic
def choose_people(task: ReviewTask, people: Iterable[Any]) -> None:
    """Who is no longer chosen keeps what was done, and holds nothing any more."""
    chosen = {user.pk for user in people}
    task.shares.exclude(user__in=chosen).update(is_chosen=False)
    task.images.exclude(holder__in=chosen).filter(holder__isnull=False).update(**FREE)
    known = set(task.shares.values_list("user", flat=True))
    task.shares.filter(user__in=chosen).update(is_chosen=True)
    TaskPerson.objects.bulk_create(TaskPerson(task=task, user_id=user) for user in chosen - known)


@transaction.atomic
def close(task: ReviewTask, actor: Any, *, now: datetime) -> None:
    """Nothing more is handed out. What was done stays, and so does every verdict."""
    if ReviewTask.objects.filter(pk=task.pk, closed_at=None).update(closed_at=now):
        task.images.filter(holder__isnull=False).update(**FREE)
        record(task.survey, actor, "review_task_closed", task.name)
        task.closed_at = now


@transaction.atomic
def reopen(task: ReviewTask, actor: Any) -> None:
    if ReviewTask.objects.filter(pk=task.pk, closed_at__isnull=False).update(closed_at=None):
        record(task.survey, actor, "review_task_reopened", task.name)
        task.closed_at = None
