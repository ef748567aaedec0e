"""One attempt at one job, in a worker's child process."""

import logging
import time
from uuid import UUID

from django.utils import timezone

from jobs import lease, outcome, pulse
from jobs.errors import JobFailedError, LeaseLostError
from jobs.models import Job
from jobs.registry import get_kind

logger = logging.getLogger(__name__)


def run(job_id: UUID) -> None:
    began = time.monotonic()
    with pulse.holding(lambda: lease.claim_most_urgent(job_id, now=timezone.now())) as job:
        if job is None:
            return
        try:
            _attempt(job)
        except LeaseLostError:
            logger.warning("%s is somebody else's by now, or was cancelled: this attempt is thrown away.", job)
    logger.info("%s after %.2f s, attempt %d.", job, time.monotonic() - began, job.attempt)


def _attempt(job: Job) -> None:
    try:
        get_kind(job.kind).handler(job)
        _finish_if_left_open(job)
    except LeaseLostError:
        raise
    except JobFailedError as error:
        outcome.fail(job, str(error), now=timezone.now(), code=error.code)
    except Exception as error:
        logger.exception("Attempt %d of %s went wrong.", job.attempt, job)
        outcome.try_again_or_fail(job, error, now=timezone.now())


def _finish_if_left_open(job: Job) -> None:
    """A handler that leaves nothing behind need not say that it finished."""
    if job.state == Job.State.RUNNING:
        with job.finish():
            pass
