"""Who works on a job: a lease that ends by itself, and a token that tells its holder from everybody else."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from jobs.models import Job
from jobs.registry import kind_names

CLAIMABLE = (Job.State.NEW, Job.State.QUEUED)


def claim(job_id: UUID, *, now: datetime) -> Job | None:
    """The job, now the caller's for one lease; None when it is somebody else's, over, or waiting after a failure."""
    token = uuid4()
    due = Q(next_try_at=None) | Q(next_try_at__lte=now)
    claimed = Job.objects.filter(due, pk=job_id, state__in=CLAIMABLE, kind__in=kind_names()).update(
        state=Job.State.RUNNING, token=token, lease_until=lease_end(now), started_at=now, attempt=F("attempt") + 1
    )
    return Job.objects.filter(pk=job_id, token=token).first() if claimed else None


def claim_most_urgent(job_id: UUID, *, now: datetime) -> Job | None:
    """The job of the message, or a more urgent one of its queue: then the message's job waits for another message."""
    urgent = _more_urgent(job_id)
    if urgent is None or (job := claim(urgent, now=now)) is None:
        return claim(job_id, now=now)
    Job.objects.filter(pk=job_id, state=Job.State.QUEUED).update(state=Job.State.NEW, queued_at=None)
    return job


def lease_end(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.JOB_LEASE_S)


def renew(job: Job, *, now: datetime) -> bool:
    return bool(Job.objects.held_by(job).update(lease_until=lease_end(now)))


def give_back(job: Job) -> bool:
    """The worker was told to stop: the attempt does not count."""
    with transaction.atomic():
        return bool(
            Job.objects.held_by(job).update(
                state=Job.State.NEW, token=None, lease_until=None, queued_at=None, attempt=F("attempt") - 1
            )
        )


def _more_urgent(job_id: UUID) -> UUID | None:
    message = Job.objects.filter(pk=job_id).values("queue", "priority").first()
    if message is None:
        return None
    overtaking = Job.objects.filter(
        state__in=CLAIMABLE, next_try_at=None, queue=message["queue"], priority__gt=0, kind__in=kind_names()
    )
    first = overtaking.filter(priority__gt=message["priority"]).order_by("-priority", "id").first()
    return first and first.pk
