"""Matching boxes with the truth, and the figures of a set of images, against truth made by hand."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.engine.boxes import Boxes, iou_matrix
from inference.engine.evaluation import Tally, average_precision, match, tally, tally_by_label
from inference.engine.intervals import wilson
from inference.engine.set_figures import Judge, KnownAnimals, SetFigures

KINDS = ("elephant", "bird")


def boxes(*rows: tuple[float, ...]) -> Boxes:
    """Rows of left, top, right, bottom, score, label."""
    table = np.array(rows, dtype=float).reshape(-1, 6)
    return Boxes.of(table[:, :4], table[:, 4], table[:, 5])


TRUTH = boxes((0, 0, 10, 10, 1, 0), (20, 0, 30, 10, 1, 1))
NONE = Boxes.none()


def test_each_found_box_takes_the_animal_it_overlaps_most() -> None:
    found = boxes((21, 0, 31, 10, 0.5, 1), (0, 1, 10, 11, 0.4, 0), (50, 50, 60, 60, 0.9, 0))
    assert match(found, TRUTH).tolist() == [1, 0, -1]


def test_two_boxes_on_one_animal_are_one_hit_and_one_false_alarm_whatever_their_order() -> None:
    found = boxes((0, 0, 10, 9, 0.4, 0), (0, 0, 10, 8, 0.9, 0))
    assert match(found, TRUTH).tolist() == [-1, 0]


def test_a_box_takes_the_next_best_animal_when_the_best_is_taken() -> None:
    truth = boxes((0, 0, 10, 10, 1, 0), (0, 4, 10, 14, 1, 0))
    found = boxes((0, 0, 10, 10, 0.9, 0), (0, 1, 10, 11, 0.8, 0))
    assert match(found, truth).tolist() == [0, 1]


def test_boxes_that_overlap_too_little_do_not_match() -> None:
    assert match(boxes((0, 6, 10, 16, 0.9, 0)), TRUTH).tolist() == [-1]  # 4 of 16 parts
    assert match(boxes((0, 5, 10, 15, 0.9, 0)), TRUTH).tolist() == [0]  # 5 of 15 parts


def test_nothing_found_and_nothing_there_are_no_error() -> None:
    assert match(NONE, TRUTH).tolist() == []
    assert match(TRUTH, NONE).tolist() == [-1, -1]
    assert (Tally().recall, Tally().precision, Tally().f1) == (1, 1, 1)


def in_all_pairs(found: Boxes, truth: Boxes, iou: float) -> list[int]:
    """The rule written down: every box with every animal."""
    partner, shares = [-1] * len(found), iou_matrix(found, truth).astype(float)
    for index in np.argsort(-found.score, kind="stable").tolist():
        best = int(shares[index].argmax())
        if shares[index, best] >= iou:
            partner[index] = best
            shares[:, best] = -1
    return partner


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.1, 0.3, 0.5]))
def test_matching_by_neighbours_is_matching_by_all_pairs(seed: int, iou: float) -> None:
    random = np.random.default_rng(seed)

    def crowd(n: int) -> Boxes:
        start = random.integers(0, 60, (n, 2))
        return Boxes.of(np.hstack([start, start + random.integers(1, 25, (n, 2))]), random.random(n), np.zeros(n))

    found, truth = crowd(int(random.integers(1, 30))), crowd(int(random.integers(1, 30)))
    assert match(found, truth, iou=iou).tolist() == in_all_pairs(found, truth, iou)


def test_recall_and_precision_of_several_images_are_of_all_their_animals_together() -> None:
    found = boxes((0, 0, 10, 10, 0.9, 0), (50, 0, 60, 10, 0.8, 0))
    total = tally(found, TRUTH, match(found, TRUTH)) + Tally(wanted=2, found=1, agreed=1)
    assert (total.wanted, total.found, total.agreed) == (4, 3, 2)
    assert (total.recall, total.precision) == (0.5, pytest.approx(2 / 3))
    assert total.f1 == pytest.approx(4 / 7)


def test_a_found_animal_with_a_wrong_name_counts_for_no_label() -> None:
    found = boxes((0, 0, 10, 10, 0.9, 1), (20, 0, 30, 10, 0.8, 1))
    by_label = tally_by_label(found, TRUTH, match(found, TRUTH), KINDS)
    assert by_label == {"elephant": Tally(1, 0, 0), "bird": Tally(1, 2, 1)}


def test_average_precision_is_one_only_when_every_animal_comes_before_every_mistake() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6])
    assert average_precision(scores, np.array([True, True, False, False]), 2) == 1
    assert average_precision(scores, np.array([False, True, False, True]), 2) == pytest.approx(0.5)
    assert average_precision(scores, np.array([True, False, False, False]), 2) == 0.5


@pytest.mark.parametrize(
    ("n_yes", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)  # the last one is example 2 of Newcombe 1998, Statistics in Medicine 17, 857-872
def test_intervals_are_those_of_published_tables(n_yes: int, n: int, low: float, high: float) -> None:
    assert wilson(n_yes, n) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_of_nothing_there_is_no_interval() -> None:
    assert wilson(0, 0) is None


def judged(*images: tuple[Boxes, Boxes, Boxes], iou: float = 0.5) -> SetFigures:
    """Images of boxes kept, known animals and crowds."""
    judge = Judge(KINDS, iou=iou)
    for kept, truth, crowds in images:
        judge.add(kept.take(kept.score >= 0.5), kept, KnownAnimals(truth, crowds))
    return judge.figures


def test_figures_by_label_and_of_all() -> None:
    """An elephant found, a bird taken for an elephant, and an elephant where nothing is."""
    kept = boxes((0, 0, 10, 10, 0.9, 0), (20, 0, 30, 10, 0.8, 0), (50, 0, 60, 10, 0.7, 0))
    told = judged((kept, TRUTH, NONE))
    elephant, bird = told.labels
    assert (elephant.n_true, elephant.n_found, elephant.n_right, elephant.n_false) == (1, 3, 1, 2)
    assert (bird.n_true, bird.n_found, bird.recall, bird.precision, bird.ap) == (1, 0, 0.0, None, 0.0)
    assert (told.total.recall, told.total.n_false, told.total.ap) == (1.0, 1, 1.0)
    assert elephant.precision_interval == wilson(1, 3)


def test_a_box_of_a_label_meets_the_animals_of_that_label_only() -> None:
    """A surer box of another label on the same animal does not take it away."""
    told = judged((boxes((0, 0, 10, 10, 0.9, 1), (0, 0, 10, 10, 0.6, 0)), TRUTH, NONE))
    assert [(label.label, label.n_right, label.n_false) for label in told.labels] == [
        ("elephant", 1, 0),
        ("bird", 0, 1),
    ]


def test_average_precision_sees_boxes_that_a_search_does_not_keep() -> None:
    told = judged((boxes((0, 0, 10, 10, 0.9, 0), (20, 0, 30, 10, 0.1, 1)), TRUTH, NONE))
    assert (told.total.recall, told.total.ap) == (0.5, 1.0)


def test_an_image_is_missed_only_where_animals_are_and_nothing_was_found() -> None:
    hit, wrong = boxes((0, 0, 10, 10, 0.9, 0)), boxes((70, 70, 80, 80, 0.9, 0))
    told = judged(
        (hit, TRUTH, NONE), (NONE, TRUTH, NONE), (wrong, TRUTH, NONE), (wrong, NONE, NONE), (NONE, NONE, NONE)
    )
    assert (told.n_images, told.n_with_animals, told.n_missed, told.n_disturbed, told.n_empty) == (5, 3, 1, 1, 2)
    assert (told.miss_rate, told.miss_interval) == (pytest.approx(1 / 3), wilson(1, 3))


def test_boxes_in_a_crowd_are_neither_right_nor_wrong() -> None:
    crowd = boxes((40, 0, 100, 50, 1, 1))
    inside, beside = boxes((45, 5, 55, 15, 0.9, 1)), boxes((120, 0, 130, 10, 0.9, 1))
    told = judged((Boxes.join([inside, beside]), TRUTH, crowd))
    assert (told.total.n_found, told.total.n_false, told.n_with_animals) == (1, 1, 1)


def test_labels_that_are_nowhere_have_no_line_and_no_figures() -> None:
    told = judged((NONE, NONE, NONE))
    assert (told.labels, told.total.recall, told.total.ap, told.miss_rate) == ((), None, None, None)


def test_labels_that_are_not_on_an_image_cost_nothing_there() -> None:
    """A file of known animals may name as many as it likes."""
    judge = Judge([f"kind {n}" for n in range(2000)], iou=0.5)
    tracemalloc.start()
    for _ in range(5):
        judge.add(TRUTH, TRUTH, KnownAnimals(TRUTH, NONE))
    n_bytes, _most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert n_bytes < 100_000
    assert [label.n_right for label in judge.figures.labels] == [5, 5]


def test_figures_come_back_from_their_json() -> None:
    told = judged((boxes((0, 0, 10, 10, 0.9, 0)), TRUTH, NONE))
    content = told.as_json() | {"read_s": 1.0}
    assert SetFigures.from_json(content) == told
    assert content["total"]["recall"] == 0.5
