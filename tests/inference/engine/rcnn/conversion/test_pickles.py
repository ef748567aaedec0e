"""Pickles, of which arrays and plain values are known."""

import io
from collections import OrderedDict

from tests.training.pytorch import need_pytorch

need_pytorch()

import numpy as np
import pytest

from inference.engine.backends.rcnn.conversion.pickles import Array, UnsafePickleError, read_pickle
from tests.inference.engine.rcnn.conversion.pickled import command, of_old_numpy, pickled

HEAD = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
KIND = b"cnumpy\ndtype\nU\x02%sK\x00K\x01\x87R(K\x03U\x01%sNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
PYTHON_2 = HEAD + b"(K\x01K\x02K\x01\x86" + KIND % (b"f4", b"<") + b"\x89U\x08%stb."


def read(content: bytes) -> object:
    return read_pickle(io.BytesIO(content))


@pytest.mark.parametrize("protocol", range(6))
def test_arrays_and_containers_come_back(protocol: int) -> None:
    wanted = np.arange(6, dtype=np.float32).reshape(2, 3)
    content = {"model": OrderedDict(a=wanted, b=wanted.T), "n": np.float64(3), "told": ["x", 1.5, None, True]}
    found = read(pickled(content, protocol))
    assert np.array_equal(found["model"]["a"].made(), wanted)
    assert np.array_equal(found["model"]["b"].made(), wanted.T)
    assert found["n"].made() == 3
    assert found["told"] == content["told"]


def test_arrays_of_python_2_and_old_numpy_come_back() -> None:
    values = np.array([[1.5], [-2.0]], "<f4")
    assert np.array_equal(read(PYTHON_2 % values.tobytes()).made(), values)
    assert np.array_equal(read(of_old_numpy({"a": values}))["a"].made(), values)


def test_the_order_of_bytes_is_the_files() -> None:
    values = np.array([[1.5], [-2.0]], ">f4")
    assert read(pickled(values)).made().tolist() == values.tolist()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("posix", "system"),
        ("builtins", "eval"),
        ("__builtin__", "getattr"),
        ("numpy", "load"),
        ("numpy.core.multiarray", "fromfile"),
        ("torch.storage", "_load_from_bytes"),
        ("copyreg", "_reconstructor"),
        ("collections", "namedtuple"),
    ],
)
def test_whatever_else_is_asked_for_is_named_and_not_found(module: str, name: str) -> None:
    with pytest.raises(UnsafePickleError, match=f"^{module}.{name}$"):
        read(command(module, name, "1"))


def test_what_lies_inside_something_known_is_not_known() -> None:
    inside = b"\x80\x04\x8c\x05numpy\x8c\x0endarray.tofile\x93."
    with pytest.raises(UnsafePickleError, match=r"numpy.ndarray.tofile"):
        read(inside)


@pytest.mark.parametrize(
    "array",
    [
        np.array([{"a": 1}, None], dtype=object),
        np.array(["text"]),
        np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
        np.array([1 + 2j]),
    ],
)
def test_an_array_of_anything_but_numbers_is_not_made(array: np.ndarray) -> None:
    found = read(pickled(array, 2))
    assert isinstance(found, Array)
    with pytest.raises((ValueError, TypeError)):
        found.made()


def test_an_array_that_says_it_is_larger_than_its_numbers_is_not_made() -> None:
    tall = PYTHON_2.replace(b"K\x02K\x01\x86", b"J\x00\x00\x00\x7fK\x0a\x86") % bytes(8)
    with pytest.raises(ValueError):
        read(tall).made()
