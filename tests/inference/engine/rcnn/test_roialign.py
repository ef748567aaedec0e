"""Pooling, held against the definition: bin by bin, sample by sample."""

import math

from tests.training.pytorch import need_pytorch

need_pytorch()

import numpy as np
import pytest
import torch

from inference.engine.backends.rcnn.roialign import Pooling, fitting_level, pool, pool_levels

BOXES = np.array(
    [
        [10.3, 4.7, 90.1, 70.9],
        [0, 0, 8, 8],
        [-20, -9, 30, 20],
        [100, 60, 220, 160],
        [64, 32, 64.5, 120],
        [5, 5, 125, 92],
    ],
    np.float32,
)


def bilinear(cells: np.ndarray, y: float, x: float) -> np.ndarray:
    height, width = cells.shape[1:]
    if y < -1 or y > height or x < -1 or x > width:
        return np.zeros(len(cells))
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    top, left = int(y), int(x)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    down, across = y - top, x - left
    upper = cells[:, top, left] * (1 - across) + cells[:, top, right] * across
    lower = cells[:, bottom, left] * (1 - across) + cells[:, bottom, right] * across
    return upper * (1 - down) + lower * down


def slowly(cells: np.ndarray, scale: float, box: np.ndarray, pooling: Pooling) -> np.ndarray:
    left, top, right, bottom = box * scale - (0.5 if pooling.is_aligned else 0)
    width, height = right - left, bottom - top
    if not pooling.is_aligned:
        width, height = max(width, 1), max(height, 1)
    bins = pooling.bins
    down, across = (pooling.sampling or math.ceil(side / bins) for side in (height, width))
    pooled = np.zeros((len(cells), bins, bins))
    for row in range(bins):
        for column in range(bins):
            for i in range(down):
                for j in range(across):
                    y = top + height / bins * (row + (i + 0.5) / down)
                    x = left + width / bins * (column + (j + 0.5) / across)
                    pooled[:, row, column] += bilinear(cells, y, x) / (down * across)
    return pooled[:, :: pooling.step, :: pooling.step]


@pytest.fixture
def cells() -> torch.Tensor:
    return torch.rand(2, 3, 12, 16, generator=torch.Generator().manual_seed(7))


@pytest.mark.parametrize(
    "pooling",
    [
        Pooling(7),
        Pooling(14, step=2),
        Pooling(7, step=2),
        Pooling(4, sampling=2),
        Pooling(7, is_aligned=False),
        Pooling(3),
    ],
    ids=repr,
)
def test_every_bin_is_the_mean_of_its_samples(cells: torch.Tensor, pooling: Pooling) -> None:
    image = torch.tensor([0, 1, 0, 1, 0, 1])
    pooled = pool(cells, 1 / 8, torch.from_numpy(BOXES), image, pooling)
    maps = cells.double().numpy()[image.numpy()]
    wanted = [slowly(each, 1 / 8, box, pooling) for each, box in zip(maps, BOXES.astype(float), strict=True)]
    assert pooled.shape == (6, 3, pooling.side, pooling.side)
    assert np.abs(pooled.numpy() - np.stack(wanted)).max() < 1e-5


def test_a_box_without_length_has_no_samples(cells: torch.Tensor) -> None:
    line = torch.tensor([[8.0, 8.0, 8.0, 40.0]])
    assert pool(cells, 1 / 8, line, torch.tensor([0]), Pooling(7)).abs().max() == 0


def test_no_boxes_are_pooled_to_nothing(cells: torch.Tensor) -> None:
    pooled = pool(cells, 1 / 8, torch.zeros(0, 4), torch.zeros(0, dtype=torch.long), Pooling(7))
    assert pooled.shape == (0, 3, 7, 7)


@pytest.mark.parametrize(("side", "level"), [(20, 0), (111, 0), (113, 1), (223, 1), (225, 2), (449, 3), (5000, 3)])
def test_a_box_is_pooled_from_the_level_that_fits_its_size(side: float, level: int) -> None:
    assert fitting_level(torch.tensor([[0.0, 0.0, side, side]]), (4, 8, 16, 32)).tolist() == [level]


def test_each_box_comes_back_in_its_place_whatever_its_level() -> None:
    maps = [torch.full((1, 2, 400 // stride, 400 // stride), float(stride)) for stride in (4, 8, 16, 32)]
    boxes = torch.tensor([[0.0, 0.0, side, side] for side in (300, 20, 150)])
    pooled = pool_levels(maps, (4, 8, 16, 32), boxes, torch.zeros(3, dtype=torch.long), Pooling(7))
    assert pooled.round().flatten(1).unique(dim=1).tolist() == [[16], [4], [8]]
