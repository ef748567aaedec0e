"""What is seen of a herd in each patch, and what a detector with ordinary faults makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.engine.boxes import Boxes
from inference.engine.nms import suppress
from inference.engine.patches import Patch
from training.merging_study.herds import Herd, seen_box
from training.render.kinds import KINDS

LEAST_PX = 12  # of a body; less of it nobody can name
NMS_IOU = 0.45


@dataclass(frozen=True, eq=False)
class Seen:
    """The animals of which one patch shows anything: their numbers, from 0, their boxes in the patch's pixels, tight
    around what it shows, and which share that is of what the whole image shows."""

    number: NDArray[np.intp]
    boxes: NDArray[np.float32]
    share: NDArray[np.float64]


def seen_in(herd: Herd, patch: Patch) -> Seen:
    corners = herd.boxes
    meets = (corners[:, 0] < patch.right) & (corners[:, 2] > patch.left)
    meets &= (corners[:, 1] < patch.bottom) & (corners[:, 3] > patch.top)
    found = [(number, *_cut(herd, number, patch)) for number in np.flatnonzero(meets).tolist()]
    kept = [each for each in found if each[2] > 0]
    numbers, boxes, shares = ([each[i] for each in kept] for i in range(3))
    return Seen(np.array(numbers, np.intp), np.array(boxes, np.float32).reshape(-1, 4), np.array(shares, float))


def _cut(herd: Herd, number: int, patch: Patch) -> tuple[tuple[float, float, float, float], float]:
    left, top, right, bottom = herd.boxes[number].astype(int).tolist()
    rows, columns = (
        slice(max(top, patch.top), min(bottom, patch.bottom)),
        slice(max(left, patch.left), min(right, patch.right)),
    )
    seen = herd.owner[rows, columns] == number + 1
    n_seen, n_all = int(seen.sum()), int((herd.owner[top:bottom, left:right] == number + 1).sum())
    if n_seen < LEAST_PX:
        return (0, 0, 0, 0), 0.0
    box = seen_box(seen)
    dx, dy = columns.start - patch.left, rows.start - patch.top
    return (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy), n_seen / n_all


def exact(herd: Herd, _patches: Sequence[Patch], seen: Sequence[Seen], seed: int) -> list[Boxes]:
    """A detector without a fault: every fragment, tight, with its right label."""
    scores = np.random.default_rng([seed, 11]).uniform(0.5, 0.95, len(herd.labels))
    return [Boxes.of(each.boxes, scores[each.number], herd.labels[each.number]) for each in seen]


def ordinary(herd: Herd, patches: Sequence[Patch], seen: Sequence[Seen], seed: int) -> list[Boxes]:
    """A detector with faults as trained ones have them: edges off by 5 % of a side and at least 1 px, scores that
    differ from patch to patch, fragments seen the more seldom the smaller they are and at times called something
    else, one whole animal in twenty missed, and within a patch what overlaps by NMS_IOU suppressed."""
    rng = np.random.default_rng([seed, 12])
    base = rng.uniform(0.5, 0.95, len(herd.labels))
    return [_faulty(herd, patch, each, base[each.number], rng) for patch, each in zip(patches, seen, strict=True)]


def _faulty(herd: Herd, patch: Patch, seen: Seen, base: NDArray[np.float64], rng: np.random.Generator) -> Boxes:
    count, limits = len(seen.number), np.array([patch.width, patch.height] * 2)
    sides = np.tile(seen.boxes[:, 2:] - seen.boxes[:, :2], 2)
    wrong_by = rng.normal(0, 1, (count, 4)) * np.maximum(1.0, 0.05 * sides)
    wrong_by[(seen.boxes == 0) | (seen.boxes == limits)] *= 0.3  # a border is where the picture ends
    corners = np.clip(seen.boxes + wrong_by, 0, limits)
    score = base * np.clip(seen.share, 0, 1) ** 0.3 + rng.normal(0, 0.07, count)
    chance = 0.95 * np.clip((seen.share - 0.08) / 0.4, 0, 1)
    is_other = rng.random(count) < np.where(seen.share < 0.6, 0.12, 0.01)
    labels = np.where(is_other, rng.integers(0, len(KINDS), count), herd.labels[seen.number])
    boxes = Boxes.of(corners, np.clip(score, 0.05, 0.99), labels)
    is_seen = (rng.random(count) < chance) & (boxes.area > 4) & (boxes.score >= 0.25)
    return suppress(boxes.take(is_seen), iou=NMS_IOU)
