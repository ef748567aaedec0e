"""What the network should answer for a crop with known animals.

After TTFNet (arXiv 1909.00700) and CenterNet (arXiv 1904.07850): around each animal's middle the wanted score falls off
as a bell, and the cells of its inner part, weighted by the bell, learn its box.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.network import STRIDE
from training.truth import Truth

Floats = NDArray[np.float32]
BELL = 0.54 / 6  # standard deviation of the bell as a share of the box's side
LEAST_SIGMA = 0.75  # cells: the middle of a small animal is known to a cell or so, no better
BOX_FROM = 0.2  # cells where the bell is at least this high learn the box
LEAST_LEFT = 0.5  # an animal of which a crop shows less than this share is neither wanted nor wrong


@dataclass(frozen=True, eq=False)
class Target:
    """`heat` (labels, h, w): wanted scores; `boxes` (4, h, w) in px with `weight` (h, w); `counts` (h, w) is 0 where
    the scores are left alone."""

    heat: Floats
    boxes: Floats
    weight: Floats
    counts: Floats


def make_target(truth: Truth, side: int, n_labels: int) -> Target:
    """The target of a square crop of `side` px; boxes may reach beyond the crop."""
    cells = side // STRIDE
    target = Target(
        np.zeros((n_labels, cells, cells), np.float32),
        np.zeros((4, cells, cells), np.float32),
        np.zeros((cells, cells), np.float32),
        np.ones((cells, cells), np.float32),
    )
    inside = np.clip(truth.boxes, 0, side)
    left = _area(inside) / np.maximum(_area(truth.boxes), 1e-6)
    for box in inside[(left < LEAST_LEFT) & (left > 0)]:
        _leave_alone(target, box)
    shown = np.flatnonzero(left >= LEAST_LEFT)
    for index in shown[np.argsort(-_area(inside[shown]), kind="stable")]:  # the smaller one wins a shared cell
        _draw(target, inside[index], int(truth.labels[index]), float(truth.trust[index]))
    return target


def _area(boxes: Floats) -> Floats:
    area: Floats = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1)
    return area


def _leave_alone(target: Target, box: Floats) -> None:
    left, top, right, bottom = (box / STRIDE).astype(int)
    target.counts[top : bottom + 1, left : right + 1] = 0


def _draw(target: Target, box: Floats, label: int, trust: float) -> None:
    cells = target.weight.shape[0]
    across, rows = _bell(box[0], box[2], cells), _bell(box[1], box[3], cells)
    bell = rows[1][:, None] * across[1][None, :]
    area = (slice(rows[0], rows[0] + len(rows[1])), slice(across[0], across[0] + len(across[1])))
    np.maximum(target.heat[label][area], bell, out=target.heat[label][area])
    target.counts[area] = np.where(bell == 1, 1, target.counts[area])
    learns = bell >= BOX_FROM
    target.boxes[:, *area][:, learns] = box[:, None]
    target.weight[area][learns] = bell[learns] * trust


def _bell(start: float, end: float, cells: int) -> tuple[int, Floats]:
    """First cell and values along one axis, exactly 1 in the cell that holds the middle."""
    middle = min(cells - 1, int((start + end) / 2 / STRIDE))
    sigma = max(LEAST_SIGMA, (end - start) / STRIDE * BELL)
    reach = int(3 * sigma)
    place = np.arange(max(0, middle - reach), min(cells, middle + reach + 1))
    return int(place[0]), np.exp(-((place - middle) ** 2) / (2 * sigma**2)).astype(np.float32)
