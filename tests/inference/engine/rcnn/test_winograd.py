"""3x3 convolutions with fewer products."""

from tests.training.pytorch import need_pytorch

need_pytorch()

import pytest
import torch
from torch.nn import functional

from inference.engine.backends.rcnn.layers import Conv
from inference.engine.backends.rcnn.winograd import convolve, transformed

pytestmark = pytest.mark.usefixtures("one_thread")


# Sides that are, and are not, a whole number of windows; more windows than go together, along rows and along maps.
@pytest.mark.parametrize(
    ("n_maps", "height", "width", "dilation"),
    [(1, 7, 7, 1), (3, 8, 5, 1), (1, 1, 2, 1), (2, 25, 26, 2), (1, 13, 9, 3), (2, 70, 64, 1), (80, 7, 7, 1)],
)
def test_the_answer_is_that_of_the_direct_way_but_for_rounding(n_maps, height, width, dilation) -> None:
    random = torch.Generator().manual_seed(1)
    maps = torch.randn(n_maps, 16, height, width, generator=random)
    weight, bias = torch.randn(6, 16, 3, 3, generator=random), torch.randn(6, generator=random)
    wanted = functional.conv2d(maps.double(), weight.double(), bias.double(), padding=dilation, dilation=dilation)
    found = convolve(maps, transformed(weight), bias, dilation)
    assert found.shape == wanted.shape
    assert (found - wanted).abs().max() < 1e-5 * wanted.abs().max()


def conv(channels: int = 128, kernel: int = 3, **how: int) -> Conv:
    made = Conv((channels, channels), kernel, **how)
    made.requires_grad_(False).spare()
    return made


@pytest.mark.parametrize(
    "plain", [conv(kernel=1), conv(stride=2), conv(groups=2), conv(channels=64)], ids=["1x1", "stride", "groups", "few"]
)
def test_what_would_not_be_quicker_stays_as_it_is(plain: Conv) -> None:
    assert plain.spared is None


def test_a_sparing_convolution_is_asked_at_any_dilation() -> None:
    made, maps = conv(), torch.randn(1, 128, 9, 9, generator=torch.Generator().manual_seed(1))
    assert made.spared is not None
    for by in (1, 2):
        wanted = functional.conv2d(maps, made.weight, made.bias, padding=by, dilation=by)
        assert torch.allclose(made.dilated(maps, by), wanted, atol=1e-4)
