import threading
import time
from itertools import pairwise

import pytest

from config import supervise
from config.supervise import Child
from tests.services import wait_until


class Ended:
    returncode = 1

    def poll(self):
        return 1


@pytest.fixture
def starts(monkeypatch):
    starts = []

    def start(child, now):
        child.process, child.started_at = Ended(), now
        starts.append(now)

    monkeypatch.setattr(Child, "start", start)
    return starts


def live(child, seconds):
    for now in range(seconds):
        child.look_after(float(now))


def test_a_child_that_ends_at_once_is_started_again_ever_later(starts):
    live(Child(["web"]), 20)
    gaps = [after - before for before, after in pairwise(starts)]
    assert gaps[0] < gaps[1] < gaps[2]


def test_the_wait_has_an_upper_bound(starts):
    child = Child(["web"])
    live(child, 500)
    assert child.wait_s == supervise.LONGEST_WAIT_S


def test_after_a_long_life_a_child_is_started_again_at_once(starts):
    child = Child(["web"])
    child.look_after(0.0)
    child.look_after(1000.0)
    assert starts == [0.0, 1000.0]


@pytest.mark.slow
def test_children_run_until_told_to_stop():
    stop, child = threading.Event(), Child(["dispatcher", "--every", "0.1"])
    thread = threading.Thread(target=supervise.run, args=([child], stop))
    thread.start()
    process = wait_until(lambda: child.process)
    time.sleep(1)
    stop.set()
    thread.join(supervise.STOP_S)
    assert process.poll() is not None
