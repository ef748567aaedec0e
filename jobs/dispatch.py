"""Handing jobs to the broker: a small window of messages a queue, groups in turn, then priority, then oldest first.

The rows are the queue; a message is only a hint that wakes a worker up. The window holds about half a minute of work,
so that a newcomer does not wait behind hundreds of messages that are out already.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from kombu.exceptions import OperationalError

from jobs import tasks
from jobs.models import Job, JobQuerySet
from jobs.registry import kind_names

LEAST_WINDOW = 16
RECENT = timedelta(seconds=10)
Publish = Callable[[Job], None]
Group = UUID | None


def dispatch(queue: str, *, now: datetime, at_most: int | None = None, publish: Publish | None = None) -> int:
    """Publishes what fits into the window; how many that was. Any number of processes may do this at once."""
    n_waiting = waiting(queue, now).values("pk")[: settings.JOB_WINDOW + 1].count()
    if not n_waiting:  # the usual answer, without a lock on the database
        return 0
    jobs = _take(queue, now, at_most, n_waiting)
    for position, job in enumerate(jobs):
        try:
            (publish or tasks.publish)(job)
        except OperationalError:
            _give_back(jobs[position:])
            raise
    return len(jobs)


def window(queue: str, now: datetime) -> int:
    """How many messages may be out: what this queue's workers began lately, three times over."""
    recent = Job.objects.filter(queue=queue, started_at__gt=now - RECENT).count()
    return min(settings.JOB_WINDOW, max(LEAST_WINDOW, 3 * recent))


def waiting(queue: str, now: datetime) -> JobQuerySet:
    due = Q(next_try_at=None) | Q(next_try_at__lte=now)
    return Job.objects.filter(due, state=Job.State.NEW, queue=queue, kind__in=kind_names())


def waiting_groups(queue: str, now: datetime) -> Iterator[Group]:
    """The groups with waiting jobs, found by jumping from group to group in the index: never a scan of 100,000 rows."""
    if waiting(queue, now).filter(group=None).exists():
        yield None
    last = UUID(int=0)
    while group := waiting(queue, now).filter(group__gt=last).order_by("group").values_list("group", flat=True).first():
        yield group
        last = group


def share_out(room: int, groups: Sequence[Group], outstanding: Counter[Group]) -> Counter[Group]:
    """How many places each group gets: one after the other to the group that has the fewest jobs out."""
    heap = [(outstanding[group], order, group) for order, group in enumerate(groups)]
    heapq.heapify(heap)
    shares: Counter[Group] = Counter()
    for _ in range(room if heap else 0):
        taken, order, group = heap[0]
        shares[group] += 1
        heapq.heapreplace(heap, (taken + 1, order, group))
    return shares


@transaction.atomic
def _take(queue: str, now: datetime, at_most: int | None, n_waiting: int) -> list[Job]:
    out = _outstanding(queue)
    room = window(queue, now) - out[Job.State.QUEUED].total()
    room = min(room, at_most or room)
    if n_waiting <= room:
        jobs = list(_locked(waiting(queue, now))[:room])
    else:
        groups = list(waiting_groups(queue, now)) if room > 0 else []
        shares = share_out(room, groups, out[Job.State.QUEUED] + out[Job.State.RUNNING])
        jobs = [job for group, share in shares.items() for job in _first(queue, now, group, share)]
    Job.objects.filter(pk__in=[job.pk for job in jobs], state=Job.State.NEW).update(
        state=Job.State.QUEUED, queued_at=now, next_try_at=None
    )
    return sorted(jobs, key=lambda job: (-job.priority, job.pk))


def _outstanding(queue: str) -> dict[str, Counter[Group]]:
    counters: dict[str, Counter[Group]] = {Job.State.QUEUED: Counter(), Job.State.RUNNING: Counter()}
    for state, group in Job.objects.filter(queue=queue, state__in=counters).values_list("state", "group"):
        counters[state][group] += 1
    return counters


def _first(queue: str, now: datetime, group: Group, number: int) -> list[Job]:
    return list(_locked(waiting(queue, now).filter(group=group).order_by("-priority", "id"))[:number])


def _locked(jobs: JobQuerySet) -> JobQuerySet:
    if connection.features.has_select_for_update_skip_locked:
        return jobs.select_for_update(skip_locked=True)
    return jobs


def _give_back(jobs: list[Job]) -> None:
    unpublished = Job.objects.filter(pk__in=[job.pk for job in jobs], state=Job.State.QUEUED)
    unpublished.update(state=Job.State.NEW, queued_at=None)
