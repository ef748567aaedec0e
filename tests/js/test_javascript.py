"""The tests of the modules in static/js that need no page, run by Node."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import skip_or_fail
from tests.services import ROOT

HERE = Path(__file__).parent
PACKAGE = 'from "flatbush"'


@pytest.mark.parametrize("file", sorted(HERE.rglob("*.test.mjs")), ids=lambda path: str(path.relative_to(HERE)))
def test_in_node(file: Path) -> None:
    node = shutil.which("node")
    if node is None:
        skip_or_fail("Node is absent: install the package nodejs")
    if PACKAGE in file.read_text() and not (ROOT / "node_modules/flatbush").is_dir():
        skip_or_fail("the package flatbush is absent: run npm ci")
    ran = subprocess.run([node, str(file)], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr
