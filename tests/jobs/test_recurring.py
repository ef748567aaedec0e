from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import registry
from jobs.models import Job
from jobs.recurring import enqueue_due

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def hourly(monkeypatch):
    monkeypatch.setattr(registry, "_kinds", {})
    registry.register("hourly", lambda job: None, queue="control", limits=registry.Limits(10, 20), every_s=3600)
    registry.register("asked_for", lambda job: None, queue="control", limits=registry.Limits(10, 20))


def end_all() -> None:
    Job.objects.update(state="done")


def test_a_recurring_job_comes_at_once_and_then_when_its_time_has_passed():
    now = timezone.now()
    assert enqueue_due(now=now) == 1
    end_all()
    assert enqueue_due(now=now + HOUR / 2) == 0
    assert enqueue_due(now=now + HOUR * 1.1) == 1
    assert Job.objects.get().kind == "hourly"


def test_one_that_is_still_live_is_not_doubled():
    now = timezone.now()
    enqueue_due(now=now)
    enqueue_due(now=now + 2 * HOUR)
    assert Job.objects.count() == 1
