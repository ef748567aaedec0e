"""Which of many boxes lie close to each other, without comparing all with all."""

import numpy as np
from numpy.typing import NDArray

from inference.engine.boxes import Floats, Indices

Doubles = NDArray[np.float64]


def touching_pairs(corners: Floats, *, margin: float) -> tuple[Indices, Indices]:
    """All pairs i < j of (n, 4) boxes whose gap is at most `margin` px along both axes.

    The image is ruled into horizontal strips as high as the mean box; within a strip the boxes are sorted by their
    left edge, so that each meets only those that begin before it ends. Near-linear while boxes are scattered.
    """
    if len(corners) < 2:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    origin = np.tile(corners[:, :2].min(axis=0), 2)
    left, top, right, bottom = (corners.astype(np.float64) - origin + [0, 0, margin, margin]).T
    height = max(1.0, float(np.mean(bottom - top)))
    starts, ends = (top // height).astype(np.intp), (bottom // height).astype(np.intp)
    box, strip = _spread(starts, ends - starts + 1)
    order = np.lexsort((left[box], strip))
    box, strip = box[order], strip[order]
    one, other = _meeting(strip, left[box], right[box])
    first, second = box[one], box[other]
    close = np.maximum(top[first], top[second]) <= np.minimum(bottom[first], bottom[second])
    # A pair that meets in several strips counts in the one where the lower of the two begins.
    close &= strip[one] == np.maximum(starts[first], starts[second])
    return np.minimum(first, second)[close], np.maximum(first, second)[close]


def _spread(starts: Indices, counts: Indices) -> tuple[Indices, Indices]:
    """For each i, counts[i] times i; and beside it starts[i], starts[i] + 1, ..."""
    owner = np.repeat(np.arange(len(counts)), counts)
    running = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    return owner, starts[owner] + running


def _meeting(strip: Indices, left: Doubles, right: Doubles) -> tuple[Indices, Indices]:
    """Positions of all pairs in one strip of which the second begins before the first ends; sorted by strip, left."""
    span = float(right.max()) + 1
    end = np.searchsorted(strip * span + left, strip * span + right, side="right")
    following = np.arange(1, len(strip) + 1)
    return _spread(following, np.maximum(end - following, 0))
