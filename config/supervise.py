"""Several processes in one terminal: started together, restarted when they end, stopped together."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

from config.environment import BASE_DIR

STOP_S = 20
LONGEST_WAIT_S = 30
SETTLED_S = 60
PR_SET_PDEATHSIG = 1
logger = logging.getLogger(__name__)


@dataclass
class Child:
    """A management command that is to run all the time."""

    arguments: list[str]
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    wait_s: float = 0.0  # before the next start; longer after every early end
    ended_at: float = field(default=0.0)

    def start(self, now: float) -> None:
        command = [sys.executable, str(BASE_DIR / "manage.py"), *self.arguments]
        # A session of its own: Ctrl-C reaches the supervisor only, which then stops its children in good order.
        self.process = subprocess.Popen(command, start_new_session=True, preexec_fn=_end_with_parent)
        self.started_at = now

    def look_after(self, now: float) -> None:
        """Starts it, again when it ended: at once after a long life, else after a wait that doubles."""
        if self.process and self.process.poll() is not None:
            logger.warning("%s ended with %s; it is started again.", self.arguments[0], self.process.returncode)
            settled = now - self.started_at > SETTLED_S
            self.wait_s = 0.0 if settled else min(LONGEST_WAIT_S, max(1.0, 2 * self.wait_s))
            self.process, self.ended_at = None, now
        if self.process is None and now >= self.ended_at + self.wait_s:
            self.start(now)


def run(children: list[Child], stop: threading.Event) -> None:
    """Until told to stop."""
    while not stop.is_set():
        for child in children:
            child.look_after(time.monotonic())
        stop.wait(0.5)
    stop_all(children)


def stop_all(children: list[Child]) -> None:
    """SIGTERM to each; what still runs after a while is killed with all its children."""
    running = [child.process for child in children if child.process]
    for process in running:
        process.terminate()
    end = time.monotonic() + STOP_S
    for process in running:
        try:
            process.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _end_with_parent() -> None:
    """A supervisor that is killed takes its children with it, where the kernel offers that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
