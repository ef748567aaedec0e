"""Putting right what was left lying: leases that ended without a word, messages that never arrived."""

import logging
from datetime import datetime, timedelta

from django.conf import settings

from jobs import outcome
from jobs.errors import LeaseLostError
from jobs.models import Job, Pulse

logger = logging.getLogger(__name__)
FORGET_PULSE = timedelta(hours=1)


def sweep_leases(*, now: datetime) -> int:
    """Jobs whose holder vanished wait again, or end as failed after their last attempt. How many there were."""
    vanished = list(Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=now).order_by("lease_until")[:500])
    for job in vanished:
        _sweep_one(job, now)
    return len(vanished)


def _sweep_one(job: Job, now: datetime) -> None:
    try:
        outcome.holder_vanished(job, now=now)
    except LeaseLostError:
        pass  # another dispatcher swept it, or its holder came back in between
    except Exception:
        logger.exception("%s could not be put back; it is tried again after a lease.", job)
        Job.objects.held_by(job).update(lease_until=now + timedelta(seconds=settings.JOB_LEASE_S))


def sweep_lost_messages(queue: str, *, now: datetime, n_messages: int) -> int:
    """Of the jobs handed out long ago, as many wait again as the broker has fewer messages than there are jobs out.

    A worker may hold a few messages in its memory: their jobs get a second message, and the claim sees to it that
    one of the two finds nothing to do.
    """
    out = Job.objects.filter(queue=queue, state=Job.State.QUEUED)
    missing = out.count() - n_messages
    old = out.filter(queued_at__lt=now - timedelta(seconds=2 * settings.JOB_LEASE_S)).order_by("queued_at")
    lost = list(old.values_list("pk", flat=True)[:missing]) if missing > 0 else []
    return out.filter(pk__in=lost).update(state=Job.State.NEW, queued_at=None)


def forget_old_pulses(*, now: datetime) -> None:
    Pulse.objects.filter(at__lt=now - FORGET_PULSE).delete()
