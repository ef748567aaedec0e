from datetime import timedelta
from uuid import uuid4

import pytest

from jobs import registry, sweep
from jobs.models import Job, Pulse
from tests.factories.jobs import make_job

pytestmark = pytest.mark.django_db


def make_running(now, *, ago_s, **fields) -> Job:
    defaults = {"state": "running", "token": uuid4(), "attempt": 1, "started_at": now - timedelta(seconds=ago_s + 5)}
    return make_job(**{**defaults, **fields}, lease_until=now - timedelta(seconds=ago_s))


def test_a_job_whose_worker_vanished_waits_again_at_once(now, fetch):
    job = make_running(now, ago_s=1)
    sweep.sweep_leases(now=now)
    assert (fetch(job).state, fetch(job).token, fetch(job).next_try_at) == ("new", None, None)


def test_the_attempt_of_a_vanished_worker_counts(now, fetch):
    job = make_running(now, ago_s=1, attempt=2)
    sweep.sweep_leases(now=now)
    assert fetch(job).attempt == 2


def test_a_lease_that_has_not_ended_is_left_alone(now, fetch):
    job = make_running(now, ago_s=-1)
    sweep.sweep_leases(now=now)
    assert fetch(job).state == "running"


def test_a_job_that_brought_down_its_worker_three_times_is_failed_with_a_sentence(now, fetch, exercise):
    job = make_running(now, ago_s=1, attempt=3)
    sweep.sweep_leases(now=now)
    assert fetch(job).state == "failed"
    assert "each time the worker process ended without an answer" in fetch(job).failure
    assert exercise.failed == [job]


def test_a_job_killed_at_its_time_limit_says_so(now, fetch):
    job = make_running(now, ago_s=1, attempt=3, started_at=now - timedelta(seconds=60))
    sweep.sweep_leases(now=now)
    assert fetch(job).failure == "Given up after 3 attempts: each took longer than the 20 seconds allowed."


def test_a_failure_that_cannot_be_written_down_does_not_stop_the_sweep(now, fetch, monkeypatch):
    def breaks(job):
        raise ZeroDivisionError

    object.__setattr__(registry._kinds["exercise"], "on_failed", breaks)
    stuck = make_running(now, ago_s=5, attempt=3)
    other = make_running(now, ago_s=1, attempt=1)
    sweep.sweep_leases(now=now)
    assert (fetch(stuck).state, fetch(other).state) == ("running", "new")
    assert fetch(stuck).lease_until > now


def test_a_job_whose_message_was_lost_is_handed_out_again(now, fetch):
    job = make_job(state="queued", queued_at=now - timedelta(minutes=2))
    sweep.sweep_lost_messages("io", now=now, n_messages=0)
    assert fetch(job).state == "new"


def test_a_job_whose_message_still_waits_in_the_broker_is_left_alone(now, fetch):
    job = make_job(state="queued", queued_at=now - timedelta(hours=2))
    sweep.sweep_lost_messages("io", now=now, n_messages=1)
    assert fetch(job).state == "queued"


def test_a_message_under_way_to_a_worker_is_not_yet_lost(now, fetch):
    job = make_job(state="queued", queued_at=now - timedelta(seconds=5))
    sweep.sweep_lost_messages("io", now=now, n_messages=0)
    assert fetch(job).state == "queued"


def test_only_as_many_as_are_missing_are_handed_out_again_the_oldest_first(now, fetch):
    oldest, later = (make_job(state="queued", queued_at=now - timedelta(minutes=ago)) for ago in (9, 5))
    sweep.sweep_lost_messages("io", now=now, n_messages=1)
    assert (fetch(oldest).state, fetch(later).state) == ("new", "queued")


def test_processes_gone_for_long_are_forgotten(now):
    for name, ago in (("old", timedelta(hours=2)), ("fresh", timedelta(seconds=3))):
        Pulse.objects.create(name=name, role="worker", at=now - ago)
    sweep.forget_old_pulses(now=now)
    assert [pulse.name for pulse in Pulse.objects.all()] == ["fresh"]
