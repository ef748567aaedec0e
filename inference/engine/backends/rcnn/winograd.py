"""3x3 convolutions with a quarter of the products (Winograd's: arXiv 1509.09308), as PyTorch's matrix products.

Four outputs in a row need twelve products of six inputs with three weights. Seen as a product of polynomials, which six
of their values determine, they need six; along both axes 36 for 16 outputs instead of 144. What is answered differs by
rounding alone, about twice as much as the direct way.
"""

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

OUTPUTS, WEIGHTS = 4, 3  # along one axis
INPUTS = OUTPUTS + WEIGHTS - 1
# Where the polynomials are evaluated, besides infinity. Small numbers, that the values stay of one size.
POINTS = (0.0, 1.0, -1.0, 2.0, -2.0)
# With fewer channels, moving the values costs more than the products that are spared.
LEAST_CHANNELS = 128
# So many windows at once stay in a processor's cache.
TILES = 128


def transformed(weight: Tensor) -> Tensor:
    """(36, c, out) from the weights (out, c, 3, 3) of a convolution."""
    _, rows, _ = _matrices()
    both = torch.from_numpy(np.kron(rows, rows)).to(weight.device)
    seen = both @ weight.double().permute(2, 3, 1, 0).reshape(WEIGHTS**2, -1)
    return seen.float().view(INPUTS**2, weight.shape[1], weight.shape[0])


def convolve(maps: Tensor, weights: Tensor, bias: Tensor, dilation: int) -> Tensor:
    """(n, out, h, w) in channels-last memory: `maps` (n, c, h, w) convolved with `transformed` weights, stride 1, zeros
    around them so that the size is kept; `bias` (out,)."""
    height, width = maps.shape[2:]
    down, across = (-(-side // (OUTPUTS * dilation)) for side in (height, width))
    windows = _windows(maps, down, across, dilation)
    whole = maps.new_empty(len(maps), down, OUTPUTS, dilation, across, OUTPUTS, dilation, len(bias))
    a_row = across * dilation**2
    n_maps, n_rows = max(1, TILES // (down * a_row)), max(1, TILES // a_row)
    for at in range(0, len(maps), n_maps):
        for row in range(0, down, n_rows):
            some = slice(at, at + n_maps), slice(row, row + n_rows)
            whole[some] = _multiplied(windows[:, :, *some], weights)
    rows, columns = (count * OUTPUTS * dilation for count in (down, across))
    return (whole.view(len(maps), rows, columns, -1)[:, :height, :width] + bias).permute(0, 3, 1, 2)


def _multiplied(windows: Tensor, weights: Tensor) -> Tensor:
    """(n, down, 4, dilation, across, 4, dilation, out) of some windows."""
    into, out_of = _products(windows.device)
    seen = (into @ windows.reshape(INPUTS**2, -1)).view(INPUTS**2, -1, windows.shape[-1])
    found = out_of @ torch.matmul(seen, weights).view(INPUTS**2, -1)
    return found.view(OUTPUTS, OUTPUTS, *windows.shape[2:-1], -1).permute(2, 3, 0, 5, 4, 1, 6, 7)


def _windows(maps: Tensor, down: int, across: int, dilation: int) -> Tensor:
    """(6, 6, n, down, across, dilation, dilation, c): the inputs of every 4 x 4 outputs, a view that repeats."""
    _, channels, height, width = maps.shape
    sides = [(count * OUTPUTS + WEIGHTS - 1) * dilation for count in (down, across)]
    around = (0, 0, dilation, sides[1] - width - dilation, dilation, sides[0] - height - dilation)
    padded = functional.pad(maps.permute(0, 2, 3, 1), around)
    of_map, row, column, _ = (sides[0] * sides[1] * channels, sides[1] * channels, channels, 1)
    shape = (INPUTS, INPUTS, len(maps), down, across, dilation, dilation, channels)
    next_tile = OUTPUTS * dilation
    steps = (dilation * row, dilation * column, of_map, next_tile * row, next_tile * column, row, column, 1)
    return padded.contiguous().as_strided(shape, steps)


@lru_cache(maxsize=4)
def _products(device: torch.device) -> tuple[Tensor, Tensor]:
    """(36, 36) from inputs to values, and (16, 36) from products of values to outputs; each for both axes at once."""
    into, _, out_of = (torch.from_numpy(np.kron(each, each).astype(np.float32)) for each in _matrices())
    return into.to(device), out_of.to(device)


@lru_cache(maxsize=1)
def _matrices() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """For one axis: (6, 6) for inputs, (6, 3) for weights, (4, 6) for outputs (Toom and Cook's construction)."""
    points = np.array(POINTS)
    apart = np.array([np.prod([here - other for other in POINTS if other != here]) for here in POINTS])
    weights = np.vstack([np.vander(points, WEIGHTS, increasing=True) / apart[:, None], [0, 0, 1]])
    outputs = np.hstack([np.vander(points, OUTPUTS, increasing=True).T, [[0]] * (OUTPUTS - 1) + [[1]]])
    without = [np.poly([other for other in POINTS if other != here])[::-1] for here in POINTS]
    inputs = np.zeros((INPUTS, INPUTS))
    inputs[:-1, :-1] = without
    inputs[-1] = np.poly(POINTS)[::-1]
    return inputs, weights, outputs
