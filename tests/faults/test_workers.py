"""Workers that are killed, stopped, frozen, or brought down by what they work on."""

import os
import signal
import time

import pytest

from tests.faults.conftest import BACKENDS
from tests.services import wait_until

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("on", BACKENDS)
def test_a_frozen_worker_that_wakes_up_after_its_lease_writes_nothing(make_exercise, on):
    exercise = make_exercise(on)
    stack = exercise.stack
    stack.start_dispatcher()
    frozen = stack.start_worker(concurrency=1)
    exercise.ask(seconds=3)
    exercise.wait_for(running=1)
    os.killpg(frozen.pid, signal.SIGSTOP)
    stack.start_worker(concurrency=1)
    exercise.wait_for(done=1)
    os.killpg(frozen.pid, signal.SIGCONT)
    wait_until(lambda: "this attempt is thrown away" in stack.log_of(frozen), what="the frozen worker to find out")
    assert len(exercise.effects()) == 1


@pytest.mark.parametrize("on", BACKENDS)
def test_the_same_message_ten_times_over_does_the_work_once(make_exercise, on):
    exercise = make_exercise(on)
    exercise.ask(seconds=0.5)
    publish = (
        "from jobs.tasks import publish; from jobs.models import Job; [publish(Job.objects.get()) for _ in range(10)]"
    )
    exercise.stack.shell(publish)
    for _ in range(2):
        exercise.stack.start_worker(concurrency=2)
    exercise.wait_for(done=1)
    time.sleep(2)
    assert len(exercise.effects()) == 1
    assert exercise.stack.sql("SELECT attempt FROM jobs_job") == [(1,)]


def test_a_job_that_brings_down_its_process_ends_failed_and_its_neighbours_are_done(make_exercise):
    exercise = make_exercise()
    exercise.stack.start_dispatcher()
    exercise.stack.start_worker(concurrency=2)
    [poison] = exercise.ask(how="kills_its_process")
    neighbours = exercise.ask(12, seconds=0.1)
    exercise.wait_for(failed=1, done=12)
    assert sorted(exercise.effects()) == sorted([f"failed {poison}", *neighbours])
    [(failure, attempt)] = exercise.stack.sql("SELECT failure, attempt FROM jobs_job WHERE state = 'failed'")
    assert failure.startswith("Given up after 3 attempts: each time the worker process ended without an answer.")
    assert attempt == 3


def test_a_job_that_ignores_its_time_limit_is_killed_and_ends_failed(make_exercise):
    exercise = make_exercise(JOB_LEASE_S="1")
    exercise.stack.start_dispatcher()
    exercise.stack.start_worker(concurrency=1)
    exercise.ask(kind="short", how="ignores_the_soft_limit", seconds=3)
    exercise.wait_for(failed=1)
    assert exercise.stack.sql("SELECT failure FROM jobs_job") == [
        ("Given up after 2 attempts: each took longer than the 2 seconds allowed.",)
    ]


def test_a_job_that_takes_too_long_is_interrupted_and_says_so(make_exercise):
    exercise = make_exercise()
    exercise.stack.start_dispatcher()
    exercise.stack.start_worker(concurrency=1)
    exercise.ask(kind="short", seconds=30)
    exercise.wait_for(failed=1)
    [(failure,)] = exercise.stack.sql("SELECT failure FROM jobs_job")
    assert "It took longer than a worker may spend on it." in failure


def test_a_job_longer_than_its_lease_keeps_it(make_exercise):
    exercise = make_exercise(JOB_LEASE_S="3")
    exercise.stack.start_dispatcher()
    for _ in range(2):
        exercise.stack.start_worker(concurrency=1)
    exercise.ask(seconds=8)
    exercise.wait_for(done=1)
    assert exercise.stack.sql("SELECT attempt FROM jobs_job") == [(1,)]


# Docker and systemd send SIGTERM to one or to all, a terminal SIGINT to all.
TOLD = pytest.mark.parametrize(
    ("sends", "number"),
    [(os.kill, signal.SIGTERM), (os.killpg, signal.SIGTERM), (os.killpg, signal.SIGINT)],
    ids=["SIGTERM to the main process", "SIGTERM to the group", "SIGINT to the group"],
)


@TOLD
@pytest.mark.parametrize("on", BACKENDS)
def test_a_worker_told_to_stop_hands_its_job_back_uncounted(make_exercise, on, sends, number):
    assert_handed_back(make_exercise(on, JOB_LEASE_S="30", WORKER_STOP_S="1"), sends, number, how="well")


@TOLD
def test_a_worker_told_to_stop_hands_back_a_job_that_is_deep_in_a_call(make_exercise, sends, number):
    assert_handed_back(make_exercise(JOB_LEASE_S="30", WORKER_STOP_S="1"), sends, number, how="stays_in_c")


def assert_handed_back(exercise, sends, number, *, how: str) -> None:
    worker = exercise.stack.start_worker(concurrency=1)
    exercise.ask(how=how, seconds=60)
    exercise.wait_for(running=1)
    sends(worker.pid, number)
    worker.wait(15)
    assert exercise.stack.sql("SELECT state, attempt FROM jobs_job") == [("new", 0)]
    assert exercise.effects() == []


def test_a_worker_told_to_stop_finishes_what_is_nearly_done(make_exercise):
    exercise = make_exercise(WORKER_STOP_S="10")
    worker = exercise.stack.start_worker(concurrency=1)
    exercise.ask(seconds=2)
    exercise.wait_for(running=1)
    worker.terminate()
    worker.wait(15)
    assert exercise.states() == {"done": 1}


def test_an_idle_worker_stops_soon(make_exercise):
    exercise = make_exercise()
    worker = exercise.stack.start_worker(concurrency=2)
    began = time.monotonic()
    worker.terminate()
    worker.wait(15)
    assert time.monotonic() - began < 6


def test_a_cancelled_job_leaves_nothing_behind(make_exercise):
    exercise = make_exercise()
    exercise.stack.start_dispatcher()
    worker = exercise.stack.start_worker(concurrency=1)
    exercise.ask(seconds=8)
    exercise.wait_for(running=1)
    exercise.stack.shell("from jobs.cancel import cancel; cancel(Job.objects.all())")
    wait_until(lambda: "this attempt is thrown away" in exercise.stack.log_of(worker), what="the worker to find out")
    assert exercise.states() == {"cancelled": 1}
    assert exercise.effects() == []
