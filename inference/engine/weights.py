"""The weights file of a model folder, read once and checked against the card."""

import hashlib
import os
from pathlib import Path

from imaging.wording import gettext as _
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
        sentence = _("The model folder has no readable weights file %(file)s.")
        raise ModelFileError(sentence % {"file": name}) from problem
    if hashlib.sha256(content).hexdigest() != card.sha256:
        sentence = _(
            "%(file)s is not the file the card was written for: its SHA-256 differs from 'sha256' in the card."
        )
        raise ModelFileError(sentence % {"file": name})
    return content
