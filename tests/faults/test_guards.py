"""A trap that shows only in real processes: libvips used before a fork."""

import pytest

from tests.services import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def look(make_exercise):
    """`look(**environment)`: what the first job of a new worker saw, or None when it did not come to its end."""

    def look(**environment: str) -> str | None:
        exercise = make_exercise(JOB_LEASE_S="1", **environment)
        exercise.stack.start_dispatcher()
        exercise.stack.start_worker(concurrency=1)
        exercise.ask(kind="look")
        wait_until(lambda: {"done", "failed"} & set(exercise.states()), what="the look to end")
        [seen] = exercise.effects()
        return None if seen.startswith("failed") else seen

    return look


def test_a_workers_main_process_uses_no_libvips_before_it_forks(look):
    assert look() == "pyvips not imported, first used in None"


@pytest.mark.parametrize("plant", ["libvips through its door", "libvips directly"])
def test_the_guard_notices_libvips_in_a_workers_main_process(look, plant):
    assert look(PLANT=plant) is None
