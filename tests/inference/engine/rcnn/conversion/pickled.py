"""Pickles for tests, written by the standard library; nothing here reads one."""

from collections.abc import Mapping
from multiprocessing.reduction import ForkingPickler
from typing import Any

import torch

PROTOCOL_OF_PYTHON_2 = 2


def pickled(content: object, protocol: int = 4) -> bytes:
    return bytes(ForkingPickler.dumps(content, protocol))


def of_old_numpy(content: object) -> bytes:
    """As Python 2 and old numpy name things."""
    return pickled(content, PROTOCOL_OF_PYTHON_2).replace(b"numpy._core.", b"numpy.core.")


def command(module: str, name: str, argument: str) -> bytes:
    """A pickle that calls something as soon as it is read."""
    return f"c{module}\n{name}\n(S'{argument}'\ntR.".encode()


def arrays(weights: Mapping[str, torch.Tensor]) -> dict[str, Any]:
    return {name: value.numpy() for name, value in weights.items()}
