"""Weights in a safetensors file: eight bytes that say how long the header is, the header in JSON, then plain numbers.

Nothing in such a file can run. It comes from a stranger all the same, so that every size in it is checked.
"""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from imaging.wording import gettext as _
from inference.engine.errors import ModelFileError

LENGTH_BYTES = 8
MAX_HEADER_BYTES = 20_000_000
KINDS = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "I64": torch.int64, "I32": torch.int32,
}  # fmt: skip


def read_tensors(content: bytes) -> dict[str, Tensor]:
    """The tensors of a safetensors file by name. Raises ModelFileError where it is none."""
    try:
        length = int.from_bytes(content[:LENGTH_BYTES], "little")
        if not 2 <= length <= min(MAX_HEADER_BYTES, len(content) - LENGTH_BYTES):
            raise ValueError(length)
        header = json.loads(content[LENGTH_BYTES : LENGTH_BYTES + length])
        header.pop("__metadata__", None)
        data = memoryview(content)[LENGTH_BYTES + length :]
        return {name: _tensor(entry, data) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise ModelFileError(_("The weights file is not a safetensors file, or it is damaged.")) from problem


def write_tensors(tensors: Mapping[str, Tensor]) -> bytes:
    """A safetensors file of these tensors."""
    return b"".join(tensor_parts(tensors))


def tensor_parts(tensors: Mapping[str, Tensor]) -> Iterator[bytes]:
    """The same in parts, of which each tensor is one, so that not all are in memory twice."""
    names = {kind: name for name, kind in KINDS.items()}
    header, at = {}, 0
    for name, tensor in tensors.items():
        place = [at, at + tensor.numel() * tensor.element_size()]
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": place}
        at = place[1]
    told = json.dumps(header).encode()
    told += b" " * (-len(told) % LENGTH_BYTES)
    yield len(told).to_bytes(LENGTH_BYTES, "little")
    yield told
    for tensor in tensors.values():
        yield tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes()


def _tensor(entry: Mapping[str, Any], data: memoryview) -> Tensor:
    kind, shape, (start, stop) = KINDS[entry["dtype"]], entry["shape"], entry["data_offsets"]
    if any(type(number) is not int or number < 0 for number in (*shape, start, stop)):
        raise ValueError(entry)
    count = math.prod(shape)
    if stop > len(data) or stop - start != count * kind.itemsize:
        raise ValueError(entry)
    if not count:
        return torch.empty(shape, dtype=kind)
    return torch.frombuffer(bytearray(data[start:stop]), dtype=kind).view(shape)
