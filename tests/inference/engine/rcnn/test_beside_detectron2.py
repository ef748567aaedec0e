"""The same model folder in Detectron2 itself, where somebody has installed it."""

import importlib.util

import pytest

from tests.training.pytorch import need_pytorch

need_pytorch()
if not importlib.util.find_spec("detectron2"):
    # REQUIRE_ALL does not ask for it: no package index has it.
    pytest.skip("Detectron2 is not installed, and need not be", allow_module_level=True)

import numpy as np

from inference.engine import ModelFileError, Patch, Window, load_detector
from inference.engine.backends.rcnn.tensorfile import write_tensors
from tests.inference.engine.rcnn.networks import LABELS, MODELS, pixels, settings, write_folder

HAVE_TRIDENT = importlib.util.find_spec("tridentnet") is not None
WINDOWS = [Window(pixels(200, 200), Patch(*sides)) for sides in ((0, 0, 128, 96), (10, 10, 80, 100))]


@pytest.mark.parametrize("name", [name for name in MODELS if HAVE_TRIDENT or name != "trident"])
def test_detectron2_and_rcnn_answer_the_same_boxes(tmp_path, name) -> None:
    card = {"settings": {"detectron2": settings(name)}, "score_threshold": 0.07 if name == "retina" else 0.3}
    ours = load_detector(write_folder(tmp_path / "ours", name, **card), threads=1)
    theirs = load_detector(write_folder(tmp_path / "theirs", name, format="detectron2", **card), threads=1)
    assert (theirs.labels, theirs.device, theirs.engine[:10]) == (LABELS, "cpu", "Detectron2")
    for found, wanted in zip(theirs.detect(WINDOWS), ours.detect(WINDOWS), strict=True):
        assert len(wanted) > 0
        assert found.label.tolist() == wanted.label.tolist()
        assert np.allclose(found.corners, wanted.corners, atol=0.01)
        assert np.allclose(found.score, wanted.score, atol=1e-3)


def test_weights_of_another_network_are_refused(tmp_path) -> None:
    with pytest.raises(ModelFileError, match="do not fit the configuration"):
        load_detector(write_folder(tmp_path / "model", format="detectron2", content=write_tensors({})))
