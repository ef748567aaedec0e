"""How a worker ends when it is told to: what is nearly done is finished, the rest is handed back, not counted."""

import os
import signal
import threading
from contextlib import suppress

from billiard.process import active_children


def stop_children_after(wait_s: float) -> None:
    """Called in the worker's main process, which by itself would wait for its children as long as they like."""
    timer = threading.Timer(wait_s, _stop_children)
    timer.daemon = True
    timer.start()


def _stop_children() -> None:
    for child in active_children():
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGTERM)
