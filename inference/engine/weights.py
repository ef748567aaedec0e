"""The weights file of a model folder, read once and checked against the card."""

import hashlib
import os
from pathlib import Path

from inference.engine.card import ModelCard
from inference.engine.errors import ModelFileError


def read_weights(folder: str | os.PathLike[str], card: ModelCard) -> bytes:
    """The bytes of the weights file. Raises ModelFileError where it is missing or not the file the card was
    written for."""
    name = card.weights_file
    if name is None:
        return b""
    try:
        content = (Path(folder) / name).read_bytes()
    except OSError as problem:
        raise ModelFileError(f"The model folder has no readable weights file {name}.") from problem
    if hashlib.sha256(content).hexdigest() != card.sha256:
        raise ModelFileError(
            f"{name} is not the file the card was written for: its SHA-256 differs from 'sha256' in the card."
        )
    return content
