"""What detector and pre-filter said of each patch, packed: replayed it gives the boxes of the search."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from inference.engine import Boxes, SearchResult, SearchSettings, search_image
from inference.engine.backends.oracle import OracleDetector, Truth
from inference.engine.patches import PatchPlan
from inference.engine.screen import Codes, DetectorScreen, Looks, Screened, Screening
from inference.patch_records import PatchRecordError, SaidOfPatches, pack, replay, unpack
from tests.factories.scenes import LABELS, make_crowd

SIZE = (1400, 900)
PIXELS = np.broadcast_to(np.zeros(3, np.uint8), (900, 1400, 3))
SETTINGS = SearchSettings(300, 250, 60, score_threshold=0.3, across_labels=True)
ANIMALS = make_crowd(SIZE, (15, 70), 60, seed=8, labels=3)


def oracle(animals: Boxes = ANIMALS) -> OracleDetector:
    return OracleDetector(LABELS, (Truth(*SIZE, animals),), jitter=2.5, min_visible=0.2)


def search(settings: SearchSettings = SETTINGS, **how: Any) -> SearchResult:
    return search_image(PIXELS, oracle(), settings, **how)


def again(found: SearchResult) -> SaidOfPatches:
    return unpack(pack(SaidOfPatches.of(found, SIZE, SETTINGS.plan)))


def rows(boxes: Boxes) -> list[list[float]]:
    return np.column_stack([boxes.corners, boxes.score, boxes.label]).tolist()


def test_replayed_with_its_own_settings_a_search_gives_its_boxes_exactly() -> None:
    found = search()
    assert len(found.boxes) > 150
    assert rows(replay(again(found), SETTINGS)) == rows(found.boxes)


@pytest.mark.parametrize("change", [{"score_threshold": 0.7}, {"iou": 0.9}])
def test_replayed_with_other_settings_it_gives_the_boxes_of_a_search_with_these(change: dict[str, Any]) -> None:
    other = replace(SETTINGS, **change)
    assert rows(replay(again(search()), other)) == rows(search(other).boxes)
    assert rows(search(other).boxes) != rows(search().boxes)


def test_a_search_with_a_pre_filter_is_replayed_too() -> None:
    screen = DetectorScreen(oracle(ANIMALS.take(np.arange(0, len(ANIMALS), 30))), PatchPlan(400, 400, 50))
    found = search(screening=Screening(screen, threshold=0.4, share=0.3, seed="s"))
    said = again(found)
    assert found.screened is not None
    assert said.decisions is not None
    assert said.scores is not None
    assert rows(replay(said, SETTINGS)) == rows(found.boxes)
    assert np.array_equal(said.decisions, found.screened.decisions)
    assert said.scores.tolist() == pytest.approx(found.screened.looks.score.tolist(), abs=5e-4)
    assert said.classes is None


def test_scores_of_a_classifiers_labels_are_kept() -> None:
    found = search()
    n = len(found.patches)
    classes = np.random.default_rng(0).random((n, 4)).astype(np.float32)
    codes: Codes = np.full(n, 3, np.uint8)
    said = again(replace(found, screened=Screened(Looks(classes.max(axis=1), classes, (0.1, 0.9)), codes)))
    assert said.classes is not None
    assert said.classes.shape == (n, 4)
    assert np.allclose(said.classes, classes, atol=5e-4)


def test_an_empty_image_takes_a_few_bytes() -> None:
    nothing = search_image(PIXELS, oracle(Boxes.none()), SETTINGS)
    assert len(pack(SaidOfPatches.of(nothing, SIZE, SETTINGS.plan))) < 60
    assert len(replay(again(nothing), SETTINGS)) == 0


@pytest.mark.parametrize("content", [b"", b"rubbish", pack(SaidOfPatches(SIZE, SETTINGS.plan, []))[:-5]])
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(PatchRecordError, match="no patch record"):
        unpack(content)


def test_a_record_of_a_later_version_is_refused() -> None:
    import zlib

    content = bytearray(zlib.decompress(pack(SaidOfPatches.of(search(), SIZE, SETTINGS.plan))))
    content[0] += 1
    with pytest.raises(PatchRecordError, match="of version 2"):
        unpack(zlib.compress(bytes(content)))
