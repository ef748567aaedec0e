"""Which boxes of two sets are the same animal."""

import numpy as np
from numpy.typing import NDArray

from inference.engine.boxes import Boxes, Indices
from inference.engine.pairs import touching_pairs


def match_boxes(first: Boxes, second: Boxes, *, iou: float, same_label: bool = True) -> list[tuple[int, int, float]]:
    """Pairs (index in `first`, index in `second`, intersection over union), each box in one pair at most.

    Of all pairs that agree by `iou` or more, those of one label come first, then those that agree best; with
    `same_label` there are no others. Near-linear in the number of boxes, as long as they are scattered.
    """
    one, other, shares = touching_shares(first, second)
    is_same = first.label[one] == second.label[other]
    good = (shares >= iou) & (is_same | (not same_label))
    order = np.lexsort((-shares, ~is_same))
    return _greedy([(int(one[i]), int(other[i]), float(shares[i])) for i in order[good[order]]])


def touching_shares(first: Boxes, second: Boxes) -> tuple[Indices, Indices, NDArray[np.float64]]:
    """All pairs that touch: index in `first`, index in `second`, intersection over union."""
    if not len(first) or not len(second):
        return np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0)
    one, other = touching_pairs(np.concatenate([first.corners, second.corners]), margin=0.0)
    across = (one < len(first)) & (other >= len(first))
    one, other = one[across], other[across] - len(first)
    return one, other, _shares(first.take(one), second.take(other))


def _greedy(pairs: list[tuple[int, int, float]]) -> list[tuple[int, int, float]]:
    taken_first: set[int] = set()
    taken_second: set[int] = set()
    kept = []
    for one, other, share in pairs:
        if one not in taken_first and other not in taken_second:
            taken_first.add(one)
            taken_second.add(other)
            kept.append((one, other, share))
    return kept


def _shares(first: Boxes, second: Boxes) -> NDArray[np.float64]:
    """Intersection over union of the boxes at the same places of two equally long sets."""
    width = np.minimum(first.right, second.right) - np.maximum(first.left, second.left)
    height = np.minimum(first.bottom, second.bottom) - np.maximum(first.top, second.top)
    inside = (np.maximum(width, 0) * np.maximum(height, 0)).astype(np.float64)
    union = first.area.astype(np.float64) + second.area - inside
    shares: NDArray[np.float64] = np.divide(inside, union, out=np.zeros_like(inside), where=union > 0)
    return shares
