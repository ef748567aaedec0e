"""The starter's first look: fully convolutional, one score per kind and one box for every 4 x 4 px cell.

The trunk works at strides 8, 16 and 32; the last layer answers for the four quarters of each 8 px cell, so that animals
12 px long that stand close to each other keep cells of their own at nearly no cost.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDE = 4
MULTIPLE = 32
N_BEST = 500
BOX_UNIT_PX = 8.0
MAX_LOG_SIDE = 4.0
NO_SCORE = -50.0
RARE = -4.6  # the logarithm of the odds that a cell holds an animal, before anything is learnt


def convolution(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True)
    )


class Residual(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = convolution(width, width)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, inputs: Tensor) -> Tensor:
        return functional.relu(inputs + self.second(self.first(inputs)))


class Starter(nn.Module):
    """(n, 3, h, w) RGB 0-255, h and w multiples of 32, to (n, labels + 4, h / 4, w / 4): score logits, then the
    logarithms of the distances from the cell's middle to the box's left, top, right and bottom in units of 8 px."""

    def __init__(self, n_labels: int) -> None:
        super().__init__()
        self.n_labels = n_labels
        self.stem = nn.Sequential(convolution(3, 16, 2), convolution(16, 32, 2))
        self.stage8 = nn.Sequential(convolution(32, 64, 2), Residual(64))
        self.stage16 = nn.Sequential(convolution(64, 96, 2), Residual(96))
        self.stage32 = nn.Sequential(convolution(96, 128, 2), Residual(128))
        self.from32 = nn.Conv2d(128, 96, 1)
        self.merge16 = convolution(96, 96)
        self.from16 = nn.Conv2d(96, 64, 1)
        # What stride 8 has no room for, an animal of 12 px being one cell and a half: starts as nothing.
        self.detail = nn.Conv2d(32, 64, 2, 2)
        nn.init.zeros_(self.detail.weight)
        nn.init.zeros_(self.detail.bias)
        self.merge8 = convolution(64, 64)
        self.head = convolution(64, 64)
        self.answer = nn.Conv2d(64, 4 * (n_labels + 4), 1)
        bias = torch.zeros(n_labels + 4, 4)
        bias[:n_labels] = RARE
        self.answer.bias = nn.Parameter(bias.reshape(-1))
        nn.init.normal_(self.answer.weight, std=0.01)

    def forward(self, images: Tensor) -> Tensor:
        return self.see(images)[0]

    def see(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What `forward` answers, and the features that it comes from: of the head (n, 64, h / 8, w / 8) and, with
        more of the surroundings, of (n, 96, h / 16, w / 16)."""
        at4 = self.stem(images / 255)
        at8 = self.stage8(at4)
        at16 = self.stage16(at8)
        at16 = self.merge16(at16 + _doubled(self.from32(self.stage32(at16))))
        head = self.head(self.merge8(at8 + _doubled(self.from16(at16)) + self.detail(at4)))
        return functional.pixel_shuffle(self.answer(head), 2), head, at16


def corners(logarithms: Tensor, column: Tensor, row: Tensor) -> Tensor:
    """Boxes (..., 4) in px from logarithms of distances (..., 4) and the cells' columns and rows (...)."""
    reach = logarithms.clamp(max=MAX_LOG_SIDE).exp() * BOX_UNIT_PX
    x, y = (column + 0.5) * STRIDE, (row + 0.5) * STRIDE
    return torch.stack([x - reach[..., 0], y - reach[..., 1], x + reach[..., 2], y + reach[..., 3]], dim=-1)


def decode(raw: Tensor, n_best: int = N_BEST) -> tuple[Tensor, Tensor, Tensor]:
    """The best cells of each image whose score no neighbour beats: corners (n, k, 4), scores (n, k), labels (n, k)."""
    logits, label = raw[:, :-4].max(dim=1)
    ranked = peaks(logits).flatten(1)
    best, index = ranked.topk(min(n_best, ranked.shape[1]), dim=1)
    width = raw.shape[-1]
    logarithms = raw[:, -4:].flatten(2).transpose(1, 2)
    logarithms = logarithms.gather(1, index[..., None].expand(-1, -1, 4))
    return corners(logarithms, index % width, index // width), best.sigmoid(), label.flatten(1).gather(1, index)


def peaks(logits: Tensor) -> Tensor:
    """The logits (n, h, w) where no neighbour is higher, and no score elsewhere."""
    is_peak = logits == functional.max_pool2d(logits, 3, 1, 1)
    return torch.where(is_peak, logits, torch.full_like(logits, NO_SCORE))


def _doubled(features: Tensor) -> Tensor:
    return functional.interpolate(features, scale_factor=2.0, mode="nearest")
