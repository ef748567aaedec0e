"""Anchors: the boxes that a network's answers are relative to."""

from functools import lru_cache

import numpy as np

from inference.engine.backends.rcnn.config import NetworkConfig
from inference.engine.boxes import Floats


def cell_anchors(sizes: tuple[float, ...], ratios: tuple[float, ...]) -> Floats:
    """(sizes * ratios, 4) float32: left, top, right, bottom in px around a cell's point, size by size and within
    each ratio by ratio. A size is the square root of the area, a ratio height to width."""
    width = np.sqrt(np.array(sizes, np.float64)[:, None] ** 2 / np.array(ratios, np.float64)[None, :]).reshape(-1)
    height = width * np.tile(np.array(ratios, np.float64), len(sizes))
    return (np.stack([-width, -height, width, height], axis=1) / 2).astype(np.float32)


def grid_anchors(cells: Floats, grid: tuple[int, int], stride: int, offset: float) -> Floats:
    """(rows * columns * anchors, 4) float32 in px of the input: row by row, then column by column, then anchor by
    anchor. `grid` is rows and columns; the first point lies `offset` strides from the corner."""
    rows, columns = ((np.arange(n, dtype=np.float32) + np.float32(offset)) * np.float32(stride) for n in grid)
    y, x = np.meshgrid(rows, columns, indexing="ij")
    points = np.stack([x, y, x, y], axis=-1).reshape(-1, 1, 4)
    anchors: Floats = (points + cells[None]).reshape(-1, 4)
    return anchors


@lru_cache(maxsize=16)
def level_anchors(config: NetworkConfig, grids: tuple[tuple[int, int], ...], strides: tuple[int, ...]) -> list[Floats]:
    """The anchors of every level, for features of these rows and columns."""
    anchors = config.anchors
    cells = [cell_anchors(sizes, ratios) for sizes, ratios in zip(anchors.sizes, anchors.ratios, strict=True)]
    return [
        grid_anchors(cell, grid, stride, anchors.offset)
        for cell, grid, stride in zip(cells, grids, strides, strict=True)
    ]
