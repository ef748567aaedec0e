"""The tests of the modules in static/js that need no page, run by Node."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import skip_or_fail

HERE = Path(__file__).parent


@pytest.mark.parametrize("file", sorted(HERE.rglob("*.test.mjs")), ids=lambda path: str(path.relative_to(HERE)))
def test_in_node(file: Path) -> None:
    node = shutil.which("node")
    if node is None:
        skip_or_fail("Node is absent: install the package nodejs")
    ran = subprocess.run([node, str(file)], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr
