"""A request's body, as it arrives."""

import time
from collections.abc import Callable, Iterator

from django.http import UnreadablePostError

PIECE_BYTES = 64 * 1024
SLOW_PIECE_BYTES = 4 * 1024  # read() waits until all of it has arrived: on a slow line ask for less
SLOW_S = 1.0


def pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Ends where the body does. A cut connection is an end like any other: the caller counts.

    Trap: a body must be read in the thread that serves the request. Given up from outside while another thread waits
    in read(), the server (granian 2.8) waits for that read with Python's lock in its hands, and the whole process
    stands still. Senders that say nothing any more are cut off by config.idle_connections.
    """
    size = PIECE_BYTES
    while True:
        asked = time.monotonic()
        try:
            piece = read(size)
        except (UnreadablePostError, OSError):
            return
        if not piece:
            return
        size = SLOW_PIECE_BYTES if time.monotonic() - asked > SLOW_S else PIECE_BYTES
        yield piece
