"""A process of its own that reads a checkpoint, with limits: `python -m ...reader CHECKPOINT TARGET MAX_BYTES`.

It writes the weights it finds to TARGET, as safetensors, and one line of JSON: whether their names are Caffe2's, or
which problem there is. Whoever starts it trusts neither.
"""

import ctypes
import json
import os
import re
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from inference.engine.backends.rcnn.conversion.pickles import Array, UnsafePickleError, read_pickle
from inference.engine.backends.rcnn.tensorfile import KINDS, tensor_parts

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SPARE_BYTES = 1 << 30
CPU_S = 300
MEMORY = re.compile(r"DefaultCPUAllocator|not enough memory|bad_alloc", re.IGNORECASE)
GLOBAL = re.compile(r"(?:GLOBAL|global:?) [`']?([\w.]+)")


class ReadingError(Exception):
    """A problem by its short name, and what to name in the sentence about it."""

    def __init__(self, problem: str, what: str = "") -> None:
        super().__init__(problem)
        self.problem, self.what = problem, what


def main(source: str, target: str, max_bytes: int) -> None:
    leave_network()
    set_limits(os.path.getsize(source), max_bytes)
    torch.set_num_threads(1)
    try:
        weights, is_caffe2 = read(Path(source), max_bytes)
        with open(target, "wb") as file:
            for part in tensor_parts(weights):
                file.write(part)
        answer: dict[str, Any] = {"is_caffe2": is_caffe2}
    except ReadingError as error:
        answer = {"problem": error.problem, "what": error.what}
    sys.stdout.write(json.dumps(answer))


def leave_network() -> bool:
    """Into a network of this process's own, which leads nowhere; Linux alone has that.

    False where the kernel does not allow it, as in many containers. The file is read all the same: this fence is one
    more behind those that hold everywhere, that nothing in a file is run and that no password is within reach.
    """
    libc = ctypes.CDLL(None)
    # Only root may do so without a user namespace, in which it would lose the right to read other people's files.
    kinds = CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWNET | CLONE_NEWUSER
    return hasattr(libc, "unshare") and libc.unshare(kinds) == 0


def set_limits(n_bytes: int, max_bytes: int) -> None:
    """Memory for twice the file, and some; what PyTorch took to start does not count."""
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limits = {
        resource.RLIMIT_AS: taken + 2 * n_bytes + SPARE_BYTES,
        resource.RLIMIT_CPU: CPU_S,
        resource.RLIMIT_FSIZE: max_bytes + SPARE_BYTES,
        resource.RLIMIT_CORE: 0,
    }
    for which, limit in limits.items():
        resource.setrlimit(which, (limit, limit))


def read(path: Path, max_bytes: int) -> tuple[dict[str, Tensor], bool]:
    """The weights of a checkpoint by name, and whether the names are Caffe2's. Raises ReadingError."""
    try:
        content = _unpickled(path) if path.suffix == ".pkl" else _loaded(path)
    except MemoryError as problem:
        raise ReadingError("memory") from problem
    found, is_caffe2 = _model(content, is_pickle=path.suffix == ".pkl")
    return _tensors(found, max_bytes), is_caffe2


def _unpickled(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            return read_pickle(file)
    except UnsafePickleError as problem:
        raise ReadingError("unsafe", str(problem)) from problem
    except MemoryError:
        raise
    except Exception as problem:  # a damaged pickle can raise anything
        raise ReadingError("damaged") from problem


def _loaded(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception as problem:  # a damaged file can raise anything
        if MEMORY.search(str(problem)):
            raise MemoryError from problem
        asked = GLOBAL.search(str(problem))
        raise ReadingError("unsafe", asked[1]) if asked else ReadingError("damaged") from problem


def _model(content: Any, *, is_pickle: bool) -> tuple[Mapping[Any, Any], bool]:
    """The part of a checkpoint that holds the weights, in Detectron2's and Detectron's ways of keeping them."""
    if not isinstance(content, Mapping):
        raise ReadingError("no_weights")
    author = content.get("__author__")
    held = next((content[key] for key in ("model", "state_dict", "blobs") if key in content), content)
    if not isinstance(held, Mapping):
        raise ReadingError("no_weights")
    may_be_caffe2 = author == "Caffe2" or (is_pickle and not ("model" in content and author is not None))
    return held, may_be_caffe2 and not any("." in str(name) for name in held)  # Caffe2's names have no dots


def _tensors(found: Mapping[Any, Any], max_bytes: int) -> dict[str, Tensor]:
    weights = {
        str(name): _tensor(str(name), value) for name, value in found.items() if isinstance(value, Tensor | Array)
    }
    weights = {name: tensor for name, tensor in weights.items() if tensor.dtype in KINDS.values()}
    if not weights:
        raise ReadingError("no_weights")
    # By shape, not by what is held: a tensor may repeat one number a billion times.
    if sum(tensor.numel() * tensor.element_size() for tensor in weights.values()) > max_bytes:
        raise ReadingError("memory")
    return weights


def _tensor(name: str, value: Tensor | Array) -> Tensor:
    try:
        if isinstance(value, Tensor):
            if value.layout != torch.strided or value.is_quantized or value.device.type != "cpu":
                raise ValueError(name)
            return value.detach()
        array = value.made()
        return torch.from_numpy(array.astype(array.dtype.newbyteorder("=")))
    except MemoryError as problem:
        raise ReadingError("memory", name) from problem
    except (ValueError, TypeError, AttributeError, RuntimeError) as problem:
        raise ReadingError("tensor", name) from problem


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
