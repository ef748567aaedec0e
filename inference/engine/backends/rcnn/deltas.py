"""From a network's deltas to boxes (arXiv 1311.2524, appendix C)."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

GROWTH_LIMIT = math.log(1000 / 16)


def decode(deltas: Tensor, boxes: Tensor, weights: Sequence[float]) -> Tensor:
    """(..., 4) boxes in px from (..., 4) deltas (shift right, shift down, growth in width, in height) of `boxes`.

    Shifts are in sides of the box, growth is a logarithm; each is divided by its weight first. A side grows at most
    62.5-fold, as in Detectron2.
    """
    shift = deltas[..., :2] / deltas.new_tensor(weights[:2])
    growth = (deltas[..., 2:] / deltas.new_tensor(weights[2:])).clamp_(max=GROWTH_LIMIT)
    size = boxes[..., 2:] - boxes[..., :2]
    centre = shift * size + (boxes[..., :2] + 0.5 * size)
    half = 0.5 * (growth.exp_() * size)
    return torch.cat([centre - half, centre + half], dim=-1)


def clip(boxes: Tensor, sizes: Tensor) -> Tensor:
    """Boxes (..., 4) cut to images of these sizes, (..., 2) height and width in px."""
    across_down = sizes.flip(-1)
    limits = torch.cat([across_down, across_down], dim=-1).to(boxes.dtype)
    return torch.minimum(boxes.clamp(min=0), limits)
