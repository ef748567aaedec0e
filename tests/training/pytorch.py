"""Tests of training need PyTorch, an extra: without it they are skipped by name."""

import importlib.util

from tests.conftest import skip_or_fail


def need_pytorch() -> None:
    """To be called before a test module imports what needs PyTorch."""
    if not importlib.util.find_spec("torch"):
        skip_or_fail("PyTorch is not installed (the extra: torch)")
