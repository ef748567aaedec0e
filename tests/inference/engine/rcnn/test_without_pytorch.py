"""PyTorch is an extra: nothing loads it that does not compute."""

import subprocess
import sys

import pytest

from inference.engine import DetectorError
from inference.engine.backends.rcnn import load
from tests.factories.models import make_card
from tests.services import ROOT

PURE = "inference.engine, inference.engine.backends.rcnn.reading, inference.engine.backends.rcnn.anchors, \
inference.golden.compare"


def test_a_model_that_needs_pytorch_says_so(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(DetectorError, match="needs PyTorch, which is not installed"):
        load(tmp_path, make_card(), "cpu", None)


@pytest.mark.slow
def test_the_engine_and_what_reads_configurations_load_no_pytorch() -> None:
    code = f"import sys, {PURE}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
