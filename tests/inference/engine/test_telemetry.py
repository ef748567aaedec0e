"""ONNX Runtime keeps its maker's records where it is not told otherwise: Kopje tells it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services import ROOT

pytestmark = pytest.mark.slow
SEARCH = [
    "-c",
    "import sys, pathlib; from inference.engine import load_detector; load_detector(pathlib.Path(sys.argv[1]))",
]


def written_at_home(home: Path, *arguments: str) -> list[str]:
    """The files that a Python leaves behind in its user's folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "XDG_"))}
    environment = {**kept, "HOME": str(home), "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, check=True, capture_output=True, timeout=120
    )
    return [path.name for path in home.rglob("*") if path.is_file()]


def test_a_search_leaves_no_records_of_the_machine(tmp_path):
    assert written_at_home(tmp_path, *SEARCH, "models/starter") == []


def test_the_doctor_leaves_none_either(tmp_path):
    assert written_at_home(tmp_path, "config/doctor/probe.py", "onnxruntime") == []
