"""Arithmetic on boxes, suppression within a patch, and finding the boxes that meet."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inference.engine.boxes import Boxes, iou_matrix
from inference.engine.nms import suppress
from inference.engine.pairs import touching_pairs

CORNERS = st.integers(0, 40).flatmap(lambda n: arrays(np.float32, (n, 4), elements=st.integers(0, 60).map(float)))


def boxes(*rows, label=0):
    return Boxes.of([row[:4] for row in rows], [row[4] if len(row) > 4 else 0.9 for row in rows], [label] * len(rows))


def test_clipping_drops_what_lies_outside():
    clipped = boxes((-5, -5, 10, 10), (90, 90, 130, 120), (100, 0, 120, 10)).clipped(100, 100)
    assert clipped.corners.tolist() == [[0, 0, 10, 10], [90, 90, 100, 100]]


def test_numbers_are_written_as_short_as_they_are():
    assert boxes((0.1, 2, 10.25, 11, 0.7)).decimals == [[0.1], [2.0], [10.25], [11.0], [0.7]]


def test_overlap_of_known_boxes():
    found = iou_matrix(boxes((0, 0, 10, 10)), boxes((0, 0, 10, 10), (5, 0, 15, 10), (20, 20, 30, 30)))
    assert found.tolist() == [[1.0, pytest.approx(1 / 3), 0.0]]


def test_joining_nothing_gives_no_boxes():
    assert len(Boxes.join([])) == 0


def test_the_best_come_first():
    ranked = boxes((0, 0, 1, 1, 0.3), (5, 5, 6, 6, 0.8), (0, 0, 2, 2, 0.5)).by_score()
    assert ranked.score.tolist() == pytest.approx([0.8, 0.5, 0.3])


def test_suppression_keeps_the_best_of_a_pile():
    kept = suppress(boxes((0, 0, 10, 10, 0.5), (1, 0, 11, 10, 0.9), (30, 0, 40, 10, 0.4)), iou=0.5)
    assert kept.corners.tolist() == [[1, 0, 11, 10], [30, 0, 40, 10]]


def test_suppression_never_mixes_labels():
    two = Boxes.of([[0, 0, 10, 10]] * 2, [0.9, 0.8], [0, 1])
    assert len(suppress(two, iou=0.5)) == 2


def test_suppression_looks_at_no_more_than_its_limit():
    far = Boxes.of([[i * 20, 0, i * 20 + 10, 10] for i in range(50)], np.linspace(0.1, 0.9, 50), [0] * 50)
    assert suppress(far, iou=0.5, limit=7).score.min() > 0.78


@given(corners=CORNERS, data=st.data())
@pytest.mark.slow
def test_suppression_leaves_no_two_that_overlap_and_drops_none_without_reason(corners, data):
    corners = np.sort(corners.reshape(-1, 2, 2), axis=1).reshape(-1, 4)
    score = data.draw(arrays(np.float32, len(corners), elements=st.floats(0, 1, width=32)))
    given_boxes = Boxes.of(corners, score, np.zeros(len(corners)))
    kept = suppress(given_boxes, iou=0.4)
    among = iou_matrix(kept, kept)
    np.fill_diagonal(among, 0)
    assert (among <= 0.4 + 1e-6).all()
    reason = (iou_matrix(given_boxes, kept) > 0.4 - 1e-6) & (kept.score[None] >= given_boxes.score[:, None])
    same = (given_boxes.corners[:, None] == kept.corners[None]).all(axis=2)
    assert (reason | same).any(axis=1).all()


@given(corners=CORNERS, margin=st.integers(0, 5))
@pytest.mark.slow
def test_all_boxes_that_meet_are_found_once(corners, margin):
    corners = np.sort(corners.reshape(-1, 2, 2), axis=1).reshape(-1, 4)
    first, second = touching_pairs(corners, margin=margin)
    low = np.maximum(corners[:, None, :2], corners[None, :, :2])
    high = np.minimum(corners[:, None, 2:], corners[None, :, 2:])
    meet = np.triu((low - high <= margin).all(axis=2), 1)
    assert sorted(zip(first.tolist(), second.tolist(), strict=True)) == [tuple(p) for p in np.argwhere(meet).tolist()]
