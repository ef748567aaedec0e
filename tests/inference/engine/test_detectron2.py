"""Cards for Detectron2 itself, on machines that do not have it."""

import hashlib
import sys
from pathlib import Path
from typing import Any

import pytest

from inference.engine import CardError, DetectorError, load_card, load_detector, write_card
from inference.engine.backends.detectron2.card import library_settings
from inference.engine.card import InputRule, ModelCard
from tests.factories.models import make_card

NETWORK = {"MODEL": {"ROI_HEADS": {"NUM_CLASSES": 2}, "RESNETS": {"NORM": "GN"}}}


def card(network: Any = NETWORK, **changes: Any) -> ModelCard:
    how = {"channel_order": "RGB", "pixel_mean": (1.0, 2.0, 3.0), "input": InputRule(resize="none")} | changes
    return make_card(format="detectron2", settings={"detectron2": network}, **how)


def test_without_the_library_the_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "detectron2", None)
    content = b"weights"
    (tmp_path / "model.safetensors").write_bytes(content)
    write_card(card(sha256=hashlib.sha256(content).hexdigest()), tmp_path)
    with pytest.raises(DetectorError, match=r"Install Detectron2 as its own documentation says, or write “rcnn”"):
        load_detector(tmp_path)


@pytest.mark.parametrize("key", ["channel_order", "pixel_mean", "pixel_std", "input", "sha256"])
def test_what_changes_boxes_must_be_on_the_card(tmp_path: Path, key: str) -> None:
    write_card(card(**{"sha256": "a" * 64, key: None if key == "input" else ""}), tmp_path)
    with pytest.raises(CardError, match=key):
        load_card(tmp_path)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"network": None}, r"'settings\.detectron2' is missing"),
        ({"network": {}}, "names 2 labels, but the network was made for 80"),
        ({"network": {"MODEL": {"META_ARCHITECTURE": "RetinaNet"}}}, "names 2 labels, but .* 80"),
        ({"network": {"MODEL": {"META_ARCHITECTURE": "PanopticFPN"}}}, "must be one of GeneralizedRCNN, RetinaNet"),
        ({"network": NETWORK | {"_BASE_": "base.yaml"}}, "builds on another file"),
        ({"network": NETWORK | {"VERSION": 1}}, "older Detectron2"),
        ({"network": {"MODEL": {"ROI_HEADS": 2}}}, "must be a section"),
        ({"pixel_scale": 0.5}, "'pixel_scale' must be 1"),
    ],
)
def test_a_card_that_cannot_be_is_refused_before_the_library_is_looked_for(wrong: Any, sentence: str) -> None:
    with pytest.raises(CardError, match=sentence):
        library_settings(card(**wrong))


def test_the_library_is_told_what_the_card_says_and_nothing_it_does_not_know() -> None:
    network = {
        "MODEL": NETWORK["MODEL"]
        | {"MASK_ON": True, "ROI_BOX_CASCADE_HEAD": {"IOUS": [0.5, 0.6, 0.7]}, "TRIDENT": {"NUM_BRANCH": 3}},
        "SOLVER": {"OPTIMIZER_TYPE": "ADAM"},
        "INPUT": {"corruption": "fog"},
    }
    assert library_settings(card(network, score_threshold=0.7, nms_threshold=0.4)).nested() == {
        "MODEL": {
            "MASK_ON": False,
            "KEYPOINT_ON": False,
            "PIXEL_MEAN": (1.0, 2.0, 3.0),
            "PIXEL_STD": (1.0, 1.0, 1.0),
            "RESNETS": {"NORM": "GN"},
            "ROI_HEADS": {"NUM_CLASSES": 2, "SCORE_THRESH_TEST": 0.7, "NMS_THRESH_TEST": 0.4},
            "ROI_BOX_CASCADE_HEAD": {"IOUS": [0.5, 0.6, 0.7]},
            "TRIDENT": {"NUM_BRANCH": 3},
        },
        "INPUT": {"FORMAT": "RGB", "MIN_SIZE_TEST": 0},
    }
