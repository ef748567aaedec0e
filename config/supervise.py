"""Several processes in one terminal: started together, restarted when they end, stopped together."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from django.conf import settings

from config.environment import BASE_DIR

STOP_S = 20  # at least
HAND_BACK_S = 5
LEFT_OVER_S = 2
LONGEST_WAIT_S = 30
SETTLED_S = 60
PR_SET_PDEATHSIG = 1
# Two workers: what people wait for (reading a file, a pyramid, an export) never stands behind a long search.
QUICK = "io,tiles,export,control"
logger = logging.getLogger(__name__)


@dataclass
class Child:
    """A management command that is to run all the time."""

    arguments: list[str]
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    wait_s: float = 0.0  # before the next start; longer after every early end
    ended_at: float = field(default=0.0)
    n_early_ends: int = 0

    def start(self, now: float) -> None:
        command = [sys.executable, str(BASE_DIR / "manage.py"), *self.arguments]
        # A session of its own: Ctrl-C reaches the supervisor only, which then stops its children in good order.
        self.process = subprocess.Popen(command, start_new_session=True, preexec_fn=_end_with_parent)
        self.started_at = now

    def look_after(self, now: float) -> None:
        """Starts it, again when it ended: at once after a long life, else after a wait that doubles."""
        if self.process and self.process.poll() is not None:
            self._has_ended(self.process, now)
            self.process, self.ended_at = None, now
        if self.process is None and now >= self.ended_at + self.wait_s:
            self.start(now)

    def _has_ended(self, process: "subprocess.Popen[bytes]", now: float) -> None:
        settled = now - self.started_at > SETTLED_S
        self.n_early_ends = 0 if settled else self.n_early_ends + 1
        self.wait_s = 0.0 if settled else min(LONGEST_WAIT_S, max(1.0, 2 * self.wait_s))
        when = f"in {self.wait_s:g} s" if self.wait_s else "now"
        logger.warning("%s %s; it is started again %s.", self, _how_it_ended(process.returncode), when)
        if self.n_early_ends > 2:
            logger.error(
                "%s has ended %d times soon after its start: something is wrong. Its own words stand above; "
                "`make doctor` looks for the reason.",
                self,
                self.n_early_ends,
            )
        end_group(process, LEFT_OVER_S)

    def __str__(self) -> str:
        queues = self.arguments[self.arguments.index("--queues") + 1] if "--queues" in self.arguments else ""
        return f"{self.arguments[0]} ({queues})" if queues else self.arguments[0]


def processes_of_kopje(host: str, port: int, concurrency: str | None = None) -> list[Child]:
    """All that one machine needs. `concurrency`: how many images are searched at once."""
    at_once = ["--concurrency", concurrency] if concurrency else []
    return [
        Child(["web", "--host", host, "--port", str(port)]),
        Child(["dispatcher"]),
        Child(["worker", "--queues", QUICK, "--concurrency", "1"]),
        Child(["worker", "--queues", "detect", *at_once]),
    ]


def run(children: list[Child], stop: threading.Event) -> None:
    """Until told to stop."""
    while not stop.is_set():
        for child in children:
            child.look_after(time.monotonic())
        stop.wait(0.5)
    stop_all(children)


def patience_s() -> float:
    """Workers get their WORKER_STOP_S whole, and then some time to hand their jobs back."""
    return max(STOP_S, settings.WORKER_STOP_S + HAND_BACK_S)


def stop_all(children: list[Child]) -> None:
    """SIGTERM to each; what still runs after a while is killed with all its children."""
    running = [child.process for child in children if child.process]
    for process in running:
        process.terminate()
    end = time.monotonic() + patience_s()
    for process in running:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, end - time.monotonic()))
        end_group(process, 0)


def end_group(process: "subprocess.Popen[bytes]", patience_s: float) -> None:
    """Ends what a process left behind: the web server's own process would keep the port, a worker's its leases.

    Told to stop, they hand their jobs back; what does not end by then is killed.
    """
    end = time.monotonic() + patience_s
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        while time.monotonic() < end:
            os.killpg(process.pid, 0)  # raises once nobody is left
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)


def _how_it_ended(code: int) -> str:
    return f"was ended by signal {-code} ({signal.strsignal(-code)})" if code < 0 else f"ended with exit {code}"


def _end_with_parent() -> None:
    """A supervisor that is killed takes its children with it, where the kernel offers that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
