"""Holding answers against the stored ones: what is out of tolerance is found."""

import numpy as np
import pytest

from inference.golden.case import Case, GoldenError, Recipe, case_folders, read_case
from inference.golden.compare import compare, is_clamped

BOXES = np.array([[0, 0, 40, 40], [50, 50, 90, 99], [51, 50, 90, 99]], np.float32)


def answers() -> dict[str, np.ndarray]:
    random = np.random.default_rng(3)
    return {
        "backbone/res4": random.normal(size=(1, 12, 9, 9)).astype(np.float32),
        "proposals0/boxes": BOXES,
        "proposals0/logits": np.array([3, 2, 1.99999], np.float32),
        "roi/pooled": random.normal(size=(3, 12, 7, 7)).astype(np.float32),
        "roi/cls_logits": random.normal(size=(3, 3)).astype(np.float32),
        "roi/deltas": random.normal(size=(3, 8)).astype(np.float32),
        "final0/boxes": BOXES,
        "final0/scores": np.array([0.9, 0.8, 0.7], np.float32),
        "final0/classes": np.array([0, 1, 0]),
    }


def case(found: dict[str, np.ndarray], name: str = "made_up") -> Case:
    features = found["backbone/res4"]
    expected = {
        "backbone/res4/shape": np.array(features.shape),
        "backbone/res4/meanstd": np.array([features.mean(dtype=float), features.std(dtype=float, ddof=1)]),
        "backbone/res4/slice": features[:, :8, :5, :5],
        "backbone/res4/tail": features[:, -4:, -3:, -3:],
        "proposals0/count": np.array(3),
        "roi/pooled_shape": np.array([3, 12, 7, 7]),
        "roi/pooled": found["roi/pooled"][:3, :6],
    }
    rest = {name: found[name] for name in found if name not in ("backbone/res4", "roi/pooled")}
    return Case(name, {}, {}, Recipe(1, (), {}, (), False), [], expected | rest)


def faults(**changes: object) -> list[str]:
    """Of answers with changes: a name with a double underscore, and how the array is changed."""
    given = answers()
    found = {name: changes.get(name.replace("/", "__"), np.copy)(value.copy()) for name, value in given.items()}
    return compare(case(given), found).faults


def added(amount: float, at: int = 0):
    def change(values: np.ndarray) -> np.ndarray:
        values.reshape(-1)[at] += amount
        return values

    return change


def test_the_same_answers_have_no_faults() -> None:
    assert faults() == []


def test_differences_within_the_tolerances_are_no_faults() -> None:
    assert faults(backbone__res4=added(1e-4), final0__boxes=added(0.04), final0__scores=added(-4e-4)) == []


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("backbone__res4", added(0.01), "backbone/res4/slice is 0.00"),
        ("backbone__res4", added(0.01, -1), "backbone/res4/tail is 0.00"),
        ("backbone__res4", lambda values: values[:, :, :8], "backbone/res4/shape"),
        ("proposals0__boxes", lambda values: values[:2], "proposals0: 2 instead of 3"),
        ("proposals0__boxes", added(0.03), "proposals0/boxes is 0.03 off where 0.02 is allowed px"),
        ("proposals0__logits", added(0.01), "proposals0/logits"),
        ("roi__pooled", added(0.01), "roi/pooled is"),
        ("roi__cls_logits", added(0.01), "roi/cls_logits"),
        ("roi__deltas", added(0.01, -1), "roi/deltas"),
        ("final0__boxes", added(0.06), "final0/boxes is 0.06 off where 0.05 is allowed"),
        ("final0__boxes", lambda values: values + [[0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]], "by 0.97"),
        ("final0__scores", added(6e-4), "final0/scores is 0.0006 off"),
        ("final0__classes", added(1, 2), "or other labels"),
    ],
)
def test_a_difference_out_of_tolerance_is_told(name: str, change: object, told: str) -> None:
    found = faults(**{name: change})
    assert len(found) >= 1
    assert any(told in fault for fault in found), found


def test_boxes_in_another_order_are_the_same_boxes() -> None:
    order = [0, 2, 1]
    names = ["proposals0__boxes", "proposals0__logits", "roi__pooled", "roi__cls_logits", "roi__deltas"]
    names += ["final0__boxes", "final0__scores", "final0__classes"]
    assert faults(**dict.fromkeys(names, lambda values: values[order])) == []


def test_the_same_box_twice_does_not_stand_for_two() -> None:
    given = answers()
    given["final0/classes"] = np.array([0, 1, 1])
    found = {**given, "final0/boxes": BOXES[[0, 1, 1]]}
    assert compare(case(given), found).faults


def test_a_case_whose_boxes_grow_to_the_limit_has_wider_tolerances() -> None:
    given = answers()
    given["roi/deltas"][0, 2] = 21.0  # divided by its weight of 5 above log(1000 / 16)
    assert is_clamped(case(given))
    assert not is_clamped(case(answers()))
    found = {**given, "final0/boxes": BOXES + np.float32(0.1)}
    assert compare(case(given), found).faults == []


def test_so_has_one_whose_proposals_do() -> None:
    deltas = np.zeros((1, 8, 5, 5), np.float32)
    deltas[0, 5] = 9.0  # a shift, however long, is no growth
    shifted, grown = case(answers()), case(answers())
    shifted.expected["rpn/deltas0/slice"] = deltas
    assert not is_clamped(shifted)
    grown.expected["rpn/deltas0/slice"] = np.roll(deltas, 1, axis=1)
    assert is_clamped(grown)


def test_an_answer_that_is_missing_is_a_fault() -> None:
    given = answers()
    found = {name: value for name, value in given.items() if name != "backbone/res4"}
    assert "backbone/res4 was not answered" in compare(case(given), found).faults


def test_a_folder_without_cases_is_refused(tmp_path) -> None:
    with pytest.raises(GoldenError, match="There is no case below"):
        list(case_folders(tmp_path))


def test_a_broken_case_is_refused_with_the_file_that_is_missing(tmp_path) -> None:
    (tmp_path / "case.json").write_text('{"seed": 1, "images": []}')
    with pytest.raises(GoldenError, match=r"expected\.npz"):
        read_case(tmp_path)
