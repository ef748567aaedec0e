"""Work that comes back by itself, whatever happens or not."""

from datetime import datetime, timedelta
from uuid import UUID

from jobs.enqueue import enqueue
from jobs.models import Job, JobQuerySet
from jobs.registry import Kind, recurring_kinds

NOTHING_IN_PARTICULAR = UUID(int=0)


def enqueue_due(*, now: datetime) -> int:
    """How many kinds were due. Of each at most one job is live, however many dispatchers there are."""
    due = [kind for kind in recurring_kinds() if _is_due(kind, now)]
    for kind in due:
        _jobs_of(kind).filter(state=Job.State.DONE).delete()
        enqueue(kind.name, NOTHING_IN_PARTICULAR)
    return len(due)


def _is_due(kind: Kind, now: datetime) -> bool:
    latest = _jobs_of(kind).order_by("-id").first()
    return latest is None or latest.created_at <= now - timedelta(seconds=kind.every_s or 0)


def _jobs_of(kind: Kind) -> JobQuerySet:
    return Job.objects.filter(kind=kind.name, subject=NOTHING_IN_PARTICULAR)
