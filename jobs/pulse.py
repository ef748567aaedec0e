"""The second thread of a worker's child process: renews the lease of the job at hand, says that the process is alive,
and gives the job back when the process is told to stop, even while the first thread is deep in a C call.
"""

import logging
import os
import select
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType

from django.conf import settings
from django.db import close_old_connections, connection
from django.utils import timezone

from jobs import lease
from jobs.models import Job, Pulse
from jobs.registry import get_kind

logger = logging.getLogger(__name__)
BEAT_S = 10
_lock = threading.Lock()
# Open as long as the process: were they closed, signal numbers would be written into whatever file has the number next.
_signals: tuple[socket.socket, ...] = ()
_held: Job | None = None
_was_told = False  # to stop, while the second thread was to see to it


@contextmanager
def holding(claim: Callable[[], Job | None]) -> Iterator[Job | None]:
    """The job that `claim` gives, if any. As long as this lasts, the second thread renews its lease, and SIGTERM is its
    business: from before the claim on, or a worker told to stop in that moment would die with a job in hand."""
    # Set for every job: the pool sets its own handler after everything that a new child may do.
    previous = signal.signal(signal.SIGTERM, _leave_to_second_thread) if _signals else None
    try:
        yield _hold(claim)
    finally:
        _hold(lambda: None)
        if previous is not None:
            signal.signal(signal.SIGTERM, previous)
            if _was_told:  # with nothing to hand back: another worker was quicker, or the job is done
                signal.raise_signal(signal.SIGTERM)


def _hold(claim: Callable[[], Job | None]) -> Job | None:
    """Who is told to stop meanwhile waits for the lock, and finds the job."""
    global _held
    with _lock:
        _held = claim()
        return _held


def _leave_to_second_thread(_signal: int, _frame: FrameType | None) -> None:
    global _was_told
    _was_told = True


def process_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def say_alive(role: Pulse.Role, queues: str = "") -> None:
    Pulse.objects.update_or_create(name=process_name(), defaults={"role": role, "queues": queues, "at": timezone.now()})


def start(queues: str) -> None:
    """Called in a worker's child process, once, after the fork."""
    global _signals
    _signals = socket.socketpair()
    # Python's own handlers run in the first thread only, between two of its instructions. The number of the signal,
    # written by the C handler at once, reaches the second thread whatever the first one is doing.
    for end in _signals:
        end.setblocking(False)
    signal.set_wakeup_fd(_signals[1].fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_beat, args=(_signals[0], queues), name="pulse", daemon=True).start()


def _beat(reader: socket.socket, queues: str) -> None:
    said_at = 0.0
    while True:
        said_at = _one_beat(said_at, queues)
        if _told_to_stop(reader, wait_s=settings.JOB_LEASE_S / 3):
            _stop()


def _one_beat(said_at: float, queues: str) -> float:
    """Whatever goes wrong, the next beat tries again: without this thread no lease would be renewed any more."""
    try:
        _renew()
        if timezone.now().timestamp() - said_at < BEAT_S:
            return said_at
        say_alive(Pulse.Role.WORKER, queues)
    except Exception as error:
        logger.warning("The lease could not be renewed (%s).", error)
        connection.close()
        return said_at
    return timezone.now().timestamp()


def _renew() -> None:
    close_old_connections()
    with _lock:
        job = _held
    if job is not None:
        lease.renew(job, now=timezone.now())


def _told_to_stop(reader: socket.socket, wait_s: float) -> bool:
    ready, _, _ = select.select([reader], [], [], wait_s)
    return bool(ready) and signal.SIGTERM in reader.recv(4096)


def _stop() -> None:
    """Hands the job back and ends the process: the first thread may stay in a C call for minutes."""
    with _lock:
        job = _held
    if job is None:
        return
    try:
        if not _is_overdue(job) and lease.give_back(job):
            logger.info("The worker is stopping: %s is handed back, the attempt does not count.", job)
    finally:
        os._exit(0)  # nothing half-written stays: files are renamed into place, rows are in transactions


def _is_overdue(job: Job) -> bool:
    """Past its soft limit the signal comes from the hard limit: the attempt counts, or there would be no end."""
    soft = timedelta(seconds=get_kind(job.kind).limits.soft_s)
    return job.started_at is not None and timezone.now() - job.started_at > soft
