"""What a detector is worth on images whose animals are known: figures by label and of whole images."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from inference.engine.boxes import Boxes
from inference.engine.evaluation import Tally, average_precision, match, tally
from inference.engine.intervals import wilson

Mask = NDArray[np.bool_]
Interval = tuple[float, float] | None
ALL = -1


@dataclass(frozen=True, eq=False)
class KnownAnimals:
    """The true boxes of one image, and areas of crowds, in which nobody drew each animal: a box that lies there is
    neither right nor wrong. Label numbers are places in the labels that the judge was given."""

    boxes: Boxes
    crowds: Boxes


@dataclass(frozen=True)
class LabelFigures:
    """Of one label: animals that are there, boxes found, boxes that agree with an animal. `ap`: average precision over
    all boxes down to the lowest score asked for; None where no animal of that label is there."""

    label: str
    n_true: int
    n_found: int
    n_right: int
    ap: float | None

    @property
    def n_false(self) -> int:
        return self.n_found - self.n_right

    @property
    def precision(self) -> float | None:
        return self.n_right / self.n_found if self.n_found else None

    @property
    def recall(self) -> float | None:
        return self.n_right / self.n_true if self.n_true else None

    @property
    def f1(self) -> float | None:
        return Tally(self.n_true, self.n_found, self.n_right).f1 if self.n_true else None

    @property
    def precision_interval(self) -> Interval:
        return wilson(self.n_right, self.n_found)

    @property
    def recall_interval(self) -> Interval:
        return wilson(self.n_right, self.n_true)

    def as_json(self) -> dict[str, Any]:
        """With the figures that follow from the counts, for programs."""
        names = ("n_false", "precision", "recall", "f1", "precision_interval", "recall_interval")
        return asdict(self) | {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class SetFigures:
    """Of all images: `total`: animals found whatever they were called; `labels`: found and called so. An image is
    missed where animals are on it and not one box was found, and disturbed where boxes were found on an empty one."""

    n_images: int
    n_with_animals: int
    n_missed: int
    n_disturbed: int
    total: LabelFigures
    labels: tuple[LabelFigures, ...]

    @property
    def n_empty(self) -> int:
        """Images without animals."""
        return self.n_images - self.n_with_animals

    @property
    def miss_rate(self) -> float | None:
        return self.n_missed / self.n_with_animals if self.n_with_animals else None

    @property
    def miss_interval(self) -> Interval:
        return wilson(self.n_missed, self.n_with_animals)

    def as_json(self) -> dict[str, Any]:
        parts = {"total": self.total.as_json(), "labels": [label.as_json() for label in self.labels]}
        return asdict(self) | {"miss_rate": self.miss_rate, "miss_interval": self.miss_interval} | parts

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Whatever else stands beside it in the JSON is left alone."""
        own = {name: content[name] for name in cls.__dataclass_fields__}
        labels = tuple(_label_from_json(label) for label in content["labels"])
        return cls(**own | {"total": _label_from_json(content["total"]), "labels": labels})


class Judge:
    """Takes in image after image. `iou`: from which overlap on a box is the animal's.

    Animals and boxes of a label are matched among themselves, best score first, as in COCO's evaluation (Lin et al.
    2014, arXiv 1405.0312); and once more all together, labels not looked at.
    """

    def __init__(self, labels: Sequence[str], *, iou: float) -> None:
        self._labels, self._iou = tuple(labels), iou
        self._tallies: dict[int, Tally] = defaultdict(Tally)
        self._ranked: dict[int, list[tuple[NDArray[np.float32], Mask]]] = defaultdict(list)
        self._images = np.zeros(4, dtype=int)

    def add(self, kept: Boxes, low: Boxes, known: KnownAnimals) -> None:
        """One image: the boxes that a search keeps, and all boxes down to the lowest score that was asked for."""
        has_animals = bool(len(known.boxes) or len(known.crowds))
        is_empty = not len(kept)
        self._images += (1, has_animals, has_animals and is_empty, not has_animals and not is_empty)
        parts = (kept, low, known.boxes, known.crowds)
        here = np.unique(np.concatenate([boxes.label for boxes in parts]))  # a label that is on no image costs nothing
        for label in (ALL, *here.tolist()):
            truth, crowds = _of(label, known.boxes), _of(label, known.crowds)
            self._tallies[label] += _tally(_of(label, kept), truth, crowds, self._iou)
            self._ranked[label].append(_ranked(_of(label, low), truth, crowds, self._iou))

    @property
    def figures(self) -> SetFigures:
        labels = [self._figures_of(number) for number in range(len(self._labels))]
        told = tuple(label for label in labels if label.n_true or label.n_found)
        n_images, n_with, n_missed, n_disturbed = self._images.tolist()
        return SetFigures(n_images, n_with, n_missed, n_disturbed, self._figures_of(ALL), told)

    def _figures_of(self, label: int) -> LabelFigures:
        total, ranked = self._tallies[label], self._ranked[label]
        name = "" if label == ALL else self._labels[label]
        figures = LabelFigures(name, total.wanted, total.found, total.agreed, None)
        if not total.wanted:
            return figures
        scores, is_right = (np.concatenate(column) for column in zip(*ranked, strict=True))
        return replace(figures, ap=average_precision(scores, is_right, total.wanted))


def _of(label: int, boxes: Boxes) -> Boxes:
    return boxes if label == ALL else boxes.take(boxes.label == label)


def _tally(found: Boxes, truth: Boxes, crowds: Boxes, iou: float) -> Tally:
    partner = match(found, truth, iou=iou)
    does_count = (partner >= 0) | ~_inside(found, crowds)
    return tally(found.take(does_count), truth, partner[does_count])


def _ranked(found: Boxes, truth: Boxes, crowds: Boxes, iou: float) -> tuple[NDArray[np.float32], Mask]:
    is_right = match(found, truth, iou=iou) >= 0
    does_count = is_right | ~_inside(found, crowds)
    return found.score[does_count], is_right[does_count]


def _inside(boxes: Boxes, crowds: Boxes) -> Mask:
    """Which boxes lie by at least half in one area."""
    inside = np.zeros(len(boxes), dtype=bool)
    for left, top, right, bottom in crowds.corners:
        width = np.minimum(boxes.right, right) - np.maximum(boxes.left, left)
        height = np.minimum(boxes.bottom, bottom) - np.maximum(boxes.top, top)
        inside |= np.maximum(width, 0) * np.maximum(height, 0) >= 0.5 * boxes.area
    return inside


def _label_from_json(content: dict[str, Any]) -> LabelFigures:
    return LabelFigures(**{name: content[name] for name in LabelFigures.__dataclass_fields__})
