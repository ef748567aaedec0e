"""Non-maximum suppression of many images at once, on any device.

Greedy suppression is defined box by box, but a box's fate hangs only on better boxes that overlap it. So blocks of
boxes, best first, are settled together: everything is kept that no kept better box suppresses, again and again until
nothing changes. That is exact, takes as many rounds as the longest chain of boxes that suppress one another, and each
round is one matrix product.
"""

import torch
from torch import Tensor

BLOCK = 512


def suppress(boxes: Tensor, scores: Tensor, image: Tensor, group: Tensor, *, iou: float, limit: int) -> Tensor:
    """Indices of the boxes kept, image by image, best first, at most `limit` an image (-1: all).

    `boxes` (n, 4) px, `scores` (n,), `image` (n,) and `group` (n,) whole numbers: only boxes of one group of one image
    suppress each other, where their intersection over union is above `iou`. Two empty boxes do not overlap. Equal
    scores keep their order.
    """
    order = torch.sort(scores, descending=True, stable=True).indices
    order = order[torch.sort(image[order], stable=True).indices]
    if not len(order):
        return order
    ranked = _Ranked.of(boxes[order], image[order], group[order])
    kept = ranked.kept(iou, limit if limit >= 0 else len(order))
    return order[kept[ranked.row, ranked.column]]


class _Ranked:
    """Boxes (images, most, 4) with their groups, best first; images with fewer are filled up at the end."""

    def __init__(self, row: Tensor, column: Tensor, boxes: Tensor, group: Tensor, is_real: Tensor) -> None:
        self.row, self.column = row, column
        self.boxes, self.group, self.is_real = boxes, group, is_real

    @classmethod
    def of(cls, boxes: Tensor, image: Tensor, group: Tensor) -> "_Ranked":
        counts = torch.bincount(image)
        row = torch.cumsum(counts > 0, 0)[image] - 1
        column = torch.arange(len(image), device=image.device) - (torch.cumsum(counts, 0) - counts)[image]
        shape = int(row[-1]) + 1, int(counts.max())
        padded, groups = boxes.new_zeros(*shape, 4), group.new_zeros(shape)
        padded[row, column], groups[row, column] = boxes, group
        is_real = torch.zeros(shape, dtype=torch.bool, device=boxes.device)
        is_real[row, column] = True
        return cls(row, column, padded, groups, is_real)

    def kept(self, iou: float, limit: int) -> Tensor:
        """(images, most) bool."""
        kept = torch.zeros_like(self.is_real)
        n_kept = kept.sum(1)
        for at in range(0, self.boxes.shape[1], BLOCK):
            block = slice(at, at + BLOCK)
            fresh = self._unsuppressed(block, kept[:, :at], iou)
            kept[:, block] = self._settled(block, fresh, iou)
            kept[:, block] &= torch.cumsum(kept[:, block], 1) <= (limit - n_kept)[:, None]
            n_kept = kept.sum(1)
            if bool((n_kept >= limit).all()):
                break
        return kept

    def _unsuppressed(self, block: slice, kept: Tensor, iou: float) -> Tensor:
        """(images, block): real, and not suppressed by a box kept in an earlier block."""
        most = int(kept.sum(1).max()) if kept.shape[1] else 0
        if not most:
            return self.is_real[:, block]
        best = torch.sort(kept.to(torch.uint8), dim=1, descending=True, stable=True).indices[:, :most]
        is_kept = kept.gather(1, best)
        boxes = self.boxes.gather(1, best[..., None].expand(-1, -1, 4))
        over = _overlaps(boxes, self.boxes[:, block], iou) & is_kept[..., None]
        over &= self.group.gather(1, best)[..., None] == self.group[:, None, block]
        return self.is_real[:, block] & ~over.any(1)

    def _settled(self, block: slice, fresh: Tensor, iou: float) -> Tensor:
        boxes, group = self.boxes[:, block], self.group[:, block]
        over = _overlaps(boxes, boxes, iou) & (group[:, :, None] == group[:, None, :])
        suppresses = over.triu_(diagonal=1).to(boxes.dtype)
        kept = fresh
        while True:
            hit = torch.bmm(kept[:, None].to(boxes.dtype), suppresses)[:, 0] > 0
            settled = fresh & ~hit
            if bool((settled == kept).all()):
                return settled
            kept = settled


def _overlaps(first: Tensor, second: Tensor, iou: float) -> Tensor:
    """(images, n, m) bool: whose intersection over union is above `iou`."""
    area, other = _area(first), _area(second)
    width = torch.minimum(first[:, :, None, 2], second[:, None, :, 2])
    width.sub_(torch.maximum(first[:, :, None, 0], second[:, None, :, 0])).clamp_(min=0)
    height = torch.minimum(first[:, :, None, 3], second[:, None, :, 3])
    height.sub_(torch.maximum(first[:, :, None, 1], second[:, None, :, 1])).clamp_(min=0)
    inside = width.mul_(height)
    union = (area[:, :, None] + other[:, None, :]).sub_(inside)
    return inside.div_(union) > iou  # 0 / 0 is no number and not above anything


def _area(boxes: Tensor) -> Tensor:
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
