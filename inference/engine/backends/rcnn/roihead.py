"""What looks at every proposal: pooled features in, label logits and box deltas out."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from inference.engine.backends.rcnn.config import ResnetConfig, RoiConfig
from inference.engine.backends.rcnn.layers import Conv
from inference.engine.backends.rcnn.resnet import Block, res5_blocks, stage_channels


class Predictor(nn.Module):
    """(r, labels + 1) logits, the background last, and (r, labels * 4) deltas, or (r, 4) where labels share them."""

    def __init__(self, config: RoiConfig, width: int) -> None:
        super().__init__()
        self.cls_score = nn.Linear(width, config.n_labels + 1)
        self.bbox_pred = nn.Linear(width, 4 if config.is_agnostic else 4 * config.n_labels)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        return self.cls_score(features), self.bbox_pred(features)


class Ahead(nn.Module):
    """A block's first convolution and its shortcut, without their biases, on whole maps (n, channels, h, w)."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        self.block = block

    def forward(self, maps: Tensor) -> Tensor:
        """(n, channels of the first, then of the shortcut, h, w)"""
        return torch.cat([functional.conv2d(maps, conv.weight) for conv in self._convs()], dim=1)

    def rest(self, pooled: Tensor) -> Tensor:
        """The block's answer, from what was pooled of those two."""
        width = self.block.conv1.out_channels
        parts = pooled[:, :width], pooled[:, width:]
        found = [part + conv.bias.view(-1, 1, 1) for part, conv in zip(parts, self._convs(), strict=True)]
        return self.block.after(*found)

    def _convs(self) -> list[Any]:
        return [self.block.conv1, self.block.shortcut]


class Res5Head(nn.Module):
    """The ResNet's last stage over each proposal, then the mean of its cells.

    Where the stage strides in its first 1x1 convolutions, only every second bin along each side is ever read. Then
    `pool_step` is 2: the caller pools those bins alone, and the stage does not stride. And those convolutions, which
    see every cell alone, are computed `ahead` of pooling, which is a weighted sum of cells: a patch has fewer cells
    than its proposals have bins. Nothing else changes.
    """

    def __init__(self, config: RoiConfig, resnet: ResnetConfig) -> None:
        super().__init__()
        self.pool_step = 2 if resnet.stride_in_1x1 else 1
        self.res5 = res5_blocks(resnet, stride=2 // self.pool_step)
        self.box_predictor = Predictor(config, stage_channels(resnet, 5))
        first = self.res5[0]
        self.ahead = Ahead(first) if resnet.stride_in_1x1 and isinstance(first, Block) else None

    def forward(self, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """`pooled`: (r, channels, side, side), of what `ahead` answers where there is such."""
        first, second, third = self.res5
        features = first(pooled) if self.ahead is None else self.ahead.rest(pooled)
        features = third(second(features))
        found: tuple[Tensor, Tensor] = self.box_predictor(features.mean(dim=(2, 3)))
        return found


class BoxHead(nn.Module):
    """3x3 convolutions, then fully connected layers, a ReLU after each."""

    def __init__(self, config: RoiConfig, channels: int) -> None:
        super().__init__()
        self.convs = [f"conv{i + 1}" for i in range(len(config.convs))]
        self.fcs = [f"fc{i + 1}" for i in range(len(config.fcs))]
        for name, width in zip(self.convs, config.convs, strict=True):
            self.add_module(name, Conv((channels, width), 3, norm=config.norm or None))
            channels = width
        self.width = channels * config.bins**2
        for name, width in zip(self.fcs, config.fcs, strict=True):
            self.add_module(name, nn.Linear(self.width, width))
            self.width = width

    def forward(self, pooled: Tensor) -> Tensor:
        for name in self.convs:
            pooled = functional.relu_(self.get_submodule(name)(pooled))
        features = pooled.flatten(1)
        for name in self.fcs:
            features = functional.relu_(self.get_submodule(name)(features))
        return features


class FcHead(nn.Module):
    """A box head over each proposal's pooled features."""

    pool_step = 1
    ahead = None

    def __init__(self, config: RoiConfig, channels: int) -> None:
        super().__init__()
        self.box_head = BoxHead(config, channels)
        self.box_predictor = Predictor(config, self.box_head.width)

    def forward(self, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """`pooled`: (r, channels, bins, bins)."""
        found: tuple[Tensor, Tensor] = self.box_predictor(self.box_head(pooled))
        return found
