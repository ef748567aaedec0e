"""The feature pyramid (arXiv 1612.03144) over a ResNet's stages, with the levels above them."""

from torch import Tensor, nn
from torch.nn import functional

from inference.engine.backends.rcnn.config import FpnConfig, ResnetConfig
from inference.engine.backends.rcnn.layers import Conv
from inference.engine.backends.rcnn.resnet import Resnet, stage_channels


class Convs(nn.Module):
    """p6 from the last stage's features and p7 from p6, by convolutions of stride 2, as RetinaNet has them."""

    def __init__(self, before: int, channels: int) -> None:
        super().__init__()
        self.p6 = Conv((before, channels), 3, stride=2)
        self.p7 = Conv((channels, channels), 3, stride=2)

    def forward(self, features: Tensor) -> list[Tensor]:
        p6 = self.p6(features)
        return [p6, self.p7(functional.relu(p6))]


class Fpn(nn.Module):
    """Features of the same number of channels for every level, by name: p2, p3, ..."""

    def __init__(self, config: FpnConfig, resnet: ResnetConfig) -> None:
        super().__init__()
        self.config = config
        self.bottom_up = Resnet(resnet)
        norm = config.norm or None
        for stage in config.stages:
            before = stage_channels(resnet, int(stage[-1]))
            self.add_module(f"fpn_lateral{stage[-1]}", Conv((before, config.channels), 1, norm=norm))
            self.add_module(f"fpn_output{stage[-1]}", Conv((config.channels, config.channels), 3, norm=norm))
        last = stage_channels(resnet, int(config.stages[-1][-1]))
        self.top_block = Convs(last, config.channels) if config.top == "convs" else None

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        stages = self.bottom_up(images)
        levels: list[Tensor] = []
        above: Tensor | None = None
        for stage in reversed(self.config.stages):
            above = self._fused(self.get_submodule(f"fpn_lateral{stage[-1]}")(stages[stage]), above)
            levels.insert(0, self.get_submodule(f"fpn_output{stage[-1]}")(above))
        if self.top_block is None:
            levels.append(functional.max_pool2d(levels[-1], kernel_size=1, stride=2))
        else:
            levels += self.top_block(stages[self.config.stages[-1]])
        return dict(zip(self.config.levels, levels, strict=True))

    def _fused(self, lateral: Tensor, above: Tensor | None) -> Tensor:
        if above is None:
            return lateral
        fused = lateral + functional.interpolate(above, scale_factor=2.0, mode="nearest")
        return fused / 2 if self.config.is_average else fused
