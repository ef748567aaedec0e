"""The pre-filter: a cheap first look that decides which patches of an image the detector sees.

A Screen scores the detector's patches. `decide` makes decisions of the scores: what reaches the threshold passes, and
what a classifier is uncertain of; of the patches left out, chance has some searched all the same, so that what the
pre-filter loses can be told (inference/engine/loss.py).
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from inference.engine.asking import Asking
from inference.engine.boxes import Boxes, Floats, Indices
from inference.engine.classes import Classifier
from inference.engine.detector import Detector, Pixels, Window
from inference.engine.grid import best_scores, owners, recombined
from inference.engine.patches import Patch, PatchPlan

Codes = NDArray[np.uint8]


class Decision(IntEnum):
    """What became of a patch. The numbers are stored."""

    LEFT_OUT = 0
    AT_RANDOM = 1  # left out, but chance had it searched all the same
    PASSED = 2
    UNCERTAIN = 3  # passed because the classifier could not say


@dataclass(frozen=True, eq=False)
class Looks:
    """What a pre-filter says of n patches: the best score of each, (n,) float32, 0..1. Of a classifier also the
    score of every label, (n, labels) float32, and from which score to which, both included, it is uncertain."""

    score: Floats
    classes: Floats | None = None
    uncertain: tuple[float, float] | None = None


class Screen(Protocol):
    """A cheap first look. `labels` names the columns of Looks.classes; `plan` says how it cuts an image, `batch`
    how many of these patches it is asked at once.

    `look` scores the detector's `patches` of one image. It reads the image from top to bottom, and calls
    `on_batch()` before the first batch and after each; whatever that raises ends it. Raises DetectorError.
    """

    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def plan(self) -> PatchPlan: ...
    @property
    def batch(self) -> int: ...

    def look(self, pixels: Pixels, patches: Sequence[Patch], on_batch: Callable[..., None]) -> Looks: ...


@dataclass(frozen=True)
class DetectorScreen:
    """A detector as pre-filter: a patch has the best score of all boxes that reach into it."""

    detector: Detector
    plan: PatchPlan
    batch: int = 8

    @property
    def labels(self) -> tuple[str, ...]:
        return self.detector.labels

    def look(self, pixels: Pixels, patches: Sequence[Patch], on_batch: Callable[..., None]) -> Looks:
        own = self.plan.patches(pixels.shape[1], pixels.shape[0])
        windows = [Window(pixels, patch) for patch in own]
        found = Asking(self.batch).all(self.detector.detect, windows, on_batch)
        moved = [boxes.shifted(patch.left, patch.top) for boxes, patch in zip(found, own, strict=True)]
        return Looks(best_scores(Boxes.join(moved), patches))


@dataclass(frozen=True)
class ClassifierScreen:
    """A classifier of patches as pre-filter; its classes are recombined over the image. `ignored`: numbers of the
    labels that speak for no animal."""

    classifier: Classifier
    plan: PatchPlan
    uncertain: tuple[float, float] | None = None
    ignored: tuple[int, ...] = ()
    batch: int = 32

    @property
    def labels(self) -> tuple[str, ...]:
        return self.classifier.labels

    def look(self, pixels: Pixels, patches: Sequence[Patch], on_batch: Callable[..., None]) -> Looks:
        own = self.plan.patches(pixels.shape[1], pixels.shape[0])
        windows = [Window(pixels, patch) for patch in own]
        scores = np.stack(Asking(self.batch).all(self.classifier.classify, windows, on_batch))
        classes = recombined(scores, own, patches)
        counted = [number for number in range(len(self.labels)) if number not in self.ignored]
        return Looks(classes[:, counted].max(axis=1), classes, self.uncertain)


@dataclass(frozen=True)
class Screening:
    """How a search uses its pre-filter: from which score on a patch passes, the share of the others that chance has
    searched all the same, and what its numbers are drawn from: the same seed draws the same patches."""

    screen: Screen
    threshold: float
    share: float
    seed: str


@dataclass(frozen=True, eq=False)
class Screened:
    """What the pre-filter made of an image: its looks and a decision (uint8, see Decision) for each patch, the
    animals found by chance alone in each patch where any were, and its seconds: wall clock and CPU of the whole
    process."""

    looks: Looks
    decisions: Codes
    lost: tuple[int, ...] = ()
    seconds: float = field(default=0.0, kw_only=True)
    cpu_seconds: float = field(default=0.0, kw_only=True)

    @property
    def n_passed(self) -> int:
        return int((self.decisions >= Decision.PASSED).sum())

    @property
    def n_uncertain(self) -> int:
        return int((self.decisions == Decision.UNCERTAIN).sum())

    @property
    def n_at_random(self) -> int:
        return int((self.decisions == Decision.AT_RANDOM).sum())

    @property
    def n_lost(self) -> int:
        return sum(self.lost)

    @property
    def lost_squared(self) -> int:
        """The sum of the squares of the patches' numbers: animals of one patch are seen together or not at all."""
        return sum(n * n for n in self.lost)

    @property
    def most_lost(self) -> int:
        return max(self.lost, default=0)


def decide(looks: Looks, *, threshold: float, share: float, seed: str) -> Codes:
    """A Decision for each of n patches, (n,) uint8. A patch passes from `threshold` on, or where the classifier is
    uncertain of it or surer than that; each other one is searched all the same with probability `share`."""
    low, high = looks.uncertain or (np.inf, np.inf)
    by_chance = chances(seed, len(looks.score)) < share
    decisions = np.where(by_chance, Decision.AT_RANDOM, Decision.LEFT_OUT)
    decisions[looks.score >= min(threshold, high)] = Decision.PASSED
    decisions[(looks.score >= low) & (looks.score <= high)] = Decision.UNCERTAIN
    return decisions.astype(np.uint8)


def chances(seed: str, n: int) -> NDArray[np.float64]:
    """(n,) numbers drawn evenly from 0 to below 1, independent of each other and of n; a seed's are always the same,
    whatever the machine or the version of a library."""
    content = hashlib.shake_256(seed.encode()).digest(8 * n)
    return (np.frombuffer(content, dtype="<u8") >> np.uint64(11)) / 2.0**53


def count_lost(
    boxes: Boxes, seen_by: Sequence[Indices], patches: Sequence[Patch], decisions: Codes, size: tuple[int, int]
) -> tuple[int, ...]:
    """Animals, (n) merged boxes in image pixels, that the pre-filter lost and chance found again, for each patch with
    any: no patch that passed saw them, and of the patches left out that one was drawn which sees farthest around their
    middle. An animal in what two patches share would otherwise have two chances to be found, and be counted too
    often."""
    passed = decisions >= Decision.PASSED
    lost = np.array([not passed[numbers].any() for numbers in seen_by], dtype=bool)
    left_out = np.flatnonzero(~passed)
    if not lost.any():
        return ()
    corners: Any = boxes.take(lost).corners
    owner = owners((corners[:, :2] + corners[:, 2:]) / 2, [patches[number] for number in left_out.tolist()], size)
    drawn = left_out[owner]
    _patches, counts = np.unique(drawn[decisions[drawn] == Decision.AT_RANDOM], return_counts=True)
    return tuple(counts.tolist())
