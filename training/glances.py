"""Batches of places for the second look, tile by tile: turned, mirrored, moved a little, with other light."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from training.crops import relit
from training.places import TILE_PX, Judged
from training.second import N_SIDES, WINDOW_PX

SPAN = (40, WINDOW_PX)  # px of the window that are enlarged to the whole of it, now and then
ENLARGED = 0.5
HARD_SHARE = 0.4
MOST = 96  # places of one tile; of more, those nearest to one of them
FEWER = 0.5  # how many tiles lose some of their places
Random = np.random.Generator
Floats = NDArray[np.float32]
Indices = NDArray[np.integer]


@dataclass
class Tiles:
    """Places, and where each tile's begin and end among them."""

    places: Judged
    starts: Indices = field(init=False)
    ends: Indices = field(init=False)

    def __post_init__(self) -> None:
        self.starts = np.flatnonzero(np.diff(self.places.tiles, prepend=-1))
        self.ends = np.append(self.starts[1:], len(self.places))

    def draw(self, number: int, random: Random, weight: Floats | None = None) -> list[Judged]:
        """Tiles, one or more, until there are so many places; likelier where the places weigh more on average, so that
        a single hard one is not lost behind crowds of easy ones."""
        heavy = np.ones(len(self.starts))
        if weight is not None:
            heavy = np.add.reduceat(weight, self.starts, dtype=np.float64) / (self.ends - self.starts)
        up_to = np.cumsum(heavy)
        drawn: list[Judged] = []
        while sum(map(len, drawn)) < number:
            tile = np.searchsorted(up_to, random.random() * up_to[-1], side="right").clip(max=len(up_to) - 1)
            drawn.append(self.places.take(self._some(self.starts[tile], self.ends[tile], random)))
        return drawn

    def _some(self, start: int, end: int, random: Random) -> Indices:
        index = np.arange(start, end)
        if len(index) > MOST:
            middle = self.places.squares[index, :2] + self.places.squares[index, 2:]
            index = np.sort(index[np.abs(middle - middle[random.integers(len(index))]).max(axis=1).argsort()[:MOST]])
        if len(index) > 1 and random.random() < FEWER:
            kept = random.random(len(index)) < random.uniform(0.4, 1)
            index = index[kept] if kept.any() else index
        return index


@dataclass
class Glances:
    """Endless batches (what `SecondLook` takes, windows as uint8; what `second_loss_of` wants) of `batch` places or
    some more. A `photo_share` of places is of real photos, if there are any. Once `wrong` (n) says how far off the
    answers are for the places of scenes, a `HARD_SHARE` of a batch is of tiles drawn by it."""

    scenes: Tiles
    photos: Tiles | None
    batch: int
    photo_share: float
    seed: int
    wrong: Floats | None = None

    def __iter__(self) -> Iterator[tuple[tuple[Tensor, ...], tuple[Tensor, ...]]]:
        random = np.random.default_rng(self.seed)
        # Tiles are not cut to fit: photos have many places a tile, so only some batches have one.
        photo_tiles = self.photo_share * self.batch / MOST
        while True:
            n_hard = round(self.batch * HARD_SHARE) if self.wrong is not None else 0
            drawn = self.scenes.draw(self.batch - n_hard, random)
            if n_hard:
                drawn += self.scenes.draw(n_hard, random, self.wrong)
            if self.photos:
                drawn += self.photos.draw(MOST * random.poisson(photo_tiles), random)
            yield _batch([seen_otherwise(tile, random) for tile in drawn])


def _batch(tiles: list[Judged]) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    all_of = Judged.together(tiles)
    inputs = (all_of.windows.transpose(0, 3, 1, 2), all_of.felt, all_of.squares, all_of.boxes, all_of.tiles)
    return tuple(map(_tensor, inputs)), tuple(map(_tensor, all_of.wanted))


def _tensor(array: NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array))


def seen_otherwise(tile: Judged, random: Random) -> Judged:
    """The places of one tile, turned and relit all alike, so that a herd stays one; half of the tiles then a little
    nearer, each place otherwise."""
    for _ in range(random.integers(4)):
        tile = turned(tile)
    if random.random() < 0.5:
        tile = mirrored(tile)
    tile = replace(tile, windows=relit(tile.windows, random))
    if random.random() < ENLARGED:
        tile = _enlarged(tile, random)
    return tile


def turned(tile: Judged) -> Judged:
    """By a quarter, counter-clockwise."""

    def corners(boxes: Floats, side: float) -> Floats:
        return np.stack([boxes[:, 1], side - boxes[:, 2], boxes[:, 3], side - boxes[:, 0]], axis=1)

    return replace(
        tile, windows=np.rot90(tile.windows, axes=(1, 2)), felt=_sides(tile.felt, [1, 2, 3, 0]),
        boxes=corners(tile.boxes, 1), animals=corners(tile.animals, 1), squares=corners(tile.squares, TILE_PX),
    )  # fmt: skip


def mirrored(tile: Judged) -> Judged:
    """Left to right."""

    def corners(boxes: Floats, side: float) -> Floats:
        return np.stack([side - boxes[:, 2], boxes[:, 1], side - boxes[:, 0], boxes[:, 3]], axis=1)

    return replace(
        tile, windows=tile.windows[:, :, ::-1], felt=_sides(tile.felt, [2, 1, 0, 3]),
        boxes=corners(tile.boxes, 1), animals=corners(tile.animals, 1), squares=corners(tile.squares, TILE_PX),
    )  # fmt: skip


def _sides(felt: Floats, order: list[int]) -> Floats:
    return np.concatenate([felt[:, order], felt[:, N_SIDES:]], axis=1)


def _enlarged(tile: Judged, random: Random) -> Judged:
    span = random.integers(*SPAN, len(tile))
    corner = (random.random((len(tile), 2)) * (WINDOW_PX - span + 1)[:, None]).astype(int)
    parts = [
        Image.fromarray(window[top : top + size, left : left + size])
        for window, (left, top), size in zip(np.ascontiguousarray(tile.windows), corner, span, strict=True)
    ]
    whole = (WINDOW_PX, WINDOW_PX)
    share = (span / WINDOW_PX).astype(np.float32)[:, None]
    start = (corner / WINDOW_PX).astype(np.float32)
    side = tile.squares[:, 2:3] - tile.squares[:, :1]
    squares = tile.squares[:, :2] + start * side
    return replace(
        tile, windows=np.stack([np.asarray(part.resize(whole, Image.Resampling.BILINEAR)) for part in parts]),
        boxes=(tile.boxes - np.tile(start, 2)) / share, animals=(tile.animals - np.tile(start, 2)) / share,
        squares=np.concatenate([squares, squares + share * side], axis=1),
    )  # fmt: skip
