"""One detect command at a time writes a file: a second one would write over what the first one finds."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class OutputTakenError(Exception):
    """Another process writes this file."""


@contextmanager
def alone_with(out: Path) -> Iterator[None]:
    """Raises OutputTakenError, OSError. The lock is the operating system's and ends with the process, however that
    ends: the empty file that a killed one leaves beside its output holds nobody up."""
    path = out.with_name(f"{out.name}.lock")
    lock = _locked(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(lock)


def _locked(path: Path) -> int:
    while True:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still(path, lock):
                return lock
        except BlockingIOError as problem:
            os.close(lock)
            raise OutputTakenError from problem
        os.close(lock)  # who had it took the file away: the next one locks another


def _is_still(path: Path, lock: int) -> bool:
    try:
        return os.path.samestat(os.fstat(lock), path.stat())
    except FileNotFoundError:
        return False
