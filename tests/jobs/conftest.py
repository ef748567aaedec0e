"""A kind of job made for the tests of the queue; its handler is whatever the test puts in."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from jobs import registry
from jobs.models import Job
from jobs.registry import Limits, register

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def exercise(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """`exercise.handler = f` says what a job of kind "exercise" does; `exercise.failed` lists those that failed."""
    kind = SimpleNamespace(handler=lambda job: None, failed=[])
    monkeypatch.setattr(registry, "_kinds", {})
    register(
        "exercise",
        lambda job: kind.handler(job),
        queue="io",
        limits=Limits(soft_s=10, hard_s=20, max_attempts=3),
        on_failed=kind.failed.append,
    )
    register("other", lambda job: None, queue="io", limits=Limits(soft_s=10, hard_s=20))
    return kind


@pytest.fixture
def now() -> datetime:
    return NOON


@pytest.fixture
def fetch() -> Callable[[Job], Job]:
    return lambda job: Job.objects.get(pk=job.pk)
