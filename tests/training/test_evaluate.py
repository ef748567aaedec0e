"""Matching boxes with points, and figures beside those of a card."""

import numpy as np

from inference.engine.boxes import Boxes
from training.evaluate import compare
from training.matching import match_points


def boxes(*rows: tuple[float, ...]) -> Boxes:
    """Rows of left, top, right, bottom, score, label."""
    table = np.array(rows, dtype=float).reshape(-1, 6)
    return Boxes.of(table[:, :4], table[:, 4], table[:, 5])


def test_a_point_belongs_to_the_box_it_lies_in_or_close_to_and_to_one_only():
    found = boxes((0, 0, 20, 20, 0.9, 0), (1, 1, 21, 21, 0.5, 0), (60, 0, 80, 20, 0.7, 0))
    points = np.array([[10.0, 10.0], [84.0, 10.0], [200.0, 200.0]])
    assert match_points(found, points).tolist() == [0, -1, 1]
    assert match_points(found, points, reach=0.1).tolist() == [0, -1, -1]


def test_figures_are_printed_beside_the_cards_and_a_difference_is_an_error(capsys):
    assert compare({"scenes": {"recall": 0.934}}, {"scenes": {"recall": 0.93}}) == 0
    assert "scenes.recall" in capsys.readouterr().out
    assert compare({"scenes": {"recall": 0.934}}, {"scenes": {"recall": 0.9}}) == 1
    assert "the card says 0.9" in capsys.readouterr().out


def test_a_test_set_that_is_not_there_is_named(capsys):
    assert compare({"scenes": {"recall": 0.9}}, {"scenes": {"recall": 0.9}, "photos": {"recall": 0.5}}) == 0
    assert "photos: not measured" in capsys.readouterr().out
