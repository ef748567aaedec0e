"""Looking into an ONNX file before anything runs it.

A model file comes from a stranger. Tensors of an ONNX file may live in other files, named by a path that the runtime
opens: such a file can read what it likes on the server, so it is refused. The file is a Protocol Buffers message
(field numbers as in the published onnx.proto); only the way to its tensors is followed.
"""

from collections.abc import Iterator

from imaging.wording import gettext as _
from inference.engine.errors import ModelFileError

MAX_DEPTH = 64
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
EXTERNAL_DATA, DATA_LOCATION = 13, 14

# message -> {field number: message found there}
INSIDE = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "sparse": {1: "tensor", 2: "tensor"},
}


def refuse_unsafe(content: bytes) -> None:
    """Raises ModelFileError unless this is an ONNX model that carries all of its weights itself."""
    try:
        graphs = sum(number == 7 for number, _ in fields(memoryview(content)))
        _walk(memoryview(content), "model", 0)
    except (IndexError, ValueError) as problem:
        raise ModelFileError(_("The weights file is not an ONNX file, or it is damaged.")) from problem
    if not graphs:
        raise ModelFileError(_("The weights file is not an ONNX file: it holds no network."))


def _walk(message: memoryview, kind: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ModelFileError(_("The ONNX file nests networks too deeply."))
    for number, value in fields(message):
        if kind == "tensor" and (number == EXTERNAL_DATA or (number == DATA_LOCATION and value != 0)):
            raise ModelFileError(
                _("The ONNX file keeps weights in other files, which is refused: export it again as one single file.")
            )
        inner = INSIDE.get(kind, {}).get(number)
        if inner and isinstance(value, memoryview):
            _walk(value, inner, depth + 1)


def fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """(field number, number or bytes) of a message. Raises ValueError or IndexError where it is none."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        length, at = _varint(message, at) if wire == BYTES else ({FIXED64: 8, FIXED32: 4}.get(wire, -1), at)
        if number == 0 or length < 0 or at + length > len(message):
            raise ValueError("not a Protocol Buffers message")
        yield number, message[at : at + length]
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number of more than ten bytes")
