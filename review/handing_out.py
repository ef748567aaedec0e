"""Handing out the images of a review task: nobody is given one that somebody else holds. Who holds an image has it for
one lease, renewed while something is done; one that runs out is handed out again."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from review.models import ReviewTask, TaskImage
from review.task_filter import can_be_looked_at
from surveys.models import Image
from viewer import pyramid

AHEAD = 3  # images whose pyramids are asked for before their turn
SOON = 5  # their priority: before all that nobody waits for
FREE: dict[str, Any] = {"holder": None, "token": None, "held_until": None}


def held_by(task: ReviewTask, user: Any) -> TaskImage | None:
    """The image that was handed to this person and that nobody else has by now."""
    return _of(task, user).first()


def claim_next(task: ReviewTask, user: Any, *, now: datetime, after: UUID | None = None) -> TaskImage | None:
    """The image that the person holds already, else the next free one; with `after` the one that comes after this
    image, which is given back. None where nothing is left for this person now."""
    if task.closed_at is not None:
        return None
    claimed = _claim(task, user, now, after)
    if claimed is not None:
        _build_ahead(task, claimed, now)
    return claimed


def hold(task: ReviewTask, image: Image, user: Any, *, now: datetime) -> TaskImage | None:
    """This very image, where it is free and the person holds no other one. A new page gets a new token, so that the
    page before it gives nothing back."""
    mine_or_free = _open(task).filter(can_be_looked_at("image__"), _free(now) | Q(holder=user), image=image)
    try:
        with transaction.atomic():
            row = mine_or_free.select_for_update(of=("self",)).first() if task.closed_at is None else None
            return row and _take(row, user, now)
    except IntegrityError:  # one image in hand: another one is
        return None


def renew(task: ReviewTask, user: Any, token: UUID, *, now: datetime) -> datetime | None:
    """The lease's new end; None where the image is not this page's any more."""
    until = lease_end(now)
    is_held = _open(task).filter(task__closed_at=None, holder=user, token=token).update(held_until=until)
    return until if is_held else None


def give_back(task: ReviewTask, user: Any, token: UUID | None) -> None:
    """Without a token whatever the person holds."""
    mine = _open(task).filter(holder=user)
    (mine.filter(token=token) if token else mine).update(**FREE)


def lease_end(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.REVIEW_LEASE_S)


def free_images(task: ReviewTask, now: datetime) -> QuerySet[TaskImage]:
    """Those that may be handed out, in the order in which they are."""
    return _open(task).filter(_free(now), can_be_looked_at("image__")).order_by("place")


def in_hand(task: ReviewTask, now: datetime) -> QuerySet[TaskImage]:
    return _open(task).filter(holder__isnull=False, held_until__gt=now)


def _claim(task: ReviewTask, user: Any, now: datetime, after: UUID | None) -> TaskImage | None:
    """One transaction. PostgreSQL passes over rows that others are just taking; SQLite lets one write at a time."""
    try:
        with transaction.atomic():
            # Locked: it may have run out, and be somebody else's at this very moment.
            mine = _of(task, user).select_for_update(of=("self",)).first()
            if mine is not None and mine.image_id != after:
                return _take(mine, user, now)
            # One that ran out, or that nobody can look at any more, is in hand still.
            _open(task).filter(holder=user).update(**FREE)
            row = _next_free(task, now, after)
            return row and _take(row, user, now)
    except IntegrityError:  # another page of the same person was quicker
        return held_by(task, user)


def _next_free(task: ReviewTask, now: datetime, after: UUID | None) -> TaskImage | None:
    """Round and round; the image just left comes last."""
    free = free_images(task, now).select_related("image").select_for_update(skip_locked=True, of=("self",))
    left = after and task.images.filter(image=after).first()
    if not left:
        return free.first()
    return free.filter(place__gt=left.place).first() or free.exclude(pk=left.pk).first() or free.first()


def _take(row: TaskImage, user: Any, now: datetime) -> TaskImage:
    row.holder, row.token, row.held_until = user, uuid4(), lease_end(now)
    row.save(update_fields=list(FREE))
    return row


def _of(task: ReviewTask, user: Any) -> QuerySet[TaskImage]:
    return _open(task).filter(can_be_looked_at("image__"), holder=user).select_related("image")


def _open(task: ReviewTask) -> QuerySet[TaskImage]:
    return TaskImage.objects.filter(task=task, done_at=None)


def _free(now: datetime) -> Q:
    return Q(holder=None) | Q(held_until__lte=now)


def _build_ahead(task: ReviewTask, claimed: TaskImage, now: datetime) -> None:
    """The pyramid of this image, and of those that come next, so that nobody waits in front of them."""
    pyramid.want(claimed.image)
    following = free_images(task, now).filter(place__gt=claimed.place).select_related("image")
    for row in following[:AHEAD]:
        if row.image.pyramid_state == Image.Pyramid.NONE:
            pyramid.want(row.image, priority=SOON)
