"""Things on the ground that are no animals: bushes, trees, rocks, mounds, logs. Each is a small lit picture."""

from dataclasses import dataclass, field

import numpy as np

from training.render import banks
from training.render.light import Sun

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Stamp:
    """A small picture to be laid on the ground with its foot at a point.

    colour uint8 (h, w, 3), cover uint8 (h, w) up to 127, `foot` the standing point on it (x, y); shadow uint8 (h, w)
    up to 255 with its own foot.
    """

    name: str
    colour: np.ndarray
    cover: np.ndarray
    foot: tuple[float, float]
    shadow: np.ndarray
    shadow_foot: tuple[float, float]
    is_tall: bool = False  # animals stand under it, not on it


@dataclass(frozen=True)
class Look:
    """How one sort of prop looks in this scene: dark and light end of its colours, 0..255."""

    dark: Colour
    light: Colour
    dry: Colour | None = None  # some are of this colour instead of `light`


@dataclass
class Workshop:
    """Makes stamps for one scene's sun and view; each is kept for re-use in large pictures."""

    sun: Sun
    is_oblique: bool
    rng: np.random.Generator
    looks: dict[str, Look]
    kept: dict[tuple[str, int], list[Stamp]] = field(default_factory=dict)

    variants: int = 5

    def stamp(self, name: str, size: float) -> Stamp:
        """A prop about `size` px across."""
        bucket = round(np.log(max(size, 3.0)) / 0.16)
        kept = self.kept.setdefault((name, bucket), [])
        if len(kept) < self.variants:
            kept.append(MAKERS[name](self, float(np.exp(bucket * 0.16))))
            return kept[-1]
        return kept[int(self.rng.integers(len(kept)))]

    # --- parts -------------------------------------------------------------------------------------------------------
    def crop(self, name: str, side: int, rows: int | None = None) -> np.ndarray:
        """A random piece of a texture, spread about one; float32."""
        whole = banks.texture(name)
        height = rows or side
        top, left = (int(self.rng.integers(0, whole.shape[i] - s)) for i, s in enumerate((height, side)))
        return whole[top : top + height, left : left + side].astype(np.float32) * np.float32(1 / banks.SPREAD)

    def light_on(self, height: np.ndarray) -> np.ndarray:
        """How much more (or less) light slopes get than flat ground does; about -1..1."""
        down, across = np.gradient(height)
        return -(across * np.sin(self.sun.azimuth_rad) - down * np.cos(self.sun.azimuth_rad))

    def coloured(self, name: str, tone: np.ndarray) -> np.ndarray:
        """Tones 0..1 as this prop's colours; uint8 (h, w, 3)."""
        look = self.looks[name]
        light = look.dry if look.dry is not None and self.rng.random() < 0.35 else look.light
        jitter = self.rng.normal(1, 0.07) + self.rng.normal(0, 0.02, 3)
        dark, bright = np.array(look.dark) * jitter, np.array(light) * jitter
        tone = tone[:, :, None]
        return np.clip(dark + (bright - dark) * tone, 0, 255).astype(np.uint8)

    def cast(
        self, cover: np.ndarray, low: float, high: float, softness: float = 1.0
    ) -> tuple[np.ndarray, float, float]:
        """The shadow of a shape that reaches from `low` to `high` px above the ground; shadow and where it begins."""
        per_height = np.array(self.sun.shadow_per_height)
        if self.is_oblique:
            per_height = per_height * (1.0, 0.6)
        start, end = per_height * low, per_height * high
        left, top = np.floor(np.minimum(np.minimum(start, end), 0)) - 2
        right, bottom = np.ceil(np.maximum(np.maximum(start, end), 0)) + 2
        rows, columns = cover.shape
        canvas = np.zeros((int(rows + bottom - top), int(columns + right - left)), np.float32)
        steps = int(np.clip(np.hypot(*(end - start)) / max(rows * 0.08, 1.5), 1, 14)) + 1
        for part in np.linspace(0, 1, steps):
            x, y = np.round(start + (end - start) * part - (left, top)).astype(int)
            window = canvas[y : y + rows, x : x + columns]
            np.maximum(window, cover, out=window)
        canvas[1:-1] = (canvas[:-2] + 2 * canvas[1:-1] + canvas[2:]) / 4
        canvas[:, 1:-1] = (canvas[:, :-2] + 2 * canvas[:, 1:-1] + canvas[:, 2:]) / 4
        return canvas * softness, float(left), float(top)

    def finished(
        self, name: str, tone: np.ndarray, cover: np.ndarray, heights: tuple[float, float], is_tall: bool = False
    ) -> Stamp:
        """The stamp of a shape whose foot is its middle (straight down) or its lower edge (at a slant)."""
        shadow, left, top = self.cast(cover, *heights)
        rows, columns = cover.shape
        foot = (columns / 2, rows / 2)
        shadow_foot = (foot[0] - left, foot[1] - top)
        if self.is_oblique:
            foot = (foot[0], foot[1] + 0.75 * heights[0] + 0.25 * rows * (heights[0] > 0))
        colour = self.coloured(name, np.clip(tone, 0, 1))
        return Stamp(
            name, colour, (cover * 127).astype(np.uint8), foot, (shadow * 255).astype(np.uint8), shadow_foot, is_tall
        )


