"""A patch with its boxes comes with the model: a machine that finds something else there refuses to search."""

import json
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inference.engine import Boxes, CardError, load_card, load_detector
from inference.engine.backends.fake import FakeDetector
from inference.engine.selftest import SelfTestError, check_detector, read_selftest, write_selftest
from tests.factories.models import make_card, make_fake_folder

PIXELS = np.random.default_rng(5).integers(0, 255, (512, 1024, 3), np.uint8)
FOUND = Boxes.of([[232, 232, 280, 280], [744, 232, 792, 280]], [0.9, 0.9], [0, 1])  # what the fake detector finds there

BOX = '{"left": 1, "top": 1, "right": 2, "bottom": 2, "score": 0.9, "label": "elephant"}'


def make_tested_folder(folder: Path, *, change: Any = None, **settings: Any) -> Path:
    """A fake model of which it is known what it finds on its patch; `change` is made to that knowledge."""
    write_selftest(make_fake_folder(folder, **settings), PIXELS, FOUND, make_card().labels)
    content = json.loads((folder / "selftest.json").read_text())
    if change:
        change(content)
    (folder / "selftest.json").write_text(json.dumps(content))
    return folder


def test_a_model_that_finds_what_it_must_is_loaded(tmp_path: Path) -> None:
    assert load_detector(make_tested_folder(tmp_path))


def test_a_folder_without_a_self_test_is_loaded(tmp_path: Path) -> None:
    assert read_selftest(make_fake_folder(tmp_path), make_card()) is None
    assert load_detector(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c["boxes"][0].update(left=240), "does not find 1, and it finds 1 others"),
        (lambda c: c["boxes"][0].update(score=0.5), "does not find 1, and it finds 1 others"),
        (lambda c: c["boxes"][0].update(label="buffalo"), "does not find 1, and it finds 1 others"),
        (lambda c: c["boxes"].pop(), "does not find 0, and it finds 1 others"),
        (lambda c: c["boxes"].append(c["boxes"][0] | {"left": 0}), "does not find 1, and it finds 0 others"),
    ],
    ids=["elsewhere", "other score", "other label", "one too many", "one missing"],
)
def test_a_model_that_finds_something_else_is_refused(tmp_path: Path, change: Any, said: str) -> None:
    with pytest.raises(SelfTestError, match=said):
        load_detector(make_tested_folder(tmp_path, change=change))


def test_differences_within_the_tolerance_pass(tmp_path: Path) -> None:
    def change(content: Any) -> None:
        content["boxes"][0].update(left=233.5, score=0.89)

    assert load_detector(make_tested_folder(tmp_path, change=change))


@pytest.mark.parametrize("threshold", [0.05, 0.25, 0.895, 0.99])
def test_with_another_threshold_only_what_both_know_is_compared(tmp_path: Path, threshold: float) -> None:
    assert load_detector(make_tested_folder(tmp_path), score_threshold=threshold)


def test_boxes_close_to_the_threshold_are_neither_missed_nor_strange(tmp_path: Path) -> None:
    card = make_card(score_threshold=0.5)
    folder = make_tested_folder(tmp_path, change=lambda c: c["boxes"][0].update(score=0.51))
    test = read_selftest(folder, card)
    assert test is not None
    seen = Boxes.of([[744, 232, 792, 280], [0, 0, 9, 9]], [0.9, 0.51], [1, 0])
    check_detector(test, Answering(seen), card, threshold=0.5)


def test_a_mode_that_is_not_exact_may_lose_and_shift_but_not_compute_nonsense(tmp_path: Path) -> None:
    test = read_selftest(make_tested_folder(tmp_path), make_card())
    assert test is not None
    shifted = Boxes.of([[238, 232, 284, 280]], [0.6], [0])
    check_detector(test, Answering(shifted), make_card(), threshold=0.25, is_exact=False)
    with pytest.raises(SelfTestError):
        check_detector(test, Answering(Boxes.none()), make_card(), threshold=0.25, is_exact=False)


class Answering(FakeDetector):
    """Finds the same boxes everywhere."""

    def __init__(self, boxes: Boxes) -> None:
        object.__setattr__(self, "boxes", boxes)

    def detect(self, windows: Any) -> list[Boxes]:
        return [self.boxes for _ in windows]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not valid JSON"),
        ("[]", "must be a JSON object"),
        ('{"boxes": []}', "a list of 1 to 1000 boxes"),
        ('{"boxes": [7]}', "must be a JSON object"),
        ('{"boxes": [{"left": 1}]}', r"selftest.boxes.0.top"),
        ('{"boxs": []}', "did you mean 'boxes'"),
        ('{"tolerance_px": 1e9, "boxes": [BOX]}', "selftest.tolerance_px"),
        ('{"boxes": [BOX]}'.replace("BOX", BOX.replace("0.9", "0.1")), "test nothing"),
        ('{"boxes": [BOX]}'.replace("BOX", BOX.replace("elephant", "lion")), "boxes.0.label"),
        ("[" * 100_000, "not valid JSON"),
    ],
)
def test_expected_boxes_that_cannot_be_are_refused_by_name(tmp_path: Path, content: str, said: str) -> None:
    make_tested_folder(tmp_path)
    (tmp_path / "selftest.json").write_text(content.replace("BOX", BOX))
    with pytest.raises(CardError, match=said):
        load_detector(tmp_path)


def test_half_a_self_test_is_refused(tmp_path: Path) -> None:
    make_tested_folder(tmp_path)
    (tmp_path / "selftest.png").unlink()
    with pytest.raises(CardError, match=r"no readable selftest\.png"):
        load_detector(tmp_path)


def test_an_image_that_is_none_or_too_large_is_refused(tmp_path: Path) -> None:
    make_tested_folder(tmp_path)
    (tmp_path / "selftest.png").write_bytes(b"no picture")
    with pytest.raises(CardError, match="no readable PNG"):
        load_detector(tmp_path)
    Image.new("1", (5000, 5)).save(tmp_path / "selftest.png")
    with pytest.raises(CardError, match="larger than 4096 px"):
        load_detector(tmp_path)


def test_an_image_that_says_it_has_billions_of_pixels_is_refused(tmp_path: Path) -> None:
    make_tested_folder(tmp_path)
    Image.new("1", (5, 5)).save(tmp_path / "selftest.png")
    content = bytearray((tmp_path / "selftest.png").read_bytes())
    content[16:24] = struct.pack(">II", 60_000, 60_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    (tmp_path / "selftest.png").write_bytes(content)
    with pytest.raises(CardError, match="larger than 4096 px"):
        load_detector(tmp_path)


def test_the_hash_names_patch_and_boxes(tmp_path: Path) -> None:
    one = read_selftest(make_tested_folder(tmp_path / "one"), make_card())
    other = read_selftest(make_tested_folder(tmp_path / "two", change=lambda c: c.update(tolerance_px=3)), make_card())
    assert one is not None
    assert other is not None
    assert one.sha256 != other.sha256
    assert replace(load_card(tmp_path / "one")) == load_card(tmp_path / "two")
