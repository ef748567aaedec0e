"""ResNet and ResNeXt with bottleneck blocks (arXiv 1512.03385, 1611.05431), and TridentNet's stage (1901.01892).

Modules are named as in Detectron2, so that a checkpoint's names are theirs. An input of (n, 3, height, width) gives
features of 4, 8, 16 and 32 px a cell for res2 to res5; with TridentNet's branches asked all at once, those of its
stage and after have n images for each branch, branch after branch.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from inference.engine.backends.rcnn.config import ResnetConfig
from inference.engine.backends.rcnn.layers import Conv

BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


class Stem(nn.Module):
    def __init__(self, channels: int, norm: str) -> None:
        super().__init__()
        self.conv1 = Conv((3, channels), 7, stride=2, norm=norm)

    def forward(self, images: Tensor) -> Tensor:
        return functional.max_pool2d(functional.relu_(self.conv1(images)), kernel_size=3, stride=2, padding=1)


class Block(nn.Module):
    """1x1, 3x3, 1x1 beside a shortcut; the stride is the first's or the second's."""

    def __init__(
        self, config: ResnetConfig, number: int, *, is_first: bool, stride: int = 1, dilation: int = 1
    ) -> None:
        """`number` of the stage, 2 to 5."""
        super().__init__()
        middle, after = stage_width(config, number), stage_channels(config, number)
        before = stage_input(config, number) if is_first else after
        first, second = (stride, 1) if config.stride_in_1x1 else (1, stride)
        norm, groups = config.norm, config.groups
        self.shortcut = Conv((before, after), 1, stride=stride, norm=norm) if before != after else None
        self.conv1 = Conv((before, middle), 1, stride=first, norm=norm)
        self.conv2 = Conv((middle, middle), 3, stride=second, dilation=dilation, groups=groups, norm=norm)
        self.conv3 = Conv((middle, after), 1, norm=norm)

    def forward(self, inside: Tensor) -> Tensor:
        beside = inside if self.shortcut is None else self.shortcut(inside)
        return self.after(self.conv1(inside), beside)

    def after(self, narrow: Tensor, beside: Tensor) -> Tensor:
        """The block's answer from those of its first convolution and its shortcut."""
        found: Tensor = self.conv3(functional.relu_(self.conv2(functional.relu_(narrow))))
        return functional.relu_(found.add_(beside))


class BranchedBlock(Block):
    """A block whose 3x3 convolution sees the same weights at several dilations, a branch each."""

    def __init__(self, config: ResnetConfig, number: int, *, is_first: bool, stride: int = 1) -> None:
        super().__init__(config, number, is_first=is_first, stride=stride)
        self.dilations, self.is_first = config.dilations, is_first

    def forward(self, inside: Tensor) -> Tensor:
        n_branches = len(self.dilations)
        beside = inside if self.shortcut is None else self.shortcut(inside)
        narrow = functional.relu_(self.conv1(inside))
        chunks = [] if self.is_first else narrow.chunk(n_branches)
        parts = [narrow if self.is_first else chunks[at] for at in range(n_branches)]
        seen = torch.cat([self.conv2.dilated(part, by) for part, by in zip(parts, self.dilations, strict=True)])
        found: Tensor = self.conv3(functional.relu_(seen))
        return functional.relu_(found.add_(beside.repeat(n_branches, 1, 1, 1) if self.is_first else beside))


class Resnet(nn.Module):
    """Stem and stages as far as anything is read from."""

    def __init__(self, config: ResnetConfig) -> None:
        super().__init__()
        self.out = config.out
        self.stem = Stem(config.stem_channels, config.norm)
        self.stages = [f"res{number}" for number in range(2, int(max(config.out)[-1]) + 1)]
        for name in self.stages:
            self.add_module(name, _stage(config, int(name[-1])))

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        features, found = self.stem(images), {}
        for name in self.stages:
            features = self.get_submodule(name)(features)
            if name in self.out:
                found[name] = features
        return found


def stage_width(config: ResnetConfig, number: int) -> int:
    """Channels inside the blocks of a stage."""
    return int(config.groups * config.width_per_group * 2 ** (number - 2))


def stage_channels(config: ResnetConfig, number: int) -> int:
    """Channels that a stage answers with."""
    return int(config.res2_channels * 2 ** (number - 2))


def stage_input(config: ResnetConfig, number: int) -> int:
    return config.stem_channels if number == 2 else stage_channels(config, number - 1)


def stage_stride(config: ResnetConfig, number: int) -> int:
    """px of the input between two cells of a stage's features."""
    return int(2**number) // config.res5_dilation if number == 5 else int(2**number)


def res5_blocks(config: ResnetConfig, stride: int) -> nn.Sequential:
    """Three plain blocks of stage 5, as the head over proposals uses them, of this stride."""
    first = Block(config, 5, is_first=True, stride=stride)
    return nn.Sequential(first, *(Block(config, 5, is_first=False) for _ in range(2)))


def _stage(config: ResnetConfig, number: int) -> nn.Sequential:
    dilation = config.res5_dilation if number == 5 else 1
    strides = [1 if number == 2 or dilation == 2 else 2] + [1] * (BLOCKS[config.depth][number - 2] - 1)
    is_trident = f"res{number}" == config.trident_stage
    make: Callable[..., Block] = partial(BranchedBlock, config, number)
    if not is_trident or config.branches == 1:
        make = partial(Block, config, number, dilation=config.dilations[0] if is_trident else dilation)
    return nn.Sequential(*(make(is_first=at == 0, stride=stride) for at, stride in enumerate(strides)))
