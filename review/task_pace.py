"""How fast a review task goes, and when it will be done. What cannot be told has no number, never a guess."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery, Sum

from review.models import ReviewTask, TaskImage, TaskPerson
from surveys.models import ImageLabel

PAUSE = timedelta(minutes=15)  # longer between two images, and nobody was at work
LAST = 100  # images of a person that the pace is read from
AT_LEAST = 5
RECENT = timedelta(days=7)
A_DAY = timedelta(days=1)
FARTHEST = timedelta(days=3650)


@dataclass(frozen=True)
class PersonRow:
    user: Any
    n_done: int
    an_hour: float | None
    is_chosen: bool


@dataclass(frozen=True)
class LabelRow:
    label: str
    n_judged: int
    percent_rejected: float


def an_hour(ends: Sequence[datetime]) -> float | None:
    """Images an hour of work, from the instants at which images were finished, in any order. Pauses are left out; None
    with too few images one after the other."""
    in_order = sorted(ends)
    gaps = [later - earlier for earlier, later in pairwise(in_order)]
    worked = [gap for gap in gaps if gap <= PAUSE]
    hours = sum(worked, timedelta()) / timedelta(hours=1)
    return len(worked) / hours if len(worked) >= AT_LEAST and hours else None


def finish(n_left: int, n_recent: int, since: datetime | None, now: datetime) -> datetime | None:
    """When the rest will be done, if it goes on as in the last days: `n_recent` images since `since`. Not told before
    a whole day has passed."""
    if not n_left or not n_recent or since is None or now - since < A_DAY:
        return None
    rest = (now - since) * n_left / n_recent
    return now + rest if rest < FARTHEST else None


def finishes(tasks: Sequence[ReviewTask], now: datetime) -> dict[Any, datetime | None]:
    """By task, of those that go on; one query, that looks at the first image done and at those of the last days."""
    left = {task.pk: task.n_images - task.n_done for task in tasks if task.closed_at is None}
    done = TaskImage.objects.filter(task=OuterRef("pk"), done_at__isnull=False)
    recent = done.filter(done_at__gt=now - RECENT).order_by().values("task")
    rows = ReviewTask.objects.filter(pk__in=left, n_done__gt=0).annotate(
        first=Subquery(done.order_by("done_at").values("done_at")[:1]),
        n_recent=Subquery(recent.annotate(n=Count("pk")).values("n")),
    )
    return {
        task.pk: finish(left[task.pk], task.n_recent or 0, max(task.first, now - RECENT), now)
        for task in rows
        if task.first
    }


def people_of(task: ReviewTask) -> list[PersonRow]:
    """Those chosen, and who else finished an image; one look at the last images of each."""
    shares = TaskPerson.objects.filter(Q(is_chosen=True) | Q(n_done__gt=0), task=task).select_related("user")
    return [_person(task, share) for share in shares.order_by("-n_done", "user__username")]


def _person(task: ReviewTask, share: TaskPerson) -> PersonRow:
    ends = (
        task.images.filter(done_by=share.user_id, done_at__isnull=False)
        .order_by("-done_at")
        .values_list("done_at", flat=True)
    )
    return PersonRow(share.user, share.n_done, an_hour(list(ends[:LAST])) if share.n_done else None, share.is_chosen)


def rejected_by_label(task: ReviewTask) -> list[LabelRow]:
    """Of the boxes on the task's finished images that were confirmed or rejected."""
    done = task.images.filter(done_at__isnull=False).values("image")
    counts = ImageLabel.objects.filter(run=task.run, image__in=done).values("label")
    sums = counts.annotate(yes=Sum("n_confirmed"), no=Sum("n_rejected")).order_by("label")
    rows = [(row["label"], row["yes"] + row["no"], row["no"]) for row in sums]
    return [LabelRow(label, n_judged, 100 * n_rejected / n_judged) for label, n_judged, n_rejected in rows if n_judged]
