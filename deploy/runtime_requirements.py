"""Prints the part of requirements.lock that Kopje needs to run, without the tools of its developers.

One lock file serves both. A package is needed to run when a chain of its "# via" comments leads to the project itself.
Uses the standard library only: it runs before anything is installed.
"""

import re
import sys
from pathlib import Path

ROOT = "kopje (pyproject.toml)"
LOCK = Path(__file__).parent.parent / "requirements.lock"


def blocks(text: str) -> list[tuple[str, str, set[str]]]:
    """(package, its lines, who asked for it) for every package in the lock file."""
    found = []
    for block in re.split(r"\n(?=[A-Za-z0-9])", text.strip()):
        _, _, comments = block.partition("# via")
        asked_by = {re.sub(r"^\s*#?\s*", "", line).strip() for line in comments.splitlines()}
        found.append((re.split(r"[=\[ ]", block, maxsplit=1)[0], block, asked_by - {""}))
    return found


def runtime(text: str) -> list[str]:
    packages = blocks(text)
    needed = {ROOT}
    while new := {name for name, _, asked_by in packages if asked_by & needed} - needed:
        needed |= new
    return [block for name, block, _ in packages if name in needed]


if __name__ == "__main__":
    sys.stdout.write("\n".join(runtime(LOCK.read_text())) + "\n")
