"""Tiny ONNX files, written byte by byte (field numbers as in the published onnx.proto)."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

FLOAT, INT64 = 1, 7


def make_onnx(
    outputs: Mapping[str, NDArray[np.generic]], *, input_shape: Sequence[int | str] = (1, 3, 64, 64), extra: bytes = b""
) -> bytes:
    """A network that takes a picture and answers these arrays, whatever it sees. `extra` goes into its graph."""
    nodes = b"".join(
        _field(1, _field(1, f"of_{name}".encode()) + _field(2, name.encode()) + _field(4, b"Identity"))
        for name in outputs
    )
    tensors = b"".join(_field(5, make_tensor(f"of_{name}", array)) for name, array in outputs.items())
    answers = b"".join(_field(12, _value(name, array.shape, _kind(array))) for name, array in outputs.items())
    graph = nodes + _field(2, b"fixed") + tensors + _field(11, _value("images", input_shape, FLOAT)) + answers + extra
    return _number(1, 8) + _field(8, _number(2, 17)) + _field(7, graph)


def make_tensor(name: str, array: NDArray[np.generic]) -> bytes:
    dims = b"".join(_number(1, size) for size in array.shape)
    return dims + _number(2, _kind(array)) + _field(8, name.encode()) + _field(9, array.tobytes())


def make_external_tensor(path: str) -> bytes:
    """A graph's initializer whose bytes lie in another file."""
    where = _field(1, b"location") + _field(2, path.encode())
    return _field(5, _number(1, 4) + _number(2, FLOAT) + _field(8, b"stolen") + _field(13, where) + _number(14, 1))


def make_subgraph(inner: bytes) -> bytes:
    """A graph's node with an attribute that holds a graph with this content."""
    return _field(1, _field(4, b"If") + _field(5, _field(1, b"then_branch") + _field(6, inner)))


def _kind(array: NDArray[np.generic]) -> int:
    return INT64 if array.dtype == np.int64 else FLOAT


def _value(name: str, shape: Sequence[int | str], kind: int) -> bytes:
    axes = b"".join(
        _field(1, _number(1, axis) if isinstance(axis, int) else _field(2, axis.encode())) for axis in shape
    )
    return _field(1, name.encode()) + _field(2, _field(1, _number(1, kind) + _field(2, axes)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _field(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*digits, value])
