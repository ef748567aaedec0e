"""What a fast mode does to the boxes, on made-up answers."""

import numpy as np
import pytest

from inference.engine.agreement import AgreementReport, agreement
from inference.engine.boxes import Boxes, iou_matrix
from inference.engine.matching import match_boxes

LABELS = ("elephant", "buffalo")


def boxes(*rows: tuple[float, float, float, int]) -> Boxes:
    """left, top, score, label; 10 x 10 px."""
    return Boxes.of([(x, y, x + 10, y + 10) for x, y, _, _ in rows], [r[2] for r in rows], [r[3] for r in rows])


def report(exact: list[Boxes], fast: list[Boxes]) -> AgreementReport:
    return agreement(exact, fast, LABELS, threshold=0.5, seconds=(2.0, 0.5))


def test_equal_answers_lose_gain_and_move_nothing() -> None:
    found = [boxes((0, 0, 0.9, 0), (50, 0, 0.6, 1)), Boxes.none()]
    said = report(found, found)
    assert (said.n_patches, said.lost, said.gained) == (2, [], [])
    assert [(label.label, label.n_exact, label.n_moved, label.mean_shift) for label in said.labels] == [
        ("elephant", 1, 0, 0.0), ("buffalo", 1, 0, 0.0)
    ]  # fmt: skip


def test_a_box_of_the_exact_mode_alone_is_lost_and_one_of_the_fast_mode_alone_gained() -> None:
    said = report([boxes((0, 0, 0.9, 0))], [boxes((50, 0, 0.8, 1))])
    assert [(pair.label, pair.exact, pair.fast, pair.box) for pair in said.lost] == [
        ("elephant", 0.9, 0, (0, 0, 10, 10))
    ]
    assert [(pair.label, pair.exact, pair.fast, pair.box) for pair in said.gained] == [
        ("buffalo", 0, 0.8, (50, 0, 60, 10))
    ]


def test_a_box_that_slips_under_the_threshold_is_lost_and_its_score_known() -> None:
    (lost,) = report([boxes((0, 0, 0.51, 0))], [boxes((0, 0, 0.45, 0))]).lost
    assert (lost.exact, lost.fast, lost.iou) == (0.51, 0.45, 1.0)


def test_a_score_just_below_the_threshold_is_not_rounded_up_to_it() -> None:
    said = report([boxes((0, 0, 0.51, 0))], [boxes((0, 0, 0.49999, 0))])
    assert (said.total.n_lost, [pair.fast for pair in said.lost]) == (1, [0.49999])


def test_what_neither_mode_keeps_is_no_matter() -> None:
    assert report([boxes((0, 0, 0.49, 0))], [boxes((0, 0, 0.1, 0))]).pairs == ()


def test_a_box_elsewhere_is_moved_and_one_far_away_another() -> None:
    said = report([boxes((0, 0, 0.9, 0), (50, 0, 0.9, 0))], [boxes((1, 0, 0.9, 0), (58, 0, 0.9, 0))])
    assert (said.total.n_moved, said.total.n_lost, said.total.n_gained) == (1, 1, 1)


def test_another_label_is_another_animal() -> None:
    said = report([boxes((0, 0, 0.9, 0))], [boxes((0, 0, 0.9, 1))])
    assert (len(said.lost), len(said.gained)) == (1, 1)


def test_score_shifts_are_of_the_boxes_that_both_keep() -> None:
    exact = [boxes((0, 0, 0.9, 0), (50, 0, 0.7, 0), (90, 0, 0.9, 0))]
    fast = [boxes((0, 0, 0.8, 0), (50, 0, 0.72, 0), (90, 0, 0.1, 0))]
    total = report(exact, fast).total
    assert total.mean_shift == pytest.approx(-0.04)
    assert total.largest_shift == pytest.approx(-0.1)


def test_a_report_comes_back_from_json() -> None:
    said = report([boxes((0, 0, 0.9, 0))], [boxes((1, 0, 0.8, 0), (50, 0, 0.8, 1))])
    assert AgreementReport.from_json(said.as_json()) == said


def test_of_two_boxes_the_more_alike_one_is_the_partner() -> None:
    assert match_boxes(boxes((0, 0, 1, 0)), boxes((3, 0, 1, 0), (1, 0, 1, 0)), iou=0.3)[0][:2] == (0, 1)


def test_one_box_has_one_partner() -> None:
    assert len(match_boxes(boxes((0, 0, 1, 0), (1, 0, 1, 0)), boxes((0, 0, 1, 0)), iou=0.3)) == 1


def test_a_partner_of_the_same_label_goes_before_a_more_alike_one() -> None:
    others = boxes((0, 0, 1, 1), (2, 0, 1, 0))
    assert match_boxes(boxes((0, 0, 1, 0)), others, iou=0.3, same_label=False)[0][:2] == (0, 1)
    assert match_boxes(boxes((0, 0, 1, 0)), others.take(np.array([0])), iou=0.3, same_label=False)[0][:2] == (0, 0)


def test_matching_finds_what_comparing_all_with_all_finds() -> None:
    random = np.random.default_rng(5)
    one, other = (boxes(*((x, y, 0.9, 0) for x, y in random.uniform(0, 120, (60, 2)))) for _ in range(2))
    shares = iou_matrix(one, other)
    expected = []
    while shares.max() >= 0.4:
        i, j = np.unravel_index(shares.argmax(), shares.shape)
        expected.append((i, j))
        shares[i, :] = shares[:, j] = 0
    assert {pair[:2] for pair in match_boxes(one, other, iou=0.4)} == set(expected)
