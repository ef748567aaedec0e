import logging
import os
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from config import supervise
from config.supervise import Child
from tests.services import wait_until


class Ended:
    returncode = 1
    pid = 2**22 + 1  # larger than any

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


def test_a_child_that_keeps_ending_is_named_with_what_to_do(starts, caplog):
    with caplog.at_level(logging.ERROR):
        live(Child(["worker", "--queues", "detect"]), 20)
    assert "worker (detect) has ended 3 times soon after its start" in caplog.text
    assert "make doctor" in caplog.text


def test_two_early_ends_are_no_alarm(starts, caplog):
    with caplog.at_level(logging.ERROR):
        live(Child(["web"]), 6)
    assert len(starts) == 3  # at 0, 2 and 5 seconds
    assert caplog.text == ""


def test_a_child_that_was_killed_is_said_to_be(starts, caplog, monkeypatch):
    monkeypatch.setattr(Ended, "returncode", -signal.SIGKILL)
    live(Child(["web"]), 1 + 1)
    assert "web was ended by signal 9 (Killed); it is started again in 1 s." in caplog.text


LEAVES_ONE_BEHIND = """
import os, sys, time
child = os.fork()
if child == 0:
    if sys.argv[1] == "stubborn":
        import signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("up", flush=True)
    time.sleep(60)
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


@pytest.mark.parametrize("manner", ["obedient", "stubborn"])
def test_what_a_killed_child_left_behind_ends_before_the_next_start(manner):
    command = [sys.executable, "-c", LEAVES_ONE_BEHIND, manner]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE)
    process.stdout.readline()
    [grandchild] = map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert is_alive(grandchild)
    supervise.end_group(process, 0.3)
    wait_until(lambda: not is_alive(grandchild), timeout_s=5, what="the grandchild to end")


@pytest.mark.parametrize(("worker_stop_s", "expected"), [(8, 20), (600, 605)])
def test_workers_get_the_time_they_were_given(worker_stop_s, expected, settings, monkeypatch):
    settings.WORKER_STOP_S = worker_stop_s
    waits = []

    class Slow:
        pid = Ended.pid

        def terminate(self):
            pass

        def wait(self, timeout):
            waits.append(timeout)

    supervise.stop_all([Child(["worker"], process=Slow())])
    assert waits == [pytest.approx(expected, abs=1)]


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
