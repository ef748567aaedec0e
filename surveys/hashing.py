"""By what a file is known: the SHA-256 of its bytes."""

import hashlib
from pathlib import Path


def sha256_of(path: Path) -> str:
    """Read in pieces, however large the file is."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
