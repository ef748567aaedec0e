import os
import socket
import time

import pytest

from config.idle_connections import cut_off


@pytest.fixture
def line():
    """The two ends of a connection to a listening socket of this process; the far one is like one to a database."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        far = socket.create_connection(door.getsockname())
        near, _address = door.accept()
        with far, near:
            yield far, near


def test_a_connection_on_which_nothing_moves_is_cut_off(line):
    far, near = line
    time.sleep(0.3)
    assert cut_off(0.1) == 1  # the near end; the far one does not stand at a port that listens
    assert near.recv(1) == b""
    assert far.recv(1) == b""


def test_a_connection_on_which_something_moves_is_left_alone(line):
    far, near = line
    time.sleep(0.3)
    far.send(b"x")
    assert near.recv(1) == b"x"
    assert cut_off(0.2) == 0


def test_no_handles_are_left_open(line):
    before = len(os.listdir("/proc/self/fd"))
    cut_off(100)
    assert len(os.listdir("/proc/self/fd")) == before
