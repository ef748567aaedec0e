"""Classifiers of patches from ONNX files: their scores, what their cards may say, and that they never detect."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.engine import CardError, DetectorError, Patch, Window, load_detector
from inference.engine.backends.onnxclasses import load_classifier
from inference.engine.card import InputRule, PatchRule, write_card
from inference.engine.screen import ClassifierScreen, DetectorScreen
from inference.engine.screen_loading import load_screen
from tests.factories.models import make_card, make_fake_folder
from tests.factories.onnx_files import make_onnx

LABELS = ("wildlife", "livestock", "empty")
SCORES = np.array([[0.9, 0.2, 0.05]], np.float32)
WINDOW = Window(np.zeros((64, 64, 3), np.uint8), Patch(0, 0, 64, 64))


def make_folder(folder: Path, scores: Any = SCORES, *, shape: Any = (1, 3, 64, 64), **changes: Any) -> Path:
    content = make_onnx({"scores": scores} if isinstance(scores, np.ndarray) else scores, input_shape=shape)
    folder.mkdir(exist_ok=True)
    (folder / "model.onnx").write_bytes(content)
    known = {"labels": LABELS, "head": "patch_classes", "patch": PatchRule(64, 64, 8)}
    known["sha256"] = hashlib.sha256(content).hexdigest()
    write_card(make_card(format="onnx", input=InputRule(resize="letterbox"), **known | changes), folder)
    return folder


def test_a_classifier_scores_every_label_of_every_patch(tmp_path: Path) -> None:
    scores = load_classifier(make_folder(tmp_path), threads=1).classify([WINDOW] * 3)
    assert np.stack(scores).tolist() == SCORES.repeat(3, axis=0).tolist()


def test_a_fixed_batch_is_filled_up_and_its_rest_left_out(tmp_path: Path) -> None:
    classifier = load_classifier(make_folder(tmp_path, SCORES.repeat(4, axis=0), shape=(4, 3, 64, 64)))
    assert len(classifier.classify([WINDOW] * 6)) == 6


def test_a_classifier_is_loaded_as_a_pre_filter_with_what_its_card_says(tmp_path: Path) -> None:
    screen = load_screen(make_folder(tmp_path, settings={"uncertain": [0.3, 0.6], "ignored": ["empty"]}))
    assert isinstance(screen, ClassifierScreen)
    assert (screen.uncertain, screen.ignored, screen.labels) == ((0.3, 0.6), (2,), LABELS)
    assert (screen.plan.width, screen.plan.overlap) == (64, 8)


def test_a_detector_is_a_pre_filter_too_and_tells_low_scores(tmp_path: Path) -> None:
    screen = load_screen(make_fake_folder(tmp_path, score=0.06), threshold=0.4)
    assert isinstance(screen, DetectorScreen)
    looks = screen.look(np.arange(600 * 600 * 3, dtype=np.uint8).reshape(600, 600, 3), [Patch(0, 0, 600, 600)], print)
    assert looks.score.tolist() == pytest.approx([0.06])


def test_a_classifier_is_no_detector(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="can be a pre-filter, but it finds no boxes"):
        load_detector(make_folder(tmp_path))


def test_a_detector_is_no_classifier(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="'head' patch_classes"):
        load_classifier(make_fake_folder(tmp_path))


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        (SCORES[:, :2], "labels"),
        (SCORES[0], "labels"),
        ({"one": SCORES, "two": SCORES}, "one output"),
        (SCORES * 7, "sigmoid"),
        (SCORES - 1, "sigmoid"),
    ],
)
def test_answers_that_are_no_scores_of_labels_are_refused(tmp_path: Path, scores: Any, words: str) -> None:
    with pytest.raises(DetectorError, match=words):
        load_classifier(make_folder(tmp_path, scores)).classify([WINDOW])


@pytest.mark.parametrize(
    "said",
    [
        {"uncertain": [0.6, 0.3]},
        {"uncertain": [0.3]},
        {"uncertain": "0.3"},
        {"uncertain": [-0.1, 2]},
        {"uncertain": ["a", "b"]},
        {"ignored": ["grass"]},
        {"ignored": list(LABELS)},
        {"ignored": "empty"},
        {"ignored": [["empty"]]},
    ],
)
def test_settings_that_say_nothing_sensible_are_named(tmp_path: Path, said: dict[str, Any]) -> None:
    with pytest.raises(CardError, match=rf"settings\.{next(iter(said))}"):
        load_screen(make_folder(tmp_path, settings=said))
