"""Convolutions whose frozen batch normalisation is folded into weight and bias."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from inference.engine.backends.rcnn import winograd

EPSILON = 1e-5
NORM_KEYS = ("norm.weight", "norm.bias", "norm.running_mean", "norm.running_var")


class Conv(nn.Conv2d):
    """A convolution that keeps the size but for its stride. `has_norm` and `has_bias` say what a checkpoint holds of
    it: `weight`, and the four of `norm` or a `bias`; here the norm is part of weight and bias."""

    def __init__(
        self,
        channels: tuple[int, int],
        kernel: int,
        *,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        norm: str | None = None,
    ) -> None:
        """`channels` come in and go out. `norm` is Detectron2's name of one; "" is neither norm nor bias, None a bias
        alone."""
        padding = dilation * (kernel // 2)
        super().__init__(*channels, kernel, stride, padding, dilation, groups)
        self.has_norm, self.has_bias = bool(norm), norm is None
        self.spared: Tensor | None = None

    def forward(self, maps: Tensor) -> Tensor:
        return self.dilated(maps, self.dilation[0])

    def dilated(self, maps: Tensor, by: int) -> Tensor:
        """The same weights at another dilation; the size is kept all the same."""
        if self.spared is not None and self.bias is not None:
            return winograd.convolve(maps, self.spared, self.bias, by)
        padding = by * (self.kernel_size[0] // 2)
        return functional.conv2d(maps, self.weight, self.bias, self.stride, padding, by, self.groups)

    def spare(self) -> None:
        """From here on computes with fewer products, where that is quicker on a processor: the same but for rounding.
        Its weights then take four times the memory."""
        is_plain = self.kernel_size == (3, 3) and self.stride == (1, 1) and self.groups == 1
        if is_plain and min(self.in_channels, self.out_channels) >= winograd.LEAST_CHANNELS:
            self.spared = winograd.transformed(self.weight)

    def checkpoint_shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Name (after the module's own) and shape of what a checkpoint holds of it."""
        channels = (self.out_channels,)
        yield "weight", tuple(self.weight.shape)
        if self.has_norm:
            yield from ((key, channels) for key in NORM_KEYS)
        elif self.has_bias:
            yield "bias", channels

    def folded(self, stored: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Weight and bias in float32 from a checkpoint's values, computed in float64."""
        weight = stored["weight"]
        if not self.has_norm:
            return weight.float(), stored["bias"].float() if self.has_bias else torch.zeros(self.out_channels)
        scale, shift, mean, variance = (stored[key].double() for key in NORM_KEYS)
        scale = scale / (variance + EPSILON).sqrt()
        return (weight.double() * scale[:, None, None, None]).float(), (shift - mean * scale).float()
