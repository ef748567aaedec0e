"""Writing ONNX files, and reading their numbers: Protocol Buffers messages as in the published onnx.proto.

The networks need a dozen or two kinds of node, so a writer of its own is smaller than the package that would bring one.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from inference.engine.backends.onnxfile import fields

IR_VERSION, OPSET = 8, 17
NUMBER_TYPES = {"float32": 1, "uint8": 2, "int64": 7}
Attribute = int | float | str | Sequence[int]
Shape = Sequence[int | str]


@dataclass
class Graph:
    """A network being written: nodes in order, constants, inputs and outputs, each as an encoded message."""

    nodes: list[bytes] = field(default_factory=list)
    constants: list[bytes] = field(default_factory=list)
    inputs: list[bytes] = field(default_factory=list)
    outputs: list[bytes] = field(default_factory=list)

    def input(self, name: str, kind: str, shape: Shape) -> str:
        """A side that is a name may be of any length."""
        self.inputs.append(_value(name, kind, shape))
        return name

    def output(self, name: str, kind: str, shape: Shape) -> None:
        self.outputs.append(_value(name, kind, shape))

    def constant(self, array: NDArray[np.generic]) -> str:
        name = f"constant{len(self.constants)}"
        body = b"".join(_number(1, side) for side in array.shape) + _number(2, NUMBER_TYPES[array.dtype.name])
        raw = np.ascontiguousarray(array).tobytes()
        self.constants.append(body + _bytes(8, name.encode()) + _bytes(9, raw))
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str = "", **attributes: Attribute) -> str:
        """Appends a node and returns the name of its (first) output."""
        return self.nodes_of(kind, inputs, [output], **attributes)[0]

    def nodes_of(self, kind: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Attribute) -> list[str]:
        names = [name or f"value{len(self.nodes)}_{i}" for i, name in enumerate(outputs)]
        body = b"".join(_bytes(1, name.encode()) for name in inputs) + b"".join(_bytes(2, n.encode()) for n in names)
        body += _bytes(4, kind.encode()) + b"".join(_bytes(5, _attribute(*item)) for item in attributes.items())
        self.nodes.append(body)
        return names

    def encoded(self, producer: str) -> bytes:
        """The whole file."""
        graph = b"".join(_bytes(1, node) for node in self.nodes) + _bytes(2, producer.encode())
        graph += b"".join(_bytes(5, constant) for constant in self.constants)
        graph += b"".join(_bytes(11, each) for each in self.inputs)
        graph += b"".join(_bytes(12, each) for each in self.outputs)
        operators = _bytes(1, b"") + _number(2, OPSET)
        return _number(1, IR_VERSION) + _bytes(2, producer.encode()) + _bytes(7, graph) + _bytes(8, operators)


def _value(name: str, kind: str, shape: Shape) -> bytes:
    sides = b"".join(_bytes(1, _bytes(2, n.encode()) if isinstance(n, str) else _number(1, n)) for n in shape)
    tensor = _number(1, NUMBER_TYPES[kind]) + _bytes(2, sides)
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, tensor))


def _attribute(name: str, value: Attribute) -> bytes:
    body = _bytes(1, name.encode())
    if isinstance(value, int):
        return body + _number(3, value) + _number(20, 2)
    if isinstance(value, float):
        return body + _key(2, 5) + struct.pack("<f", value) + _number(20, 1)
    if isinstance(value, str):
        return body + _bytes(4, value.encode()) + _number(20, 3)
    return body + b"".join(_number(8, each) for each in value) + _number(20, 7)


def _number(number: int, value: int) -> bytes:
    return _key(number, 0) + _varint(value & (1 << 64) - 1)


def _bytes(number: int, content: bytes) -> bytes:
    return _key(number, 2) + _varint(len(content)) + content


def _key(number: int, wire: int) -> bytes:
    return _varint(number << 3 | wire)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def constants_of(content: bytes) -> list[NDArray[np.generic]]:
    """The constants of a file that `Graph` wrote, in the order they were made."""
    (graph,) = (value for number, value in fields(memoryview(content)) if number == 7)
    return [_array(value) for number, value in fields(graph) if number == 5]  # type: ignore[arg-type]


def _array(tensor: memoryview) -> NDArray[np.generic]:
    parts = list(fields(tensor))
    shape = [value for number, value in parts if number == 1]
    (kind,) = (value for number, value in parts if number == 2)
    (raw,) = (value for number, value in parts if number == 9)
    names = {number: name for name, number in NUMBER_TYPES.items()}
    return np.frombuffer(raw, names[kind]).reshape(shape)  # type: ignore[index,arg-type]
