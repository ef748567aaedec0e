"""Comparing boxes that a model found with points that are known."""

import numpy as np
from numpy.typing import NDArray

from inference.engine.boxes import Boxes, Indices


def match_points(found: Boxes, points: NDArray[np.float64], *, reach: float = 0.25) -> Indices:
    """For each found box the index of the point that it stands for, or -1. One to one, best score first: of the free
    points inside the box, grown on each side by `reach` of its longer side, the one nearest to the middle."""
    partner = np.full(len(found), -1, dtype=np.intp)
    free = np.ones(len(points), dtype=bool)
    corners = found.corners
    for index in np.argsort(-found.score, kind="stable"):
        start, end = corners[index, :2], corners[index, 2:]
        margin = reach * float((end - start).max())
        inside = free & (points >= start - margin).all(axis=1) & (points <= end + margin).all(axis=1)
        if inside.any():
            distance = np.where(inside, np.square(points - (start + end) / 2).sum(axis=1), np.inf)
            partner[index] = int(distance.argmin())
            free[partner[index]] = False
    return partner
