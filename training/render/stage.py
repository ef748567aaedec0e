"""The plan of a scene before anything is painted: which props and animals stand where, and who hides whom."""

from dataclasses import dataclass

import numpy as np

from training.render.animals import Sprite, make_animal
from training.render.camera import Camera
from training.render.fields import STEP
from training.render.herds import Place
from training.render.light import Sun
from training.render.props import Stamp, Workshop
from training.render.terrain import Strewn, Terrain

LEAST_VISIBLE = 0.45  # with room above the 40 % that the truth promises
SOLID = {"bush", "shrub", "rock", "mound", "log", "tree"}  # animals do not stand in these


@dataclass(frozen=True)
class Prop:
    """A stamp with its foot at a place of the picture."""

    stamp: Stamp
    x: float
    y: float


@dataclass
class Actor:
    """An animal as it will be drawn: its canvas' corner, what water leaves of it, how many px its body has."""

    place: Place
    sprite: Sprite
    left: int
    top: int
    emerged: np.ndarray  # float32 (h, w): 1 above water, less below
    body: int


class Stage:
    """Collects props and animals and keeps `owner`: which animal is seen at each pixel (0 none)."""

    def __init__(self, camera: Camera, sun: Sun, terrain: Terrain, rng: np.random.Generator) -> None:
        self.camera, self.sun, self.terrain, self.rng = camera, sun, terrain, rng
        self.shop = Workshop(sun, camera.is_oblique, rng, terrain.looks)
        self.owner = np.zeros((camera.height, camera.width), np.int16)
        self.low: list[Prop] = []
        self.tall: list[Prop] = []
        self.actors: list[Actor] = []

    # --- animals -----------------------------------------------------------------------------------------------------
    def enter(self, place: Place, view: str) -> None:
        """Draw up an animal, unless it would be hidden too much or hide another too much."""
        rng = np.random.default_rng(self.rng.integers(2**63))
        tilt = float(np.arccos(self.camera.squash))
        sprite = make_animal(
            place.kind, rng, place.length_px, place.heading, view, self.sun, is_young=place.is_young, tilt_rad=tilt
        )
        left, top = round(place.x - sprite.origin[0]), round(place.y - sprite.origin[1])
        emerged = self._emerged(place, sprite)
        body = int((sprite.cover > 0.5).sum())
        number = len(self.actors) + 1
        seen = (sprite.cover * emerged) > 0.5
        window, part = clipped(self.owner.shape, (left, top), seen.shape)
        if window is None or seen[part].sum() < LEAST_VISIBLE * body or not self._spares(window, seen[part]):
            return
        self.owner[window][seen[part]] = number
        self.actors.append(Actor(place, sprite, left, top, emerged, body))

    def _spares(self, window: tuple[slice, slice], hiding: np.ndarray) -> bool:
        """Whether every animal under this window keeps enough to be seen once `hiding` lies over it."""
        under = self.owner[window]
        for number in np.unique(under[hiding]):
            if number == 0:
                continue
            lost = int((under[hiding] == number).sum())
            if self._seen(int(number)) - lost < LEAST_VISIBLE * self.actors[number - 1].body:
                return False
        return True

    def _seen(self, number: int) -> int:
        window, _ = self.window_of(self.actors[number - 1])
        return int((self.owner[window] == number).sum())

    def share_seen(self, actor: Actor) -> float:
        return self._seen(self.actors.index(actor) + 1) / max(actor.body, 1)

    def window_of(self, actor: Actor) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
        window, part = clipped(self.owner.shape, (actor.left, actor.top), actor.sprite.cover.shape)
        assert window is not None  # noqa: S101 - it would not have been let in
        return window, part

    def _emerged(self, place: Place, sprite: Sprite) -> np.ndarray:
        """How far each pixel of a body is out of the water: the lower side and one end sink first."""
        depth = self._at(self.terrain.water, place.x, place.y)
        shape = sprite.cover.shape
        if depth < 0.12:
            return np.ones(shape, np.float32)
        rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
        right, down = (columns - sprite.origin[0]) / place.length_px, (rows - sprite.origin[1]) / place.length_px
        along = right * np.cos(place.heading) + down * np.sin(place.heading)
        aside = np.abs(down * np.cos(place.heading) - right * np.sin(place.heading))
        sunk = min(depth, 1.0) * self.rng.uniform(0.5, 1.0)
        level = 0.62 - sunk * 0.75 + along * 0.9 - aside * 1.2 * sunk
        return np.clip(0.5 + level * 5, 0.12, 1)

    # --- props -------------------------------------------------------------------------------------------------------
    def strew(self, strewn: Strewn) -> None:
        """Props of one sort over the whole picture, by their weight field."""
        cells = self._cell_areas() * (strewn.per_megapixel / 1e6 * float(np.exp(self.rng.normal(-0.05, 0.5))))
        if strewn.where is not None:
            cells = cells * np.clip(strewn.where, 0, 1)
        total = np.cumsum(cells.ravel())
        picks = np.searchsorted(total, self.rng.random(int(self.rng.poisson(total[-1]))) * total[-1])
        rows, columns = np.divmod(np.minimum(picks, cells.size - 1), cells.shape[1])
        xs = (columns + self.rng.random(len(picks))) * STEP
        ys = (rows + self.rng.random(len(picks))) * STEP
        small, large = strewn.sizes
        sizes = small * (large / small) ** (self.rng.random(len(picks)) ** 1.6) * self.camera.scale(ys)
        for x, y, size in zip(xs, ys, sizes, strict=True):
            self.put(self.shop.stamp(strewn.name, float(size)), float(x), float(y))

    def put(self, stamp: Stamp, x: float, y: float) -> bool:
        """Stand a prop at a place: a solid one not on animals, a tall one only if enough of them is left to see."""
        corner = (round(x - stamp.foot[0]), round(y - stamp.foot[1]))
        window, part = clipped(self.owner.shape, corner, stamp.cover.shape)
        if window is None:
            return False
        under = self.owner[window]
        if stamp.is_tall:
            return self._hang(Prop(stamp, x, y), window, stamp.cover[part] > 63)
        if stamp.name in SOLID and under.any() and (under[stamp.cover[part] > 40] > 0).any():
            return False
        self.low.append(Prop(stamp, x, y))
        return True

    def _hang(self, prop: Prop, window: tuple[slice, slice], hiding: np.ndarray) -> bool:
        if not self._spares(window, hiding):
            return False
        self.owner[window][hiding] = 0
        self.tall.append(prop)
        return True

    def hide(self, actor: Actor) -> None:
        """Hang a crown, a bush or reeds partly over an animal."""
        if not self.terrain.cover:
            return
        place = actor.place
        dry = [
            name for name in self.terrain.cover if name != "foam" or self._at(self.terrain.water, place.x, place.y) > 0
        ]
        name = str(self.rng.choice(dry))
        across = place.length_px * (self.rng.uniform(1.6, 3.2) if name == "tree" else self.rng.uniform(0.6, 1.2))
        stamp = self.shop.stamp(name, float(np.clip(across, 10, 170)))
        size = max(stamp.cover.shape)
        for _ in range(4):
            angle = self.rng.uniform(0, 2 * np.pi)
            away = size * self.rng.uniform(0.22, 0.42)
            x = place.x + np.cos(angle) * away
            y = place.y + np.sin(angle) * away + stamp.foot[1] - stamp.cover.shape[0] / 2
            corner = (round(x - stamp.foot[0]), round(y - stamp.foot[1]))
            window, part = clipped(self.owner.shape, corner, stamp.cover.shape)
            if window is not None and self._hang(Prop(stamp, x, y), window, stamp.cover[part] > 63):
                return

    def ring(self, u: float, v: float, radius: float) -> None:
        """A boma: a ring of cut thorn with a gate."""
        gate = self.rng.uniform(0, 2 * np.pi)
        for angle in np.arange(0, 2 * np.pi, 9.0 / radius):
            if abs((angle - gate + np.pi) % (2 * np.pi) - np.pi) < 14 / radius:
                continue
            out = radius * (1 + 0.05 * self.rng.normal())
            x, y = self.camera.picture(np.array(u + np.cos(angle) * out), np.array(v + np.sin(angle) * out))
            size = self.rng.uniform(11, 22) * float(self.camera.scale(y))
            self.put(self.shop.stamp("thorn", size), float(x), float(y))

    def _cell_areas(self) -> np.ndarray:
        scale = self.camera.scale((np.arange(self.terrain.water.shape[0]) + 0.5) * STEP)
        area = STEP**2 / (scale**2 * np.where(self.camera.is_oblique, scale * self.camera.squash, 1.0))
        return np.repeat(area[:, None], self.terrain.water.shape[1], axis=1)

    def _at(self, field: np.ndarray, x: float, y: float) -> float:
        rows, columns = field.shape
        return float(field[int(np.clip(y / STEP, 0, rows - 1)), int(np.clip(x / STEP, 0, columns - 1))])


def clipped(
    shape: tuple[int, ...], corner: tuple[int, int], size: tuple[int, ...]
) -> tuple[tuple[slice, slice] | None, tuple[slice, slice]]:
    """The part of the picture that a canvas with this corner (x, y) covers, and that part of the canvas."""
    left, top = max(corner[0], 0), max(corner[1], 0)
    right, bottom = min(corner[0] + size[1], shape[1]), min(corner[1] + size[0], shape[0])
    part = (slice(top - corner[1], bottom - corner[1]), slice(left - corner[0], right - corner[0]))
    if left >= right or top >= bottom:
        return None, (slice(0, 0), slice(0, 0))
    return (slice(top, bottom), slice(left, right)), part
