"""Decoding raw outputs, by hand-worked numbers."""

import numpy as np
import pytest

from inference.engine import DetectorError
from inference.engine.backends.heads import Asked, boxes_scores_labels, yolov8, yolox

ASKED = Asked(n_labels=2, width=64, height=64, threshold=0.3)
CELLS = 64 + 16 + 4


def test_yolox_decodes_offset_size_and_stride():
    raw = np.zeros((1, CELLS, 7), np.float32)
    raw[0, 64 + 5] = [0.5, 0.25, np.log(2), np.log(1), 0.8, 0.1, 0.5]  # stride 16, second row and column
    (found,) = yolox({"out": raw}, ASKED)
    assert found.corners.tolist() == [[pytest.approx(24 - 16), 20 - 8, pytest.approx(24 + 16), 20 + 8]]
    assert (found.label.tolist(), found.score.tolist()) == ([1], [pytest.approx(0.4)])


def test_yolox_of_another_input_size_or_label_count_is_refused():
    with pytest.raises(DetectorError, match=r"expects an output of shape \(1, 84, 7\)"):
        yolox({"out": np.zeros((1, CELLS, 85), np.float32)}, ASKED)


def test_yolov8_decodes_centre_and_size():
    raw = np.zeros((2, 6, 9), np.float32)
    raw[1, :, 4] = [30, 20, 10, 8, 0.2, 0.9]
    nothing, found = yolov8({"out": raw}, ASKED)
    assert len(nothing) == 0
    assert found.corners.tolist() == [[25, 16, 35, 24]]
    assert found.label.tolist() == [1]


def test_three_outputs_are_found_by_their_names():
    outputs = {
        "class_ids": np.array([2, 1, 1]),
        "scores": np.array([0.9, 0.1, 0.5], np.float32),
        "boxes": np.array([[0, 0, 5, 5], [1, 1, 2, 2], [9, 9, 20, 20]], np.float32),
    }
    (found,) = boxes_scores_labels(outputs, Asked(2, 64, 64, 0.3, first_label=1))
    assert found.corners.tolist() == [[0, 0, 5, 5], [9, 9, 20, 20]]
    assert found.label.tolist() == [1, 0]


def test_three_outputs_of_a_batch_are_one_answer_an_image():
    outputs = {"boxes": np.ones((2, 3, 4)), "scores": np.full((2, 3), 0.5), "labels": np.zeros((2, 3), np.int64)}
    assert [len(found) for found in boxes_scores_labels(outputs, ASKED)] == [3, 3]


def test_a_label_beyond_the_card_is_refused():
    outputs = {"boxes": np.ones((1, 4)), "scores": np.ones(1), "labels": np.array([2])}
    with pytest.raises(DetectorError, match="label number 2, but the card names 2 labels from number 0"):
        boxes_scores_labels(outputs, ASKED)


def test_outputs_of_differing_lengths_are_refused():
    outputs = {"boxes": np.ones((2, 4)), "scores": np.ones(1), "labels": np.array([1])}
    with pytest.raises(DetectorError, match="expects boxes"):
        boxes_scores_labels(outputs, ASKED)


def test_a_missing_output_is_named():
    with pytest.raises(DetectorError, match="an output named like 'score'"):
        boxes_scores_labels({"boxes": np.ones((2, 4))}, ASKED)


def test_several_outputs_where_one_is_expected_are_refused():
    with pytest.raises(DetectorError, match="expects one output"):
        yolox({"a": np.zeros((1, 2, 3)), "b": np.zeros((1, 2, 3))}, ASKED)
