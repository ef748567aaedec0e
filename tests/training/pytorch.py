"""Tests of training need PyTorch, an extra: without it they are skipped by name."""

import importlib.util
from collections.abc import Iterator

import pytest

from tests.conftest import skip_or_fail


def need_pytorch() -> None:
    """To be called before a test module imports what needs PyTorch."""
    if not importlib.util.find_spec("torch"):
        skip_or_fail("PyTorch is not installed (the extra: torch)")


@pytest.fixture
def one_thread() -> Iterator[None]:
    """PyTorch computes with one thread: a second would take the core of another test."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
