"""Rows of the jobs room for tests, and a worker without a process."""

from typing import Any
from uuid import uuid4

from jobs import run
from jobs.models import Job


def make_job(**fields: Any) -> Job:
    """A waiting job of the kind that the tests of the queue register."""
    return Job.objects.create(**{"kind": "exercise", "queue": "io", "subject": uuid4(), **fields})


def run_jobs() -> int:
    """Runs every waiting job here and now, and those that these start, as workers would; how many attempts it took."""
    attempts = 0
    waiting = Job.objects.filter(state__in=(Job.State.NEW, Job.State.QUEUED), next_try_at=None).order_by(
        "-priority", "id"
    )
    while job := waiting.first():
        run.run(job.pk)
        attempts += 1
    return attempts


def run_jobs_of_kind(kind: str) -> None:
    """Those of one kind that wait now, and not what they start."""
    for job in Job.objects.live().filter(kind=kind):
        run.run(job.pk)