def _disc(shop: Workshop, size: float, rough: float, squeeze: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Relative distance from the middle of an uneven round shape (1 at its edge) and its canvas' texture crop."""
    side = int(size * 1.35) + 6
    axis = np.arange(side, dtype=np.float32) - (side - 1) / 2
    turn = shop.rng.uniform(0, np.pi)
    across, down = axis[None, :], axis[:, None] * (1.35 if shop.is_oblique else 1.0)
    along, aside = across * np.cos(turn) + down * np.sin(turn), down * np.cos(turn) - across * np.sin(turn)
    angle = np.arctan2(aside, along)
    radius = size / 2 * (1 + rough * sum(_wave(shop, angle, k) for k in (1, 2, 3, 5)))
    return np.hypot(along, aside / squeeze) / radius, shop.crop("canopy", side)


def _wave(shop: Workshop, angle: np.ndarray, count: int) -> np.ndarray:
    return np.cos(count * angle + shop.rng.uniform(0, 6.3)) * (shop.rng.normal(0, 1) / count**0.7)


def _bush(shop: Workshop, size: float, name: str = "bush") -> Stamp:
    distance, leaves = _disc(shop, size, 0.16, shop.rng.uniform(0.65, 1))
    fine = shop.crop("speckle", distance.shape[1])
    edge = distance + leaves * 0.15 + fine * 0.12
    cover = np.clip((1.0 - edge) * max(size / 10, 1.6), 0, 1)
    dome = np.sqrt(np.clip(1.15 - distance**2, 0, 1)) * size * 0.3
    tone = 0.40 + 0.38 * np.tanh(shop.light_on(dome + leaves * 0.9)) + 0.12 * leaves + 0.10 * fine
    return shop.finished(name, tone, cover, (0.0, size * shop.rng.uniform(0.22, 0.4)))


def _shrub(shop: Workshop, size: float) -> Stamp:
    return _bush(shop, size, "shrub")


def _thorn(shop: Workshop, size: float) -> Stamp:
    return _bush(shop, size, "thorn")


def _reed(shop: Workshop, size: float) -> Stamp:
    return _bush(shop, size, "reed")


def _tuft(shop: Workshop, size: float) -> Stamp:
    side = int(size) + 6
    axis = np.arange(side, dtype=np.float32) - (side - 1) / 2
    distance = np.hypot(axis[None, :], axis[:, None]) / (size / 2)
    grain = shop.crop("speckle", side)
    cover = np.clip((1.0 - distance - 0.35 * grain) * 1.6, 0, 0.9)
    tone = 0.5 + 0.3 * grain + 0.25 * shop.light_on(np.clip(1 - distance, 0, 1) * size * 0.4)
    return shop.finished("tuft", tone, cover, (0.0, size * 0.2))


def _tree(shop: Workshop, size: float) -> Stamp:
    """A crown of many lobes at height, with gaps; its shadow is thrown clear of it when the sun is low."""
    side = int(size * 1.3) + 8
    axis = np.arange(side, dtype=np.float32) - (side - 1) / 2
    slant = 1.35 if shop.is_oblique else 1.0
    height = np.zeros((side, side), np.float32)
    open_ = shop.rng.uniform(0.0, 1.0)
    for _ in range(int(shop.rng.integers(14, 30))):
        angle, out = shop.rng.uniform(0, 2 * np.pi), size * 0.36 * shop.rng.random() ** 0.55
        radius = size * shop.rng.uniform(0.09, 0.2) * (1.1 - 0.3 * open_)
        x, y = np.cos(angle) * out, np.sin(angle) * out / slant
        left, right = (int(np.clip(side / 2 + x + k * radius, 0, side)) for k in (-1, 1))
        top, bottom = (int(np.clip(side / 2 + y + k * radius, 0, side)) for k in (-1, 1))
        away = (axis[None, left:right] - x) ** 2 + ((axis[top:bottom, None] - y) * slant) ** 2
        lobe = np.sqrt(np.clip(radius**2 - away, 0, None)) * 0.8 + (away < radius**2) * (size * 0.10 - out * 0.25)
        np.maximum(height[top:bottom, left:right], lobe, out=height[top:bottom, left:right])
    leaves, fine = shop.crop("canopy", side), shop.crop("speckle", side)
    cover = np.clip(height * 9 / size + 0.45 * leaves + 0.4 * fine - 0.15, 0, 1) * (height > 0)
    cover *= np.clip(1.3 - open_ * np.clip(0.3 - leaves, 0, 1), 0, 1)
    tone = 0.36 + 0.34 * np.tanh(shop.light_on(height * 0.7 + leaves * 0.8)) + 0.10 * leaves + 0.09 * fine
    high = size * shop.rng.uniform(0.35, 0.7)
    return shop.finished("tree", tone + 0.9 * (height / size - 0.12), cover, (high * 0.6, high), is_tall=True)


def _rock(shop: Workshop, size: float) -> Stamp:
    """A boulder cut by a few planes, each lit by itself."""
    side = int(size * 1.2) + 6
    axis = np.arange(side, dtype=np.float32) - (side - 1) / 2
    across, down = axis[None, :], axis[:, None] * (1.3 if shop.is_oblique else 1.0)
    height = np.full((side, side), size * shop.rng.uniform(0.2, 0.35), np.float32)
    turn = shop.rng.uniform(0, 2 * np.pi)
    count = int(shop.rng.integers(6, 10))
    long = shop.rng.uniform(1.0, 1.7)
    for k in range(count):
        angle = turn + (k + shop.rng.uniform(-0.3, 0.3)) * 2 * np.pi / count
        reach = (
            size / 2 * shop.rng.uniform(0.75, 1.0) / np.hypot(np.cos(angle - turn) / 1.0, np.sin(angle - turn) * long)
        )
        steep = shop.rng.uniform(0.5, 1.8)
        np.minimum(height, (reach - across * np.cos(angle) - down * np.sin(angle)) * steep, out=height)
    grain = shop.crop("grain", side)
    cover = np.clip(height * 0.8 + 0.3 + 0.4 * grain, 0, 1)
    tone = 0.52 + 0.3 * shop.light_on(height) + 0.12 * grain
    return shop.finished("rock", tone, cover, (0.0, float(height.max()) * 0.8))


def _mound(shop: Workshop, size: float) -> Stamp:
    """A termite mound: a steep cone of bare earth on a worn apron."""
    distance, _ = _disc(shop, size, 0.1, shop.rng.uniform(0.7, 1))
    grain = shop.crop("grain", distance.shape[1])
    cover = np.clip((1.0 - distance - 0.08 * grain) * size / 6, 0, 1)
    cone = np.clip(1 - distance, 0, 1) ** 1.4 * size * 0.55
    tone = 0.5 + 0.5 * shop.light_on(cone + 0.5 * grain) + 0.1 * grain
    return shop.finished("mound", tone, cover, (0.0, size * shop.rng.uniform(0.3, 0.5)))


def _log(shop: Workshop, size: float) -> Stamp:
    """A fallen trunk, sometimes with a branch."""
    side = int(size * 1.15) + 6
    axis = np.arange(side, dtype=np.float32) - (side - 1) / 2
    cover = np.zeros((side, side), np.float32)
    height = cover.copy()
    turn = shop.rng.uniform(0, np.pi)
    for k in range(int(shop.rng.integers(1, 4))):
        angle = turn + k * shop.rng.uniform(0.3, 1.0)
        along = axis[None, :] * np.cos(angle) + axis[:, None] * np.sin(angle)
        aside = (
            axis[:, None] * np.cos(angle)
            - axis[None, :] * np.sin(angle)
            + along**2 / size * shop.rng.uniform(-0.4, 0.4)
        )
        thick = max(size * shop.rng.uniform(0.06, 0.14) / (1 + k), 1.1)
        reach = size / 2 if k == 0 else size * 0.3
        within = np.clip(reach - np.abs(along - (0 if k == 0 else reach * 0.6)), 0, 1)
        bar = np.clip(thick - np.abs(aside) + 0.5, 0, 1) * within
        np.maximum(cover, bar, out=cover)
        np.maximum(height, np.sqrt(np.clip(thick**2 - aside**2, 0, None)) * bar, out=height)
    tone = 0.5 + 0.35 * shop.light_on(height) + 0.12 * shop.crop("grain", side)
    return shop.finished("log", tone, cover, (0.0, size * 0.1))


def _weed(shop: Workshop, size: float) -> Stamp:
    """Kelp or drift: a torn dark heap, flat on the ground."""
    distance, leaves = _disc(shop, size, 0.3, shop.rng.uniform(0.35, 0.8))
    lace = shop.crop("clumps", distance.shape[1])
    cover = np.clip((1.0 - distance + 0.3 * lace) * 2.5, 0, 0.95) * np.clip((1.25 - distance) * 6, 0, 1)
    return shop.finished("weed", 0.4 + 0.2 * leaves + 0.15 * lace, cover, (0.0, size * 0.05))


def _foam(shop: Workshop, size: float) -> Stamp:
    distance, _ = _disc(shop, size, 0.3, shop.rng.uniform(0.4, 1))
    lace = shop.crop("foam", distance.shape[1])
    cover = np.clip((0.75 - distance + 0.35 * lace) * 1.8, 0, 0.9) * np.clip((1.25 - distance) * 6, 0, 1)
    return shop.finished("foam", 0.7 + 0.2 * lace, cover, (0.0, 0.0))


MAKERS = {
    "bush": _bush,
    "shrub": _shrub,
    "thorn": _thorn,
    "reed": _reed,
    "tuft": _tuft,
    "tree": _tree,
    "rock": _rock,
    "mound": _mound,
    "log": _log,
    "weed": _weed,
    "foam": _foam,
}
