"""Convolutions whose frozen batch normalisation is folded into weight and bias."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

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
