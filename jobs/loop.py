"""The dispatcher's rounds."""

import logging
import threading
from datetime import datetime

from celery import current_app
from django.conf import settings
from django.db import connection
from django.utils import timezone

from jobs import dispatch, filebroker, pulse, recurring, sweep
from jobs.models import Job, Pulse
from jobs.registry import QUEUES

LONGEST_WAIT_S = 30
BEAT_S = 10
logger = logging.getLogger(__name__)


def run(stop: threading.Event, *, every_s: float) -> None:
    """Rounds until told to stop. Whatever goes wrong (database or broker away) they go on, ever further apart."""
    has_begun = False
    wait_s = every_s
    while not stop.is_set():
        try:
            has_begun = has_begun or begin()
            round_(timezone.now())
            wait_s = every_s
        except Exception:
            wait_s = min(LONGEST_WAIT_S, 2 * wait_s)
            logger.exception("A round of the dispatcher went wrong; the next one is in %.1f s.", wait_s)
            connection.close()
        stop.wait(wait_s)


def begin() -> bool:
    """Messages in files are thrown away, with whatever an earlier life left there; what they asked for waits anew."""
    if settings.BROKER_URL == "filesystem://":
        filebroker.wipe(settings.BROKER_OPTIONS["data_folder_in"])
        Job.objects.filter(state=Job.State.QUEUED).update(state=Job.State.NEW, queued_at=None)
    return True


def round_(now: datetime) -> None:
    sweep.sweep_leases(now=now)
    for queue in QUEUES:
        if Job.objects.filter(queue=queue, state=Job.State.QUEUED).exists():
            sweep.sweep_lost_messages(queue, now=now, n_messages=count_messages(queue))
        while dispatch.dispatch(queue, now=now):
            pass
    _beat(now)


def count_messages(queue: str) -> int:
    with current_app.connection_for_read() as broker:
        return broker.default_channel.queue_declare(queue).message_count


_said_at: datetime | None = None


def _beat(now: datetime) -> None:
    global _said_at
    if _said_at and (now - _said_at).total_seconds() < BEAT_S:
        return
    pulse.say_alive(Pulse.Role.DISPATCHER)
    sweep.forget_old_pulses(now=now)
    recurring.enqueue_due(now=now)
    _said_at = now
