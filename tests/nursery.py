"""Kopje's processes for tests, forked from one that has the libraries loaded: each starts at a third of the price.

Whatever belongs to Kopje, its settings first of all, a process loads itself, as `python manage.py` does. Starts from
nothing are left to the tests of `up`, `serve` and the containers, whose children are started as on any machine.
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
# What none of them asks Django's settings for: each process has its own.
LIBRARIES = [
    "asyncio", "celery.app.amqp", "celery.apps.worker", "celery.bin.celery", "celery.bin.worker",
    "celery.concurrency.prefork", "celery.fixups.django", "celery.worker.consumer", "click", "dateutil.parser",
    "django.contrib.staticfiles", "django.core.management", "django.db.backends.sqlite3.base",
    "django.db.models", "django.forms", "django.template", "django.urls", "email", "granian", "http.client",
    "kombu.transport.filesystem", "kombu.transport.redis", "numpy", "PIL.Image", "psycopg", "sqlparse",
    "uuid_utils", "yaml",
]  # fmt: skip
_nursery = multiprocessing.get_context("forkserver")
_nursery.set_forkserver_preload(LIBRARIES)


class Child:
    """A management command in a process group of its own; asked and told as a `subprocess.Popen` is."""

    def __init__(self, arguments: Sequence[str], environment: dict[str, str], output: Path, errors: Path) -> None:
        self._process = _nursery.Process(target=_become, args=(arguments, environment, output, errors))
        with _no_main():
            self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid
        while self.poll() is None and not self._has_own_group():
            time.sleep(0.001)

    def _has_own_group(self) -> bool:
        try:
            return os.getpgid(self.pid) == self.pid
        except ProcessLookupError:
            return True

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("manage.py", timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@contextmanager
def _no_main() -> Iterator[None]:
    """Else each child loads the program that starts it, and with it settings that are not its own."""
    main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _become(arguments: Sequence[str], environment: dict[str, str], output: Path, errors: Path) -> None:
    os.setsid()
    multiprocessing.set_start_method("fork", force=True)  # as in a process that was not forked from here
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    for path, number in ((output, 1), (errors, 2)):
        opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", buffering=1) for number in (1, 2))
    sys.argv = [str(ROOT / "manage.py"), *arguments]
    runpy.run_path(sys.argv[0], run_name="__main__")
