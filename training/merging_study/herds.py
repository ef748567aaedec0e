"""Rendered scenes whose animals stand where merging is hard: across the borders of patches."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from inference.engine.patches import Patch
from training.render.fields import Fields
from training.render.finish import draw_weather, photograph
from training.render.herds import Place
from training.render.kinds import KINDS
from training.render.scene import hillshade, painted, set_stage
from training.render.stage import Prop, Stage, clipped
from training.render.terrain import Terrain

LANDSCAPES = ("savanna", "steppe", "desert")
VIEWS = ("nadir", "oblique")
STANDING = [kind for kind in KINDS if kind != "bird"]
N_LOOSE = 200
Stand = tuple[float, float, float, float, bool]  # x, y, length in px, heading, is young
Random = np.random.Generator


@dataclass(frozen=True, eq=False)
class Herd:
    """`owner`: (height, width), at each pixel the number of the animal seen there, from 1; 0 is the ground. `boxes`:
    (n, 4) px, tight around what is seen of each; `labels`: indices into KINDS; `paint` makes the picture."""

    owner: NDArray[np.int16]
    boxes: NDArray[np.float32]
    labels: NDArray[np.int32]
    paint: Callable[[], NDArray[np.uint8]]


def make_herd(name: str, seed: int, size: tuple[int, int], patches: Sequence[Patch]) -> Herd:
    """The scene of this name and seed, whose animals stand by the borders of these patches."""
    rng = np.random.default_rng([seed, 9])
    view = VIEWS[seed % 2]
    wanted = (LANDSCAPES[seed % len(LANDSCAPES)], view)
    stage, terrain, fields, _ = set_stage(seed, size, wanted, N_LOOSE if name == "herds" else 0)
    kinds = rng.choice(STANDING, 2, replace=False)
    for x, y, length, heading, is_young in ARRANGEMENTS[name](rng, *borders(patches)):
        kind = str(kinds[0] if is_young or rng.random() < 0.8 else kinds[1])
        if 0 <= x < size[0] and 0 <= y < size[1]:
            stage.enter(Place(kind, x, y, heading, length, is_young, 0.0, False), view)
    # What was strewn before the animals came may hang over them, and the truth would not know.
    stage.tall = [prop for prop in stage.tall if _hides_nobody(stage, prop)]
    boxes = np.array([_seen_box(stage, number) for number in range(1, len(stage.actors) + 1)], np.float32)
    labels = np.array([KINDS.index(actor.place.kind) for actor in stage.actors], np.int32)
    return Herd(stage.owner, boxes.reshape(-1, 4), labels, partial(_paint, stage, terrain, fields, seed))


def borders(patches: Sequence[Patch]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where patches end inside the image: the x of upright borders, the y of level ones."""
    width, height = max(patch.right for patch in patches), max(patch.bottom for patch in patches)
    xs = {edge for patch in patches for edge in (patch.left, patch.right)} - {0, width}
    ys = {edge for patch in patches for edge in (patch.top, patch.bottom)} - {0, height}
    return np.array(sorted(xs)), np.array(sorted(ys))


def _nothing(_rng: Random, _xs: NDArray[np.int64], _ys: NDArray[np.int64]) -> Iterator[Stand]:
    yield from ()


def _crowds(rng: Random, xs: NDArray[np.int64], ys: NDArray[np.int64]) -> Iterator[Stand]:
    """Crowds that stand as close as bodies allow, each across a corner of patches."""
    for x, y in [(x, y) for x in xs for y in ys]:
        length = rng.uniform(24, 48)
        spacing = 0.9 * length
        for row, column in np.ndindex(9, 9):
            away = (np.array([column + 0.5 * (row % 2), row]) - 4) * spacing + rng.normal(0, 0.12 * spacing, 2)
            yield x + away[0], y + away[1], length * rng.normal(1, 0.07), rng.uniform(0, 2 * np.pi), False


def _young(rng: Random, xs: NDArray[np.int64], ys: NDArray[np.int64]) -> Iterator[Stand]:
    """Mothers, each with a young one at her flank."""
    for x, y in _along(rng, xs, ys, step=110, away=60):
        length, heading = rng.uniform(30, 60), rng.uniform(0, 2 * np.pi)
        yield x, y, length, heading, False
        side, ahead = rng.choice([-1, 1]) * rng.uniform(0.3, 0.42) * length, rng.uniform(-0.2, 0.2) * length
        right = np.cos(heading) * ahead - np.sin(heading) * side
        down = np.sin(heading) * ahead + np.cos(heading) * side
        yield x + right, y + down, length, heading + rng.normal(0, 0.2), True


def _on_borders(rng: Random, xs: NDArray[np.int64], ys: NDArray[np.int64]) -> Iterator[Stand]:
    """Single animals, each cut by a border."""
    for x, y in _along(rng, xs, ys, step=90, away=20):
        yield x, y, rng.uniform(24, 60), rng.uniform(0, 2 * np.pi), rng.random() < 0.1


def _large(rng: Random, xs: NDArray[np.int64], ys: NDArray[np.int64]) -> Iterator[Stand]:
    """Animals larger than the overlap, so that no patch may see the whole of one."""
    for x, y in _along(rng, xs, ys, step=170, away=60):
        yield x, y, rng.uniform(80, 150), rng.uniform(0, 2 * np.pi), rng.random() < 0.15


def _along(
    rng: Random, xs: NDArray[np.int64], ys: NDArray[np.int64], *, step: float, away: float
) -> Iterator[tuple[float, float]]:
    """Points along every border, about `step` px apart and up to `away` px beside it."""
    longest = float(max(xs.max(initial=0), ys.max(initial=0)) + 1100)
    for place in np.arange(step / 2, longest, step):
        for x in xs:
            yield x + rng.uniform(-away, away), place + rng.uniform(-step, step) / 5
        for y in ys:
            yield place + rng.uniform(-step, step) / 5, y + rng.uniform(-away, away)


ARRANGEMENTS: dict[str, Callable[[Random, NDArray[np.int64], NDArray[np.int64]], Iterator[Stand]]] = {
    "herds": _nothing,
    "crowds": _crowds,
    "mothers with young": _young,
    "on borders": _on_borders,
    "larger than the overlap": _large,
}


def _hides_nobody(stage: Stage, prop: Prop) -> bool:
    corner = (round(prop.x - prop.stamp.foot[0]), round(prop.y - prop.stamp.foot[1]))
    window, part = clipped(stage.owner.shape, corner, prop.stamp.cover.shape)
    return window is None or not stage.owner[window][prop.stamp.cover[part] > 63].any()


def _seen_box(stage: Stage, number: int) -> tuple[int, int, int, int]:
    (rows, columns), _ = stage.window_of(stage.actors[number - 1])
    left, top, right, bottom = seen_box(stage.owner[rows, columns] == number)
    return columns.start + left, rows.start + top, columns.start + right, rows.start + bottom


def seen_box(seen: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom around what is true."""
    down, across = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    return int(across[0]), int(down[0]), int(across[-1]) + 1, int(down[-1]) + 1


def _paint(stage: Stage, terrain: Terrain, fields: Fields, seed: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng([seed, 2])
    canvas, weather = painted(stage, terrain, rng), draw_weather(rng, stage.camera.is_oblique)
    jpeg = photograph(canvas, weather, fields, hillshade(fields, terrain, stage.sun), rng)
    pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(jpeg)
    return pixels
