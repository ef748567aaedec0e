"""The rows and columns of a plan of patches: which patches a place reaches into, and which one is nearest to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from inference.engine.boxes import Boxes, Floats
from inference.engine.patches import Patch

Edges = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Axis:
    """The patches along one side of an image, in px: where each starts and ends (exclusive), in ascending order."""

    start: Edges
    end: Edges

    def span(self, low: Any, high: Any) -> tuple[Any, Any]:
        """First and last + 1 of the patches that share anything with the stretch from `low` to `high` px."""
        return np.searchsorted(self.end, low, "right"), np.searchsorted(self.start, high, "left")

    @property
    def core(self) -> "Axis":
        """The same patches cut back to the middle of what they share with their neighbours: they cover the side
        once."""
        middle = (self.start[1:] + self.end[:-1]) / 2
        return Axis(np.concatenate([self.start[:1], middle]), np.concatenate([middle, self.end[-1:]]))


@dataclass(frozen=True, eq=False)
class Grid:
    """A plan of patches as `plan_patches` makes it, row by row."""

    columns: Axis
    rows: Axis

    @classmethod
    def of(cls, patches: Sequence[Patch]) -> Self:
        across = sorted({(patch.left, patch.right) for patch in patches})
        down = sorted({(patch.top, patch.bottom) for patch in patches})
        return cls(*(Axis(*np.array(sides, dtype=np.float64).reshape(-1, 2).T) for sides in (across, down)))

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows.start), len(self.columns.start)


def best_scores(boxes: Boxes, patches: Sequence[Patch]) -> Floats:
    """For each patch the best score of all boxes, in image pixels, that reach into it, (n,) float32; 0 without any."""
    grid = Grid.of(patches)
    best = np.zeros(grid.shape, dtype=np.float32)
    left, right = grid.columns.span(boxes.left, boxes.right)
    top, bottom = grid.rows.span(boxes.top, boxes.bottom)
    for row, row_end, column, column_end, score in zip(top, bottom, left, right, boxes.score, strict=True):
        area = best[row:row_end, column:column_end]
        np.maximum(area, score, out=area)
    return best.reshape(-1)


def recombined(scores: Floats, seen: Sequence[Patch], patches: Sequence[Patch]) -> Floats:
    """Scores (m, labels) of the patches `seen` as scores (n, labels) of other patches of the same image.

    Every place of an image is judged by the one patch whose middle part it lies in, and likewise searched by one: a
    patch gets the best score of those that judge any place which it is to search. Animals no larger than what
    neighbours share are seen whole there.
    """
    theirs, ours = Grid.of(seen), Grid.of(patches)
    known = scores.reshape(*theirs.shape, -1)
    top, bottom = theirs.rows.core.span(ours.rows.core.start, ours.rows.core.end)
    left, right = theirs.columns.core.span(ours.columns.core.start, ours.columns.core.end)
    best = np.empty((*ours.shape, known.shape[-1]), dtype=np.float32)
    for row in range(ours.shape[0]):
        band = known[top[row] : bottom[row]].max(axis=0)
        for column in range(ours.shape[1]):
            best[row, column] = band[left[column] : right[column]].max(axis=0)
    return best.reshape(len(patches), -1)


def owners(middles: Floats, patches: Sequence[Patch], size: tuple[int, int]) -> NDArray[np.intp]:
    """For each place (m, 2), x and y in px, the number of the patch that sees farthest around it: whose nearest border
    is farthest away. `size`: width and height of the image in px; its own border cuts nothing."""
    frames = np.array([[p.left, p.top, p.right, p.bottom] for p in patches], dtype=np.float64)
    cuts_nothing = frames == np.array([0, 0, *size])
    found = np.empty(len(middles), dtype=np.intp)
    for number, (x, y) in enumerate(middles.tolist()):
        inside = (np.array([x, y, x, y]) - frames) * np.array([1, 1, -1, -1])
        found[number] = np.where(cuts_nothing, np.inf, inside).min(axis=1).argmax()
    return found
