"""What the queue stands on goes away for a moment: messages, dispatchers, connections to the database."""

import signal

import pytest
import redis

from tests.faults.conftest import BACKENDS
from tests.services import RedisServer

pytestmark = pytest.mark.slow


def test_a_broker_that_forgets_everything_loses_no_job(make_exercise):
    exercise = make_exercise("postgres")
    exercise.ask(60, seconds=0.1)
    exercise.stack.start_dispatcher()
    exercise.stack.start_worker(concurrency=2)
    exercise.wait_for(done=10)
    redis.Redis.from_url(exercise.stack.environment["BROKER_URL"]).flushdb()
    exercise.wait_for(done=60)
    assert len(set(exercise.effects())) == len(exercise.effects()) == 60


def test_a_broker_that_is_killed_and_comes_back_loses_no_job(make_exercise, tmp_path):
    broker = RedisServer(tmp_path)
    broker.start()
    exercise = make_exercise("sqlite", BROKER_URL=f"{broker.url}/0")
    exercise.stack.start_dispatcher()
    worker = exercise.stack.start_worker(concurrency=2)
    exercise.ask(40, seconds=0.1)
    exercise.wait_for(done=5)
    broker.kill()
    exercise.ask(20)
    broker.start()
    # Celery's worker mostly waits for its broker, but one that was just taking a message from it may end.
    exercise.wait_for(done=60, timeout_s=120, watched=worker)
    broker.kill()
    assert len(set(exercise.effects())) == len(exercise.effects()) == 60


@pytest.mark.parametrize("on", BACKENDS)
def test_several_dispatchers_hand_every_job_out_once(make_exercise, on):
    exercise = make_exercise(on, JOB_LEASE_S="30")
    for _ in range(3):
        exercise.stack.start_dispatcher()
    exercise.stack.start_worker(concurrency=2)
    exercise.ask(60)
    exercise.wait_for(done=60)
    assert exercise.stack.sql("SELECT MAX(attempt) FROM jobs_job") == [(1,)]
    assert len(exercise.effects()) == 60


@pytest.mark.parametrize("on", BACKENDS)
def test_a_dispatcher_that_is_killed_is_simply_started_again(make_exercise, on):
    exercise = make_exercise(on)
    dispatcher = exercise.stack.start_dispatcher()
    exercise.stack.start_worker(concurrency=2)
    exercise.ask(60, seconds=0.1)
    exercise.wait_for(done=10)
    exercise.stack.kill(dispatcher)
    exercise.stack.start_dispatcher()
    exercise.wait_for(done=60)
    assert len(exercise.effects()) == 60


def test_connections_to_the_database_that_are_cut_lose_no_job(make_exercise):
    exercise = make_exercise("postgres")
    dispatcher = exercise.stack.start_dispatcher()
    exercise.stack.start_worker(concurrency=2)
    exercise.ask(60, seconds=0.1)
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
    for done in (5, 15, 25):
        exercise.wait_for(done=done)
        exercise.stack.sql(cut)
    exercise.wait_for(done=60, timeout_s=120)
    assert len(set(exercise.effects())) == len(exercise.effects()) == 60
    assert dispatcher.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_dispatcher_told_to_stop_ends_in_good_order(make_exercise, number):
    dispatcher = make_exercise().stack.start_dispatcher()
    dispatcher.send_signal(number)
    assert dispatcher.wait(10) == 0
