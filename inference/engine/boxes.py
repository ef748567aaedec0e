"""Many boxes as parallel arrays, and the arithmetic on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Boxes:
    """n boxes: edges in pixels (float32, right and bottom exclusive), score 0..1 (float32), label index (int32)."""

    left: Floats
    top: Floats
    right: Floats
    bottom: Floats
    score: Floats
    label: NDArray[np.int32]

    @classmethod
    def of(cls, corners: ArrayLike, score: ArrayLike, label: ArrayLike) -> Self:
        """Boxes from an (n, 4) array of left, top, right, bottom, n scores and n label indices."""
        edges = np.asarray(corners, dtype=np.float32).reshape(-1, 4)
        scores = np.asarray(score, dtype=np.float32).reshape(-1)
        labels = np.asarray(label, dtype=np.int32).reshape(-1)
        if not len(edges) == len(scores) == len(labels):
            raise ValueError(f"{len(edges)} boxes with {len(scores)} scores and {len(labels)} labels")
        left, top, right, bottom = (np.ascontiguousarray(edges[:, side]) for side in range(4))
        return cls(left, top, right, bottom, scores, labels)

    @classmethod
    def none(cls) -> Self:
        """No boxes."""
        return cls.of(np.empty((0, 4)), [], [])

    @classmethod
    def join(cls, parts: Sequence["Boxes"]) -> Self:
        """All boxes of several, in their order."""
        if not parts:
            return cls.none()
        columns = zip(*(part.columns for part in parts), strict=True)
        return cls(*(np.concatenate(column) for column in columns))

    def __len__(self) -> int:
        return len(self.score)

    @property
    def columns(self) -> tuple[Any, ...]:
        return self.left, self.top, self.right, self.bottom, self.score, self.label

    @property
    def corners(self) -> Floats:
        """(n, 4) float32: left, top, right, bottom."""
        corners: Floats = np.stack([self.left, self.top, self.right, self.bottom], axis=1)
        return corners

    @property
    def area(self) -> Floats:
        """Square pixels; an inside-out box has none."""
        area: Floats = np.maximum(self.right - self.left, 0) * np.maximum(self.bottom - self.top, 0)
        return area

    @property
    def decimals(self) -> list[list[float]]:
        """Left, top, right, bottom and score as the shortest decimals that name them: 0.7, not 0.699999988079071."""
        return [column.astype(str).astype(float).tolist() for column in self.columns[:5]]

    def take(self, chosen: NDArray[np.bool_] | Indices) -> Self:
        """The boxes at these indices, or where the mask is true."""
        return type(self)(*(column[chosen] for column in self.columns))

    def relabelled(self, numbers: Sequence[int]) -> Self:
        """The boxes with other label numbers: `numbers[label]`."""
        label = np.asarray(numbers, dtype=np.int32)[self.label]
        return type(self)(self.left, self.top, self.right, self.bottom, self.score, label)

    def shifted(self, dx: float, dy: float) -> Self:
        """The boxes moved by this many pixels."""
        offset = np.array([dx, dy, dx, dy], dtype=np.float32)
        return self.of(self.corners + offset, self.score, self.label)

    def clipped(self, width: float, height: float) -> Self:
        """The boxes cut to an image of this size; what lies wholly outside is dropped."""
        limits = np.array([width, height, width, height], dtype=np.float32)
        inside = self.of(np.clip(self.corners, 0, limits), self.score, self.label)
        return inside.take(inside.area > 0)

    def by_score(self) -> Self:
        """Best first; equal scores from top to bottom, then from left to right."""
        return self.take(np.lexsort((self.left, self.top, -self.score)))


def iou_matrix(first: Boxes, second: Boxes) -> Floats:
    """(n, m) float32: intersection over union of every pair; 0 where both are empty."""
    inside = _overlap(first.left, first.right, second.left, second.right)
    inside = inside * _overlap(first.top, first.bottom, second.top, second.bottom)
    union = first.area[:, None] + second.area[None, :] - inside
    shares: Floats = np.divide(inside, union, out=np.zeros_like(inside), where=union > 0)
    return shares


def _overlap(start: Floats, end: Floats, other_start: Floats, other_end: Floats) -> Floats:
    length = np.minimum(end[:, None], other_end[None, :]) - np.maximum(start[:, None], other_start[None, :])
    inside: Floats = np.maximum(length, 0)
    return inside
