"""Non-maximum suppression within one patch."""

import numpy as np

from inference.engine.boxes import Boxes, Floats, Indices


def suppress(boxes: Boxes, *, iou: float, limit: int = 3000) -> Boxes:
    """The boxes that no better box of the same label overlaps by more than `iou`, best first.

    Greedy; only the `limit` best boxes are looked at, which bounds the time on a noisy patch.
    """
    ranked = boxes.take(np.argsort(-boxes.score, kind="stable")[:limit])
    kept = np.zeros(len(ranked), dtype=bool)
    for label in np.unique(ranked.label):
        members = np.flatnonzero(ranked.label == label)
        kept[members[keep_apart(ranked.corners[members], iou)]] = True
    return ranked.take(kept)


def keep_apart(corners: Floats, iou: float) -> Indices:
    """Indices of the boxes, given best first as (n, 4), that no better one overlaps by more than `iou`. Greedy."""
    area = np.prod(np.maximum(corners[:, 2:] - corners[:, :2], 0), axis=1)
    waiting = np.arange(len(corners))
    kept = []
    while len(waiting):
        best, rest = waiting[0], waiting[1:]
        kept.append(best)
        size = np.minimum(corners[best, 2:], corners[rest, 2:]) - np.maximum(corners[best, :2], corners[rest, :2])
        inside = np.prod(np.maximum(size, 0), axis=1)
        waiting = rest[inside <= iou * (area[best] + area[rest] - inside)]
    return np.array(kept, dtype=np.intp)
