"""Cuts off connections of the web process on which nothing has moved for a while, in either direction.

The server has no time limit for a request's body: a client that stops in the middle of one, or vanishes, would keep
its thread for ever. Cut off, it looks like any broken connection, and an upload keeps what had arrived.
"""

import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

LOOK_EVERY_S = 5
_TCP_INFO = struct.Struct("8B24I")
_LAST_DATA_SENT, _LAST_DATA_RECEIVED = 8 + 9, 8 + 11  # milliseconds since then, in Linux' tcp_info


def watch(idle_s: float) -> None:
    """Looks from time to time, for as long as the process lives. For the process that serves, not its parent."""
    threading.Thread(target=_watch, args=(idle_s,), name="idle-connections", daemon=True).start()


def _watch(idle_s: float) -> None:
    while True:
        time.sleep(min(LOOK_EVERY_S, idle_s))
        cut_off(idle_s)


def cut_off(idle_s: float) -> int:
    """How many connections were cut."""
    found = list(_tcp_sockets())
    try:
        listening = {_local_port(one) for one in found if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)}
        return sum(_cut_off_if_idle(one, idle_s) for one in found if _local_port(one) in listening)
    finally:
        for one in found:
            one.close()


def _tcp_sockets() -> Iterator[socket.socket]:
    """Second handles on the sockets of this process, so that one that is closed meanwhile is nobody else's yet."""
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                one = socket.socket(fileno=os.dup(int(name)))
                if one.family in (socket.AF_INET, socket.AF_INET6) and one.type == socket.SOCK_STREAM:
                    yield one
                else:
                    one.close()


def _local_port(one: socket.socket) -> int:
    return one.getsockname()[1]


def _cut_off_if_idle(one: socket.socket, idle_s: float) -> bool:
    with suppress(OSError):  # a listening one, or no longer connected
        one.getpeername()
        info = _TCP_INFO.unpack(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size))
        if min(info[_LAST_DATA_SENT], info[_LAST_DATA_RECEIVED]) > idle_s * 1000:
            one.shutdown(socket.SHUT_RDWR)
            return True
    return False
