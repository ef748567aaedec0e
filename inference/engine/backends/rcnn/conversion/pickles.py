"""Weights out of a plain pickle, which is a program by nature: of all it may ask for, only numpy arrays are known.

Neither numpy nor any other library is handed to it. The names by which a pickle makes arrays stand for the small
classes below, which keep what they are told; arrays are made afterwards, and only of plain numbers.
"""

import pickle  # for its Unpickler, which imports nothing but by way of find_class
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

NUMBERS = {f"{kind}{size}" for kind in "fiu" for size in (1, 2, 4, 8)} - {"f1"} | {"b1"}
ORDERS: dict[str, Literal["<", ">", "="]] = {"<": "<", ">": ">", "=": "=", "|": "="}
MODULES = ("numpy.core.multiarray", "numpy._core.multiarray")
FIVE = ("numpy.core.numeric", "numpy._core.numeric")  # how a pickle of protocol 5 makes an array


class UnsafePickleError(Exception):
    """The pickle asks for something that is not on the list; the message is its name."""


class Kind:
    """Stands for numpy.dtype."""

    def __init__(self, name: object = "", *_: object) -> None:
        self.name, self.order = str(name), "="

    def __setstate__(self, state: Any) -> None:
        self.order = str(state[1])

    def dtype(self) -> np.dtype[Any]:
        """Raises ValueError for all but numbers: objects of a pickle would be anything."""
        if self.name.lstrip("<>=|") not in NUMBERS or self.order not in ORDERS:
            raise ValueError(self.name)
        return np.dtype(self.name).newbyteorder(ORDERS[self.order])


class Array:
    """Stands for numpy.ndarray and what makes one."""

    def __init__(self, *_: object) -> None:
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def made(self) -> NDArray[Any]:
        """Raises ValueError or TypeError where shape, numbers and their length do not belong together."""
        _version, shape, kind, is_fortran, data = self.state
        return _array(data, kind, shape, "F" if is_fortran else "C")


class Buffer(Array):
    """Stands for numpy's function that makes an array of a buffer."""

    def __init__(self, data: object = b"", kind: object = None, shape: object = (), order: object = "C") -> None:
        super().__init__()
        self.state = (1, shape, kind, order == "F", data)


class Scalar(Array):
    """Stands for numpy's function that makes a single number."""

    def __init__(self, kind: object = None, data: object = b"") -> None:
        super().__init__()
        self.state = (1, (), kind, False, data)


def _array(data: object, kind: object, shape: Any, order: Any) -> NDArray[Any]:
    content = data.encode("latin1") if isinstance(data, str) else data  # text out of a pickle of Python 2
    if not isinstance(content, bytes | bytearray) or not isinstance(kind, Kind):
        raise ValueError(kind)
    if any(type(side) is not int or side < 0 for side in shape):
        raise ValueError(shape)
    return np.frombuffer(content, kind.dtype()).reshape(shape, order=order)  # makes no number that is not there


def _encoded(text: object, _encoding: object = "latin1") -> bytes:
    """Stands for the function by which a pickle of Python 3 gives bytes to Python 2."""
    return str(text).encode("latin1")


ALLOWED: dict[tuple[str, str], Callable[..., object]] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("numpy", "ndarray"): Array,
    ("numpy", "dtype"): Kind,
    ("_codecs", "encode"): _encoded,
    **{(module, "_reconstruct"): Array for module in MODULES},
    **{(module, "scalar"): Scalar for module in MODULES},
    **{(module, "_frombuffer"): Buffer for module in FIVE},
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise UnsafePickleError(f"{module}.{name}")
        return ALLOWED[module, name]


def read_pickle(file: BinaryIO) -> Any:
    """What a pickle holds: plain values and containers, and Array for every array. Raises UnsafePickleError, naming
    what it asks for besides; anything else where it is damaged."""
    return _Unpickler(file, encoding="latin1").load()
