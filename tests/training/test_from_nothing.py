"""The whole training in a few minutes: not good, but complete."""

import subprocess
import sys
from pathlib import Path

import pytest

from inference.engine import load_card, load_detector
from tests.training.pytorch import need_pytorch

need_pytorch()

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.long
def test_one_command_renders_trains_exports_and_writes_the_card(tmp_path):
    command = [sys.executable, "-m", "training.train", "--minutes", "10", "--scenes", "60", "--out", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True)
    card = load_card(tmp_path / "starter")
    assert load_detector(tmp_path / "starter", device="cpu").labels == card.labels
    figures = card.metrics["rendered_scenes"]
    assert figures["animals"] > 100
    assert figures["ap"] > 0.05  # far above chance, far below what an hour gives
