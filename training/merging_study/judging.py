"""What a way of merging got right: animals found, lost, counted twice."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from inference.engine.boxes import Boxes, iou_matrix
from training.merging_study.herds import Herd
from training.merging_study.views import Seen

IOU = 0.5


@dataclass(frozen=True)
class Outcome:
    """Of some scenes: `seen` animals were seen by the detector in at least one patch, `lost` are those of them that
    merging left without a box of their own; `twice` are boxes too many that lie on an animal, `wrong` those that lie
    on none or on several."""

    scenes: int = 0
    animals: int = 0
    seen: int = 0
    boxes: int = 0
    right: int = 0
    lost: int = 0
    twice: int = 0
    wrong: int = 0
    cpu_s: float = 0.0

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def recall(self) -> float:
        return self.right / max(self.animals, 1)

    @property
    def precision(self) -> float:
        return self.right / max(self.boxes, 1)

    @property
    def count_error(self) -> float:
        """Boxes too many, as a share of the animals; negative where there are too few."""
        return self.boxes / max(self.animals, 1) - 1


def judge(herd: Herd, merged: Boxes, is_seen: NDArray[np.bool_], cpu_s: float) -> Outcome:
    truth = Boxes.of(herd.boxes, np.ones(len(herd.labels)), herd.labels)
    of_box, of_animal = pairs(merged, truth)
    extra = merged.take(of_box < 0)
    on_an_animal = _share_on(extra, truth) >= IOU
    return Outcome(
        scenes=1,
        animals=len(truth),
        seen=int(is_seen.sum()),
        boxes=len(merged),
        right=int((of_box >= 0).sum()),
        lost=int((is_seen & (of_animal < 0)).sum()),
        twice=int(on_an_animal.sum()),
        wrong=int((~on_an_animal).sum()),
        cpu_s=cpu_s,
    )


def seen_by(views: Sequence[Boxes], seen: Sequence[Seen], n_animals: int) -> NDArray[np.bool_]:
    """Which animals the detector saw: in some patch a box of it fits what that patch shows of the animal."""
    found = np.zeros(n_animals, dtype=bool)
    for boxes, shown in zip(views, seen, strict=True):
        truth = Boxes.of(shown.boxes, shown.share, np.zeros(len(shown.number)))
        found[shown.number[pairs(boxes, truth)[1] >= 0]] = True
    return found


def pairs(found: Boxes, truth: Boxes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """One to one, best overlap first, labels apart: of each box its animal, of each animal its box, or -1."""
    of_box, of_animal = np.full(len(found), -1, np.intp), np.full(len(truth), -1, np.intp)
    shares = iou_matrix(found, truth)
    first, second = np.nonzero(shares >= IOU)
    for i in np.argsort(-shares[first, second], kind="stable").tolist():
        box, animal = first[i], second[i]
        if of_box[box] < 0 and of_animal[animal] < 0:
            of_box[box], of_animal[animal] = animal, box
    return of_box, of_animal


def _share_on(boxes: Boxes, truth: Boxes) -> NDArray[np.float64]:
    """The largest share of each box that lies on one animal."""
    if not len(boxes) or not len(truth):
        return np.zeros(len(boxes))
    ours, theirs = boxes.corners[:, None], truth.corners[None]
    sides = np.minimum(ours[..., 2:], theirs[..., 2:]) - np.maximum(ours[..., :2], theirs[..., :2])
    inside = np.maximum(sides, 0).prod(axis=-1)
    shares: NDArray[np.float64] = inside.max(axis=1) / np.maximum(boxes.area, 1e-6)
    return shares
