"""The part file of an upload. Its size is the offset, and one request at a time may add to it.

Beside it lies a hold file: its content is the token of the request that may write, its modification time is when that
request last received something. Every write happens under an exclusive flock of the hold file, after the token was read
again; so a request whose hold was taken over can never write, not even with a piece already in its hands.
"""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from surveys.files import part_path

TOKEN_BYTES = 16


class PartError(Exception):
    """Why a request may not write to a part file."""


class HeldError(PartError):
    """Another request is receiving this upload just now."""


class HoldLostError(PartError):
    """Another request has taken this upload over, or it was ended."""


class NoPartError(PartError):
    """There is no part file: the upload has ended or is complete."""


class WrongOffsetError(PartError):
    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


def hold_path(upload_id: UUID) -> Path:
    return part_path(upload_id).with_suffix(".hold")


def create_part(upload_id: UUID) -> None:
    for path in (hold_path(upload_id), part_path(upload_id)):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o640))


def part_size(upload_id: UUID) -> int | None:
    try:
        return part_path(upload_id).stat().st_size
    except FileNotFoundError:
        return None


def remove_part(upload_id: UUID) -> None:
    """Ends whatever holds the part, then removes it."""
    try:
        fd = os.open(hold_path(upload_id), os.O_RDWR)
    except FileNotFoundError:
        part_path(upload_id).unlink(missing_ok=True)
        return
    try:
        with _locked(fd):
            os.ftruncate(fd, 0)
            part_path(upload_id).unlink(missing_ok=True)
            hold_path(upload_id).unlink(missing_ok=True)
    finally:
        os.close(fd)


@contextmanager
def _locked(fd: int) -> Iterator[None]:
    fcntl.flock(fd, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(fd, fcntl.LOCK_UN)


class Hold:
    """The right to add to one part file, until released or taken over."""

    def __init__(self, hold_fd: int, part_fd: int, token: bytes, offset: int) -> None:
        self._hold_fd, self._part_fd, self._token = hold_fd, part_fd, token
        self.start = self.offset = offset

    @classmethod
    def take(cls, upload_id: UUID, offset: int, *, patience_s: float) -> "Hold":
        """Takes the part at its true offset; from another request only when that received nothing for `patience_s`."""
        try:
            hold_fd = os.open(hold_path(upload_id), os.O_RDWR)
        except FileNotFoundError:
            raise NoPartError from None
        try:
            with _locked(hold_fd):
                return cls._take_locked(upload_id, hold_fd, offset, patience_s)
        except BaseException:
            os.close(hold_fd)
            raise

    @classmethod
    def _take_locked(cls, upload_id: UUID, hold_fd: int, offset: int, patience_s: float) -> "Hold":
        state = os.fstat(hold_fd)
        if state.st_size and time.time() - state.st_mtime < patience_s:
            raise HeldError
        try:
            part_fd = os.open(part_path(upload_id), os.O_WRONLY)
        except FileNotFoundError:
            raise NoPartError from None
        size = os.fstat(part_fd).st_size
        if size != offset:
            os.close(part_fd)
            raise WrongOffsetError(size)
        token = secrets.token_bytes(TOKEN_BYTES)
        os.pwrite(hold_fd, token, 0)
        return cls(hold_fd, part_fd, token, size)

    def __enter__(self) -> "Hold":
        return self

    def __exit__(self, *_error: object) -> None:
        with _locked(self._hold_fd):
            if self._is_mine():
                os.ftruncate(self._hold_fd, 0)
        os.close(self._hold_fd)
        os.close(self._part_fd)

    def _is_mine(self) -> bool:
        return os.pread(self._hold_fd, TOKEN_BYTES, 0) == self._token

    @contextmanager
    def _mine(self) -> Iterator[None]:
        with _locked(self._hold_fd):
            if not self._is_mine():
                raise HoldLostError
            yield

    def write(self, piece: bytes) -> None:
        """Adds a piece. When the disk is full (OSError), what did fit stays and counts."""
        rest = memoryview(piece)
        with self._mine():
            while rest:
                written = os.pwrite(self._part_fd, rest, self.offset)
                self.offset += written
                rest = rest[written:]
            os.utime(self._hold_fd)

    def take_back(self) -> None:
        """Cuts off everything this hold has written."""
        with self._mine():
            os.ftruncate(self._part_fd, self.start)
            self.offset = self.start

    def sync(self) -> None:
        os.fsync(self._part_fd)
