"""What becomes of an attempt that did not succeed. Each writes only as long as the attempt's token holds the lease."""

import random
import traceback
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from jobs.backoff import wait_before_attempt
from jobs.errors import LeaseLostError, UnknownKindError
from jobs.models import Job
from jobs.registry import Kind, get_kind


def fail(job: Job, sentence: str, *, now: datetime, code: str = "", detail: str = "") -> None:
    """The end of a job without success; what its kind writes about that is written in the same transaction."""
    facts = {
        "state": Job.State.FAILED,
        "finished_at": now,
        "failure": sentence,
        "failure_code": code,
        "failure_detail": detail,
    }
    with transaction.atomic():
        _update_held(job, **facts, lease_until=None)
        kind = _kind_of(job)
        if kind and kind.on_failed:
            kind.on_failed(job)


def try_again_or_fail(job: Job, error: Exception, *, now: datetime, chance: float | None = None) -> None:
    """The next attempt comes after a while; the last one failing ends the job."""
    detail = "".join(traceback.format_exception(error))
    if job.attempt >= get_kind(job.kind).limits.max_attempts:
        fail(job, _gave_up(job, error), now=now, code="gave_up", detail=detail)
        return
    wait = wait_before_attempt(
        job.attempt,
        first_s=settings.JOB_RETRY_WAIT_S,
        chance=random.random() if chance is None else chance,  # noqa: S311
    )
    _update_held(job, **_waiting, next_try_at=now + wait, failure=_reason(error), failure_detail=detail)


def holder_vanished(job: Job, *, now: datetime) -> None:
    """The lease ended without a word: the process was killed, the machine lost, or the file brought it down."""
    kind = _kind_of(job)
    if kind and job.attempt >= kind.limits.max_attempts:
        fail(job, _vanished(job, kind), now=now, code="worker_lost")
    else:
        _update_held(job, **_waiting, next_try_at=None)


_waiting = {"state": Job.State.NEW, "token": None, "lease_until": None, "queued_at": None}


def _update_held(job: Job, **facts: object) -> None:
    facts = {name: _storable(value) if isinstance(value, str) else value for name, value in facts.items()}
    if not Job.objects.held_by(job).update(**facts):
        raise LeaseLostError(str(job))
    for name, value in facts.items():
        setattr(job, name, value)


def _storable(text: str) -> str:
    """Sentences quote what stands in files: zeros and halves of characters, which no database keeps."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def _kind_of(job: Job) -> Kind | None:
    try:
        return get_kind(job.kind)
    except UnknownKindError:
        return None


def _reason(error: Exception) -> str:
    from celery.exceptions import SoftTimeLimitExceeded

    if isinstance(error, SoftTimeLimitExceeded):
        return _("It took longer than a worker may spend on it.")
    if isinstance(error, MemoryError):
        return _("It needs more memory than the worker has.")
    return _("Something unexpected went wrong (%(error)s).") % {
        "error": f"{type(error).__name__}: {_told(error)}"[:300]
    }


def _told(error: Exception) -> str:
    """Without the path of a file on the server, which is the administrator's to know (`failure_detail`)."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def _gave_up(job: Job, error: Exception) -> str:
    sentence = _(
        "Given up after %(attempts)d attempts. %(reason)s Retry it, or ask the administrator what the log says."
    )
    return sentence % {"attempts": job.attempt, "reason": _reason(error)}


def _vanished(job: Job, kind: Kind) -> str:
    facts = {"attempts": job.attempt, "limit_s": kind.limits.hard_s}
    if job.started_at and job.lease_until and (job.lease_until - job.started_at).total_seconds() > kind.limits.hard_s:
        return _("Given up after %(attempts)d attempts: each took longer than the %(limit_s)d seconds allowed.") % facts
    return (
        _(
            "Given up after %(attempts)d attempts: each time the worker process ended without an answer. "
            "The file may need more memory than the worker has, or may be damaged in a way that brings it down."
        )
        % facts
    )
