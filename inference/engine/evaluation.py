"""Comparing boxes that a model found with boxes that are known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.engine.boxes import Boxes, Indices
from inference.engine.matching import touching_shares

IOU = 0.3


@dataclass(frozen=True)
class Tally:
    """How many were there to find, how many were reported, how many of them agree."""

    wanted: int = 0
    found: int = 0
    agreed: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.wanted + other.wanted, self.found + other.found, self.agreed + other.agreed)

    @property
    def recall(self) -> float:
        return self.agreed / self.wanted if self.wanted else 1.0

    @property
    def precision(self) -> float:
        return self.agreed / self.found if self.found else 1.0

    @property
    def f1(self) -> float:
        total = self.wanted + self.found
        return 2 * self.agreed / total if total else 1.0


def match(found: Boxes, truth: Boxes, *, iou: float = IOU) -> Indices:
    """For each found box the index of its true box, or -1. One to one: best score first, each takes the free true box
    that it overlaps most, if by `iou` or more. Labels are not looked at. Near-linear while boxes are scattered."""
    partner = np.full(len(found), -1, dtype=np.intp)
    one, other, shares = touching_shares(found, truth)
    good = shares >= iou
    one, other, shares = one[good], other[good], shares[good]
    turn = np.argsort(np.argsort(-found.score, kind="stable"), kind="stable")
    is_free = np.ones(len(truth), dtype=bool)
    for i in np.lexsort((other, -shares, turn[one])).tolist():
        if partner[one[i]] < 0 and is_free[other[i]]:
            partner[one[i]] = other[i]
            is_free[other[i]] = False
    return partner


def tally(found: Boxes, truth: Boxes, partner: Indices) -> Tally:
    return Tally(len(truth), len(found), int((partner >= 0).sum()))


def tally_by_label(found: Boxes, truth: Boxes, partner: Indices, labels: tuple[str, ...]) -> dict[str, Tally]:
    """Per label: recall is of the true animals of that label, whatever they were called; precision is of the boxes
    called so, so `agreed` counts only animals that were both found and given their right label."""
    hit = partner >= 0
    named = np.zeros(len(found), dtype=bool)
    named[hit] = found.label[hit] == truth.label[partner[hit]]
    return {
        label: Tally(int((truth.label == i).sum()), int((found.label == i).sum()), int((found.label[named] == i).sum()))
        for i, label in enumerate(labels)
    }


def average_precision(scores: NDArray[np.floating], is_right: NDArray[np.bool_], wanted: int) -> float:
    """Area under the precision-recall curve (precision made monotone), over all images' boxes at once."""
    if not wanted or not len(scores):
        return 0.0
    right = is_right[np.argsort(-scores, kind="stable")]
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    best_after = np.maximum.accumulate(precision[::-1])[::-1]
    return float((best_after * right).sum() / wanted)
