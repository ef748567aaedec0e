"""Pooling the features under each proposal: ROIAlign (arXiv 1703.06870, section 3) as Detectron2 computes it.

A bin is the mean of bilinear samples, and a bilinear sample is a weighted sum of cells: so a bin is one weighted sum
of cells, whose weights are a product of those along its two sides. Samples that lie in one bin share cells; each cell
is read once. The sum over cells is an embedding bag: rows of a table, weighted and added.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

CANONICAL_SIDE, CANONICAL_LEVEL = 224, 4


@dataclass(frozen=True)
class Pooling:
    """`bins` a side of which every `step`-th is pooled; `sampling` points a bin and side, 0: one for each cell that
    the bin is long, rounded up. `is_aligned` puts cells' middles at half px; without it a proposal is at least one
    cell long."""

    bins: int
    sampling: int = 0
    is_aligned: bool = True
    step: int = 1

    @property
    def side(self) -> int:
        """Bins a side that are pooled."""
        return -(-self.bins // self.step)


def pool_levels(
    features: Sequence[Tensor], strides: Sequence[int], boxes: Tensor, image: Tensor, pooling: Pooling
) -> Tensor:
    """(r, channels, side, side): each proposal pooled from the level that fits its size (arXiv 1612.03144, eq. 1).

    `features` (n, channels, h, w) from fine to coarse, `strides` their px a cell, `boxes` (r, 4) px, `image` (r,).
    """
    if len(features) == 1:
        return pool(features[0], 1 / strides[0], boxes, image, pooling)
    level = fitting_level(boxes, strides)
    pooled = features[0].new_empty(len(boxes), pooling.side, pooling.side, features[0].shape[1])
    for at, (maps, stride) in enumerate(zip(features, strides, strict=True)):
        chosen = (level == at).nonzero()[:, 0]
        pooled[chosen] = pool(maps, 1 / stride, boxes[chosen], image[chosen], pooling).permute(0, 2, 3, 1)
    return pooled.permute(0, 3, 1, 2)


def fitting_level(boxes: Tensor, strides: Sequence[int]) -> Tensor:
    """(r,) the index of the level for each box: one of 224 px is pooled at stride 16, half as long at half of it."""
    side = torch.sqrt((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))
    level = torch.floor(CANONICAL_LEVEL + torch.log2(side / CANONICAL_SIDE + 1e-8))
    finest, coarsest = (stride.bit_length() - 1 for stride in (strides[0], strides[-1]))
    return level.clamp(finest, coarsest).long() - finest


def pool(features: Tensor, scale: float, boxes: Tensor, image: Tensor, pooling: Pooling) -> Tensor:
    """(r, channels, side, side) in channels-last memory: `boxes` (r, 4) px pooled from `features` (n, channels, h, w)
    of `scale` cells a px; `image` (r,) says of which image."""
    _, channels, height, width = features.shape
    table = features.permute(0, 2, 3, 1).reshape(-1, channels)
    corners = boxes * scale - (0.5 if pooling.is_aligned else 0.0)
    start, length = corners[:, :2], corners[:, 2:] - corners[:, :2]
    if not pooling.is_aligned:
        length = length.clamp(min=1.0)
    count = torch.full_like(length, pooling.sampling) if pooling.sampling else torch.ceil(length / pooling.bins)
    pooled = table.new_zeros(len(boxes), pooling.side**2, channels)
    for across, down in torch.unique(count.clamp(min=0).long(), dim=0).tolist():
        chosen = ((count[:, 0] == across) & (count[:, 1] == down)).nonzero()[:, 0]
        if not across or not down:
            continue
        columns = _taps(start[chosen, 0], length[chosen, 0], across, width, pooling)
        rows = _taps(start[chosen, 1], length[chosen, 1], down, height, pooling)
        pooled[chosen] = _summed(table, rows, columns, image[chosen] * (height * width), width)
    return pooled.view(len(boxes), pooling.side, pooling.side, channels).permute(0, 3, 1, 2)


def _taps(start: Tensor, length: Tensor, count: int, cells: int, pooling: Pooling) -> tuple[Tensor, Tensor]:
    """Along one side of each proposal, for each bin: which cells (r, side, taps) it reads, and their weights.

    `count` samples a bin. Samples more than a cell outside count as 0, those at the border as the outermost cell.
    """
    width = (length / pooling.bins)[:, None, None]
    bins = torch.arange(0, pooling.bins, pooling.step, device=start.device)[None, :, None]
    within = (torch.arange(count, device=start.device) + 0.5)[None, None, :]
    at = start[:, None, None] + bins * width + within * width / count
    share = ((at >= -1.0) & (at <= cells)).to(at.dtype) / count
    at = at.clamp(0, cells - 1)
    low = at.floor()
    beyond = (at - low) * share
    low = low.long()
    if pooling.sampling:
        return torch.cat([low, (low + 1).clamp(max=cells - 1)], -1), torch.cat([share - beyond, beyond], -1)
    return _shared(low, share - beyond, beyond, cells)


def _shared(low: Tensor, near: Tensor, beyond: Tensor, cells: int) -> tuple[Tensor, Tensor]:
    """Cells and weights where samples are at most a cell apart: those of one bin lie in one more cell than samples."""
    count = low.shape[-1]
    first = low[..., :1]
    weights = near.new_zeros(*near.shape[:-1], count + 1)
    slot = (low - first).clamp(max=count)
    weights.scatter_add_(-1, slot, near)
    weights.scatter_add_(-1, (slot + 1).clamp(max=count), beyond)
    return (first + torch.arange(count + 1, device=low.device)).clamp(max=cells - 1), weights


def _summed(
    table: Tensor, rows: tuple[Tensor, Tensor], columns: tuple[Tensor, Tensor], base: Tensor, width: int
) -> Tensor:
    """(r, side * side, channels) weighted sums of the table's rows."""
    (row, down), (column, across) = rows, columns
    index = base[:, None, None, None, None] + row[:, :, None, :, None] * width + column[:, None, :, None, :]
    weight = (down[:, :, None, :, None] * across[:, None, :, None, :]).to(table.dtype)
    bags = row.shape[0] * row.shape[1] * column.shape[1], row.shape[2] * column.shape[2]
    summed = functional.embedding_bag(index.reshape(bags), table, mode="sum", per_sample_weights=weight.reshape(bags))
    return summed.view(len(row), -1, table.shape[1])
