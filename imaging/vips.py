"""The only door to libvips.

Trap, measured: after any libvips operation a fork leaves the child with libvips' locks and none of its threads, and the
child hangs at its first operation. So pyvips is imported on first use only, the process that did it is remembered, and
a child forked from that process gets an error at once instead of hanging.
"""

import importlib
import logging
import os
from functools import cache
from types import ModuleType

_used_in: list[int] = []


class ForkedAfterVipsError(RuntimeError):
    """libvips was used in a parent process before it forked this one."""


def vips() -> ModuleType:
    """The pyvips module, ready to use in this process."""
    if not _used_in:
        _used_in.append(os.getpid())
    if _used_in[0] != os.getpid():
        raise ForkedAfterVipsError(
            f"libvips was used in process {_used_in[0]} before it forked process {os.getpid()}, where it would hang: "
            "use images only in the child processes of a worker, never before they are forked."
        )
    return _load()


def used_in_pid() -> int | None:
    """The process that used libvips first, None while nothing has: what a worker's parent must be able to show."""
    return _used_in[0] if _used_in else None


@cache
def _load() -> ModuleType:
    logging.getLogger("pyvips").setLevel(logging.WARNING)  # it tells of every thread pool
    pyvips = importlib.import_module("pyvips")

    pyvips.cache_set_max(0)  # images are read once; the operation cache would only hold memory
    pyvips.block_untrusted_set(True)  # only the fuzzed loaders: JPEG, PNG, TIFF
    return pyvips
