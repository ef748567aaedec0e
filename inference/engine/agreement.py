"""A fast mode of a detector against the exact one, over the same patches: what it loses, gains and moves."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from inference.engine.boxes import Boxes
from inference.engine.matching import match_boxes

SAME_ANIMAL_IOU = 0.5
UNMOVED_IOU = 0.9


@dataclass(frozen=True)
class Pair:
    """One animal as the two modes see it. A score of 0: that mode has no box there. `iou` is 0 then. `box`: left, top,
    right, bottom in pixels of patch number `patch`; the exact mode's, or, where it has none, the fast one's."""

    patch: int
    label: str
    exact: float
    fast: float
    iou: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class LabelAgreement:
    """Boxes of one label. `lost`: kept by the exact mode, by the fast one not; `gained`: the other way round; `moved`:
    kept by both, but less alike than UNMOVED_IOU. Score shifts are fast minus exact, of boxes that both keep; None
    where there are none."""

    label: str
    n_exact: int
    n_fast: int
    n_lost: int
    n_gained: int
    n_moved: int
    mean_shift: float | None
    largest_shift: float | None


@dataclass(frozen=True)
class AgreementReport:
    """`threshold`: the score from which a box is kept. `pairs`: every animal that either mode keeps, with the score
    that the other gives it, also below the threshold. Seconds are a patch's."""

    threshold: float
    n_patches: int
    seconds_exact: float
    seconds_fast: float
    labels: tuple[LabelAgreement, ...]
    pairs: tuple[Pair, ...]

    @property
    def total(self) -> LabelAgreement:
        """Of all labels."""
        return _agreement("", self.pairs, self.threshold)

    @property
    def lost(self) -> list[Pair]:
        """Surest first."""
        found = [pair for pair in self.pairs if pair.exact >= self.threshold > pair.fast]
        return sorted(found, key=lambda pair: -pair.exact)

    @property
    def gained(self) -> list[Pair]:
        """Surest first."""
        found = [pair for pair in self.pairs if pair.fast >= self.threshold > pair.exact]
        return sorted(found, key=lambda pair: -pair.fast)

    def as_json(self) -> dict[str, Any]:
        """With the sums of all labels as `lost`, `gained` and `moved`, for lists of many reports."""
        total = self.total
        return asdict(self) | {"lost": total.n_lost, "gained": total.n_gained, "moved": total.n_moved}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Whatever else stands beside it in the JSON is left alone."""
        labels = tuple(LabelAgreement(**label) for label in content["labels"])
        pairs = tuple(Pair(**pair | {"box": tuple(pair["box"])}) for pair in content["pairs"])
        own = {name: content[name] for name in cls.__dataclass_fields__}
        return cls(**own | {"labels": labels, "pairs": pairs})


def agreement(
    exact: Sequence[Boxes],
    fast: Sequence[Boxes],
    labels: Sequence[str],
    *,
    threshold: float,
    seconds: tuple[float, float],
) -> AgreementReport:
    """The report over patches of which each mode said one Boxes.

    Both should have been asked for boxes somewhat below `threshold` too, so that a box that only slipped under it is
    told from one that is gone. `seconds`: a patch took the exact mode, the fast one.
    """
    pairs = [
        pair
        for number, (one, other) in enumerate(zip(exact, fast, strict=True))
        for pair in _pairs(number, one, other, labels)
        if max(pair.exact, pair.fast) >= threshold
    ]
    of_labels = [_agreement(label, [pair for pair in pairs if pair.label == label], threshold) for label in labels]
    seen = tuple(label for label in of_labels if label.n_exact or label.n_fast)
    return AgreementReport(threshold, len(exact), *seconds, seen, tuple(pairs))


def _pairs(number: int, exact: Boxes, fast: Boxes, labels: Sequence[str]) -> list[Pair]:
    matches = match_boxes(exact, fast, iou=SAME_ANIMAL_IOU)
    # As a search stores them: rounded, a score just below the threshold would reach it, and a lost box look kept.
    exact_scores, fast_scores = exact.decimals[-1], fast.decimals[-1]
    matched_exact, matched_fast = {one for one, _, _ in matches}, {other for _, other, _ in matches}

    def pair(boxes: Boxes, i: int, exact_score: float, fast_score: float, iou: float = 0.0) -> Pair:
        left, top, right, bottom = (round(float(edge), 2) for edge in boxes.corners[i])
        label = labels[int(boxes.label[i])]
        return Pair(number, label, exact_score, fast_score, round(iou, 4), (left, top, right, bottom))

    both = [pair(exact, i, exact_scores[i], fast_scores[j], iou) for i, j, iou in matches]
    lost = [pair(exact, i, exact_scores[i], 0.0) for i in range(len(exact)) if i not in matched_exact]
    gained = [pair(fast, j, 0.0, fast_scores[j]) for j in range(len(fast)) if j not in matched_fast]
    return both + lost + gained


def _agreement(label: str, pairs: Sequence[Pair], threshold: float) -> LabelAgreement:
    by_exact = [pair for pair in pairs if pair.exact >= threshold]
    by_fast = [pair for pair in pairs if pair.fast >= threshold]
    kept = [pair for pair in by_exact if pair.fast >= threshold]
    shifts = np.array([pair.fast - pair.exact for pair in kept])
    return LabelAgreement(
        label,
        n_exact=len(by_exact),
        n_fast=len(by_fast),
        n_lost=len(by_exact) - len(kept),
        n_gained=len(by_fast) - len(kept),
        n_moved=sum(pair.iou < UNMOVED_IOU for pair in kept),
        mean_shift=float(shifts.mean()) if kept else None,
        largest_shift=float(shifts[np.abs(shifts).argmax()]) if kept else None,
    )
