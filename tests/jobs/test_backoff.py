from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from jobs.backoff import wait_before_attempt


def test_the_wait_doubles_with_every_attempt():
    waits = [wait_before_attempt(attempt, first_s=15, chance=0).total_seconds() for attempt in (1, 2, 3)]
    assert waits == [15, 30, 60]


def test_chance_takes_away_up_to_a_half():
    assert wait_before_attempt(1, first_s=10, chance=1) == timedelta(seconds=5)


@given(attempt=st.integers(1, 60), chance=st.floats(0, 1))
def test_no_wait_is_longer_than_ten_minutes(attempt, chance):
    assert timedelta(0) < wait_before_attempt(attempt, first_s=15, chance=chance) <= timedelta(minutes=10)
