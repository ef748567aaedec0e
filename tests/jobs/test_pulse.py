import os
import signal
import socket
import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from jobs import lease, pulse
from jobs.models import Pulse
from tests.factories.jobs import make_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def ended(monkeypatch):
    """The exit codes with which the process would have ended."""
    codes: list[int] = []
    monkeypatch.setattr(pulse.os, "_exit", codes.append)
    return codes


@pytest.fixture
def job(monkeypatch):
    job = lease.claim(make_job().pk, now=timezone.now())
    monkeypatch.setattr(pulse, "_held", job)
    return job


def test_a_beat_says_that_the_process_is_alive(monkeypatch):
    monkeypatch.setattr(pulse, "close_old_connections", lambda: None)
    pulse._one_beat(0.0, "io,tiles")
    assert [(row.role, row.queues) for row in Pulse.objects.all()] == [("worker", "io,tiles")]


def test_a_beat_renews_the_lease_of_the_job_at_hand(monkeypatch, job, fetch):
    monkeypatch.setattr(pulse, "close_old_connections", lambda: None)
    before = timezone.now() + timedelta(seconds=1)
    type(job).objects.update(lease_until=before)
    pulse._one_beat(timezone.now().timestamp(), "io")
    assert fetch(job).lease_until > before


@pytest.mark.parametrize("error", [DatabaseError, OSError, ValueError])
def test_a_beat_that_goes_wrong_is_not_the_last(monkeypatch, error):
    def away(*_args, **_options):
        raise error

    monkeypatch.setattr(pulse, "close_old_connections", away)
    monkeypatch.setattr(pulse.connection, "close", lambda: None)
    assert pulse._one_beat(7.0, "io") == 7.0


def test_told_to_stop_the_process_hands_its_job_back_and_ends(job, ended, fetch):
    pulse._stop()
    assert (fetch(job).state, fetch(job).attempt, ended) == ("new", 0, [0])


def test_a_job_past_its_soft_limit_is_not_handed_back(job, ended, fetch):
    job.started_at -= timedelta(seconds=11)
    pulse._stop()
    assert (fetch(job).state, fetch(job).attempt, ended) == ("running", 1, [0])


def test_an_idle_process_leaves_the_signal_to_its_first_thread(ended):
    pulse._stop()
    assert ended == []


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGTERM, True), (signal.SIGUSR1, False)])
def test_only_sigterm_means_stop(number, expected):
    reader, writer = socket.socketpair()
    writer.send(bytes([number]))
    assert pulse._told_to_stop(reader, wait_s=1) is expected


def test_without_a_signal_the_wait_ends_by_itself():
    reader, _writer = socket.socketpair()
    assert pulse._told_to_stop(reader, wait_s=0.01) is False


def test_while_a_job_is_held_sigterm_is_the_second_threads_business(monkeypatch):
    monkeypatch.setattr(pulse, "_signals", socket.socketpair())
    before = signal.getsignal(signal.SIGTERM)

    def claim():
        assert signal.getsignal(signal.SIGTERM) is pulse._leave_to_second_thread
        return make_job()

    with pulse.holding(claim):
        assert signal.getsignal(signal.SIGTERM) is pulse._leave_to_second_thread
    assert signal.getsignal(signal.SIGTERM) is before


def test_who_is_told_to_stop_while_another_worker_gets_the_job_stops(monkeypatch):
    monkeypatch.setattr(pulse, "_signals", socket.socketpair())
    monkeypatch.setattr(pulse, "_was_told", False)
    stopped = []
    monkeypatch.setattr(pulse.signal, "raise_signal", stopped.append)

    def claim():
        os.kill(os.getpid(), signal.SIGTERM)
        return None

    with pulse.holding(lambda: None):
        pass
    assert stopped == []
    with pulse.holding(claim) as job:
        assert job is None
    assert stopped == [signal.SIGTERM]


def test_who_is_told_to_stop_while_claiming_hands_back_what_was_claimed(ended, monkeypatch):
    handed_back = []
    monkeypatch.setattr("jobs.lease.give_back", handed_back.append)
    job = make_job()

    def claim():
        told.start()
        told.join(0.2)
        assert handed_back == []
        return job

    told = threading.Thread(target=pulse._stop)
    with pulse.holding(claim):
        told.join(5)
    assert (handed_back, ended) == ([job], [0])
