"""The whole of Kopje in one terminal."""

import os
import signal
import subprocess
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from tests.services import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def up(make_stack):
    stack = make_stack()
    process = stack.start("up", "--port", str(stack.port), "--concurrency", "1", name="up")
    wait_until(lambda: is_ready(stack), what="everything to be ready")
    return stack, process


def is_ready(stack) -> bool:
    with suppress(OSError):
        return urllib.request.urlopen(f"{stack.url}/readyz", timeout=5).status == 200
    return False


def children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [int(line) for line in found.stdout.split()]


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_stops_all_processes(up, number):
    _stack, process = up
    running = [pid for child in children(process.pid) for pid in (child, *children(child))]
    assert len(running) >= 5  # web and its process, dispatcher, worker and its child
    process.send_signal(number)
    assert process.wait(30) == 0
    assert not [pid for pid in running if is_alive(pid)]


def test_a_process_that_dies_is_started_again(up):
    stack, process = up
    [web] = [pid for pid in children(process.pid) if "manage.py\0web" in Path(f"/proc/{pid}/cmdline").read_text()]
    os.killpg(web, signal.SIGKILL)
    wait_until(lambda: not is_ready(stack), what="the web process to be gone")
    wait_until(lambda: is_ready(stack), what="it to be back")


def test_when_the_supervisor_is_killed_its_processes_end_too(up):
    _stack, process = up
    running = children(process.pid)
    process.kill()
    wait_until(lambda: not [pid for pid in running if is_alive(pid)], timeout_s=30, what="all processes to end")
