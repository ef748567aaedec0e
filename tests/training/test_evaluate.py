"""Matching boxes with the truth, and figures beside those of a card."""

import numpy as np
import pytest

from inference.engine.boxes import Boxes
from training.evaluate import compare
from training.matching import Tally, average_precision, match, match_points, tally, tally_by_label

KINDS = ("elephant", "bird")


def boxes(*rows: tuple[float, ...]) -> Boxes:
    """Rows of left, top, right, bottom, score, label."""
    table = np.array(rows, dtype=float).reshape(-1, 6)
    return Boxes.of(table[:, :4], table[:, 4], table[:, 5])


TRUTH = boxes((0, 0, 10, 10, 1, 0), (20, 0, 30, 10, 1, 1))


def test_each_found_box_takes_the_animal_it_overlaps_most():
    found = boxes((21, 0, 31, 10, 0.5, 1), (0, 1, 10, 11, 0.4, 0), (50, 50, 60, 60, 0.9, 0))
    assert match(found, TRUTH).tolist() == [1, 0, -1]


def test_two_boxes_on_one_animal_are_one_hit_and_one_false_alarm_whatever_their_order():
    found = boxes((0, 0, 10, 9, 0.4, 0), (0, 0, 10, 8, 0.9, 0))
    assert match(found, TRUTH).tolist() == [-1, 0]


def test_a_box_takes_the_next_best_animal_when_the_best_is_taken():
    truth = boxes((0, 0, 10, 10, 1, 0), (0, 4, 10, 14, 1, 0))
    found = boxes((0, 0, 10, 10, 0.9, 0), (0, 1, 10, 11, 0.8, 0))
    assert match(found, truth).tolist() == [0, 1]


def test_boxes_that_overlap_too_little_do_not_match():
    assert match(boxes((0, 6, 10, 16, 0.9, 0)), TRUTH).tolist() == [-1]  # 4 of 16 parts
    assert match(boxes((0, 5, 10, 15, 0.9, 0)), TRUTH).tolist() == [0]  # 5 of 15 parts


def test_nothing_found_and_nothing_there_are_no_error():
    assert match(Boxes.none(), TRUTH).tolist() == []
    assert match(TRUTH, Boxes.none()).tolist() == [-1, -1]
    assert (Tally().recall, Tally().precision, Tally().f1) == (1, 1, 1)


def test_recall_and_precision_of_several_images_are_of_all_their_animals_together():
    found = boxes((0, 0, 10, 10, 0.9, 0), (50, 0, 60, 10, 0.8, 0))
    total = tally(found, TRUTH, match(found, TRUTH)) + Tally(wanted=2, found=1, agreed=1)
    assert (total.wanted, total.found, total.agreed) == (4, 3, 2)
    assert (total.recall, total.precision) == (0.5, pytest.approx(2 / 3))
    assert total.f1 == pytest.approx(4 / 7)


def test_a_found_animal_with_a_wrong_name_counts_for_no_label():
    found = boxes((0, 0, 10, 10, 0.9, 1), (20, 0, 30, 10, 0.8, 1))
    by_label = tally_by_label(found, TRUTH, match(found, TRUTH), KINDS)
    assert by_label == {"elephant": Tally(1, 0, 0), "bird": Tally(1, 2, 1)}


def test_a_point_belongs_to_the_box_it_lies_in_or_close_to_and_to_one_only():
    found = boxes((0, 0, 20, 20, 0.9, 0), (1, 1, 21, 21, 0.5, 0), (60, 0, 80, 20, 0.7, 0))
    points = np.array([[10.0, 10.0], [84.0, 10.0], [200.0, 200.0]])
    assert match_points(found, points).tolist() == [0, -1, 1]
    assert match_points(found, points, reach=0.1).tolist() == [0, -1, -1]


def test_average_precision_is_one_only_when_every_animal_comes_before_every_mistake():
    scores = np.array([0.9, 0.8, 0.7, 0.6])
    assert average_precision(scores, np.array([True, True, False, False]), 2) == 1
    assert average_precision(scores, np.array([False, True, False, True]), 2) == pytest.approx(0.5)
    assert average_precision(scores, np.array([True, False, False, False]), 2) == 0.5


def test_figures_are_printed_beside_the_cards_and_a_difference_is_an_error(capsys):
    assert compare({"scenes": {"recall": 0.934}}, {"scenes": {"recall": 0.93}}) == 0
    assert "scenes.recall" in capsys.readouterr().out
    assert compare({"scenes": {"recall": 0.934}}, {"scenes": {"recall": 0.9}}) == 1
    assert "the card says 0.9" in capsys.readouterr().out


def test_a_test_set_that_is_not_there_is_named(capsys):
    assert compare({"scenes": {"recall": 0.9}}, {"scenes": {"recall": 0.9}, "photos": {"recall": 0.5}}) == 0
    assert "photos: not measured" in capsys.readouterr().out
