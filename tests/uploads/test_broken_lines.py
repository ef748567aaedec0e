"""Uploads over lines that break, stall and race, against the real web process."""

import os
import random
import signal
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from socket import SO_LINGER, SOL_SOCKET

import pytest

from tests.services import wait_until

pytestmark = [pytest.mark.slow]
CONTENT = random.Random(1).randbytes(3_000_000)
HALF = 1_500_000
SLEEPER = Path(__file__).with_name("slow_sender.py")


def test_six_racing_patches_give_one_success(server):
    for _round in range(5):
        url = server.create(len(CONTENT))
        statuses = []
        starts = threading.Barrier(6)

        def race(url=url, starts=starts, statuses=statuses):
            starts.wait()
            statuses.append(server.patch(url, 0, CONTENT).status)

        racers = [threading.Thread(target=race) for _number in range(6)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        assert statuses.count(204) == 1, statuses
        assert set(statuses) <= {204, 409, 423}
    assert server.stored() == [CONTENT] * 5


@pytest.mark.parametrize("how", ["goodbye", "reset"])
def test_a_patch_killed_half_way_keeps_what_arrived(server, how):
    url = server.create(len(CONTENT))
    line = server.begin_patch(url, 0, len(CONTENT))
    line.sendall(CONTENT[:HALF])
    time.sleep(0.5)  # a reset throws away what the server has not taken from the line yet
    if how == "reset":
        line.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    line.close()
    wait_until(lambda: server.offset(url) == HALF, timeout_s=5, what=f"an offset of {HALF}")
    wait_until(lambda: server.resume(url, CONTENT), timeout_s=5, what="the rest")
    assert server.stored() == [CONTENT]


def test_a_client_stopped_in_mid_patch_delays_another_by_less_than_ten_seconds(server):
    url = server.create(len(CONTENT))
    sleeper = subprocess.Popen([sys.executable, SLEEPER, str(server.stack.port), url, server.token, str(len(CONTENT))])
    try:
        wait_until(lambda: server.offset(url) > 100_000, timeout_s=10, what="100 kB")
        os.kill(sleeper.pid, signal.SIGSTOP)
        stopped_at = time.monotonic()
        wait_until(lambda: server.resume(url, CONTENT), timeout_s=10, what="another's resume")
        assert time.monotonic() - stopped_at < 10
        os.kill(sleeper.pid, signal.SIGCONT)
        time.sleep(1)
    finally:
        sleeper.kill()
        sleeper.wait()
    content = server.stored()[0]
    n_from_sleeper = len(content) - len(content.lstrip(b"s"))
    assert content[n_from_sleeper:] == CONTENT[n_from_sleeper:]


def test_whose_hold_was_taken_over_writes_nothing_any_more(server):
    url = server.create(len(CONTENT))
    old = server.begin_patch(url, 0, len(CONTENT))
    old.sendall(b"o" * 65536)
    wait_until(lambda: server.offset(url) == 65536, timeout_s=5, what="the first piece")
    old.sendall(b"o" * 1000)  # less than a piece: the server waits for the rest
    time.sleep(5.2)
    new = server.begin_patch(url, 65536, len(CONTENT) - 65536)
    new.sendall(CONTENT[65536:200_000])
    wait_until(lambda: server.offset(url) > 65536, timeout_s=5, what="bytes of the new request")
    old.sendall(b"o" * 500_000)
    new.sendall(CONTENT[200_000:])
    assert b" 204 " in new.recv(200)
    assert server.stored() == [b"o" * 65536 + CONTENT[65536:]]


def test_a_holder_that_receives_is_not_taken_over(server):
    url = server.create(len(CONTENT))
    line = server.begin_patch(url, 0, len(CONTENT))
    for number in range(14):
        line.sendall(CONTENT[number * 70_000 : (number + 1) * 70_000])
        time.sleep(0.5)
        if number > 10:
            assert server.patch(url, server.offset(url), b"x").status in (409, 423)
    line.close()


def test_stalled_clients_are_cut_off_before_they_stop_the_server(make_server):
    server = make_server("--threads", "4", WEB_IDLE_S="3")
    urls = [server.create(len(CONTENT)) for _number in range(6)]
    lines = [server.begin_patch(url, 0, len(CONTENT)) for url in urls]
    for line in lines:
        line.sendall(CONTENT[:100_000])

    def knows_last() -> bool:
        with suppress(OSError):  # the question may wait so long that it is cut off itself
            return server.offset(urls[5]) == 100_000
        return False

    wait_until(knows_last, timeout_s=25, what="an answer about the last one")
    assert [server.offset(url) for url in urls] == [100_000] * 6
    for line in lines:
        line.close()


def test_refusals_reach_a_client_that_is_still_sending(server):
    url = server.create(8_000_000)
    answer = server.patch(url, 5, bytes(4 * 2**20))
    assert (answer.status, answer.headers["Upload-Offset"]) == (409, "0")


def test_an_upload_of_many_pieces_uses_little_memory(server):
    size = 200 * 2**20
    url = server.create(size)
    assert server.patch(url, 0, bytes(size)).status == 204
    web = next(process for name, process in server.stack.processes.items() if name.startswith("web"))
    assert _peak_memory_mib(web.pid) < 150


def _peak_memory_mib(pid: int) -> float:
    """Of a process and its children."""
    pids = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    lines = [line for one in pids for line in Path(f"/proc/{one}/status").read_text().splitlines()]
    return max(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
