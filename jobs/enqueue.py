"""Asking for work, in the transaction of the fact that causes it."""

from collections.abc import Iterable
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from jobs import nudge
from jobs.models import Job
from jobs.registry import get_kind


def enqueue(
    kind: str, subject: UUID, *, group: UUID | None = None, payload: dict[str, Any] | None = None, priority: int = 0
) -> Job:
    """The live job of this kind about this subject: a new one, or the one that there is, made as urgent as asked."""
    queue = get_kind(kind).queue
    with transaction.atomic():
        job = _insert_or_get(
            Job(kind=kind, queue=queue, subject=subject, group=group, payload=payload or {}, priority=priority)
        )
        if job.priority < priority:
            Job.objects.filter(pk=job.pk, priority__lt=priority).update(priority=priority)
        transaction.on_commit(partial(nudge.nudge, queue, 1), robust=True)
    return job


def enqueue_many(
    kind: str,
    subjects: Iterable[UUID],
    *,
    group: UUID | None = None,
    payload: dict[str, Any] | None = None,
    priority: int = 0,
) -> None:
    """The same for many subjects; those that have a live job of this kind keep it."""
    queue = get_kind(kind).queue
    jobs = [
        Job(kind=kind, queue=queue, subject=subject, group=group, payload=payload or {}, priority=priority)
        for subject in subjects
    ]
    if not jobs:
        return
    with transaction.atomic():
        Job.objects.bulk_create(jobs, ignore_conflicts=True, batch_size=1000)
        transaction.on_commit(partial(nudge.nudge, queue, len(jobs)), robust=True)


def _insert_or_get(wanted: Job) -> Job:
    # The live job that stood in the way may end between the two statements: then there is room for a new one.
    while True:
        Job.objects.bulk_create([wanted], ignore_conflicts=True)
        if found := Job.objects.live().filter(kind=wanted.kind, subject=wanted.subject).first():
            return found
