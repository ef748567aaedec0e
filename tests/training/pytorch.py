"""Tests of training need PyTorch, an extra: without it they are skipped by name."""

import importlib.util

import pytest

from tests.conftest import REQUIRE_ALL


def need_pytorch() -> None:
    """To be called before a test module imports what needs PyTorch."""
    if importlib.util.find_spec("torch"):
        return
    reason = "PyTorch is not installed (the extra: torch)"
    if REQUIRE_ALL:
        pytest.fail(f"{reason} (REQUIRE_ALL=1)")
    pytest.skip(reason, allow_module_level=True)
