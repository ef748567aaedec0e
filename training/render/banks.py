"""Tileable textures, made once per process: every scene is put together from shifted copies of these.

Each is an int8 array whose edges meet, with a spread of about 40. Heights can be lit by a sun to give relief.
"""

from functools import cache, lru_cache

import numpy as np

from training.render.light import Sun

SPREAD = 40.0
WAVELENGTHS = (6, 8, 10, 15, 22, 30)
SPREADS = (0.18, 0.5, 0.8)
# Sides differ, so that two textures laid over each other repeat only after many thousand pixels.


def _int8(values: np.ndarray) -> np.ndarray:
    values = values - values.mean()
    return np.clip(values * (SPREAD / values.std()), -127, 127).astype(np.int8)


def _frequencies(side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    across = np.fft.rfftfreq(side)[None, :]
    down = np.fft.fftfreq(side)[:, None]
    radius = np.hypot(across, down)
    radius[0, 0] = 1.0
    return across, down, radius


def _shaped_noise(side: int, amplitude: np.ndarray, seed: int) -> np.ndarray:
    """Noise with this spectrum; float32 (side, side), spread one."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(rng.standard_normal((side, side), dtype=np.float32)) * amplitude
    spectrum[0, 0] = 0
    noise = np.fft.irfft2(spectrum, s=(side, side)).astype(np.float32)
    return noise / noise.std()


def _band(side: int, slope: float, longest: float, shortest: float = 2.0) -> np.ndarray:
    """A falling spectrum between two wavelengths in pixels, with soft ends."""
    _, _, radius = _frequencies(side)
    rise = 1.0 / (1.0 + (1.0 / (longest * radius)) ** 4)
    fall = 1.0 / (1.0 + (shortest * radius) ** 6)
    return radius**-slope * rise * fall


def _domes(side: int, count: int, radii: tuple[float, float], seed: int) -> np.ndarray:
    """Heights of round things strewn over each other: pebbles, leaves of a canopy."""
    rng = np.random.default_rng(seed)
    height = np.zeros((side, side), np.float32)
    reach = int(np.ceil(radii[1])) + 1
    down, across = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    sizes = radii[0] * (radii[1] / radii[0]) ** (rng.random(count) ** 2.2)
    for radius, x, y in zip(sizes, rng.random(count) * side, rng.random(count) * side, strict=True):
        squeeze = rng.uniform(0.6, 1.0)
        turn = rng.uniform(0, np.pi)
        along = (across * np.cos(turn) + down * np.sin(turn)) / radius
        aside = (down * np.cos(turn) - across * np.sin(turn)) / (radius * squeeze)
        dome = np.sqrt(np.clip(1.0 - along**2 - aside**2, 0, 1)) * radius
        rows = (np.arange(-reach, reach + 1) + int(y)) % side
        columns = (np.arange(-reach, reach + 1) + int(x)) % side
        patch = np.ix_(rows, columns)
        height[patch] = np.maximum(height[patch], dome)
    return height


def _cells(side: int, count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Distances to the nearest and second nearest of strewn points, the nearest's number and the offset to it."""
    rng = np.random.default_rng(seed)
    points = rng.random((count, 2)).astype(np.float32) * side
    reach = int(side / np.sqrt(count) * 1.9)
    first = np.full((side, side), 1e9, np.float32)
    second = first.copy()
    owner = np.zeros((side, side), np.int32)
    span = np.arange(-reach, reach + 1)
    for number, (x, y) in enumerate(points):
        patch = np.ix_((span + int(y)) % side, (span + int(x)) % side)
        distance = np.hypot((span - y % 1)[:, None], (span - x % 1)[None, :]).astype(np.float32)
        nearer = distance < first[patch]
        second[patch] = np.where(nearer, first[patch], np.minimum(second[patch], distance))
        owner[patch] = np.where(nearer, number, owner[patch])
        first[patch] = np.minimum(first[patch], distance)
    return first, second, owner, points


def _warped(height: np.ndarray, reach: float, seed: int) -> np.ndarray:
    """The same heights pushed about by smooth noise, so that straight edges become natural ones."""
    side = height.shape[0]
    push = [_shaped_noise(side, _band(side, 1.6, 120, 4), seed + i) * reach for i in range(2)]
    rows = (np.arange(side)[:, None] + push[0]).astype(np.int32) % side
    columns = (np.arange(side)[None, :] + push[1]).astype(np.int32) % side
    return height[rows, columns]


def _grain() -> np.ndarray:
    return _shaped_noise(1024, _band(1024, 0.75, 90), 11)


def _speckle() -> np.ndarray:
    """Fine grain with rare dark and bright flecks, as litter and stones give."""
    noise = _shaped_noise(896, _band(896, 0.35, 30, 2.6), 12)
    return np.sign(noise) * np.abs(noise) ** 1.7


def _clumps() -> np.ndarray:
    """Tussocks: dark feet between paler tops, several sizes at once."""
    large = _shaped_noise(960, _band(960, 1.0, 70, 14), 13)
    small = _shaped_noise(960, _band(960, 0.9, 22, 3), 14)
    return -np.exp(0.75 * small + 0.35 * large) + 0.35 * _shaped_noise(960, _band(960, 0.3, 10), 15)


def _fractal() -> np.ndarray:
    return _shaped_noise(512, _band(512, 1.7, 400), 16)


def _cloud() -> np.ndarray:
    """What slow fields are sampled from: ten clouds to a side, so that none is met twice in one picture."""
    return _shaped_noise(1024, _band(1024, 1.6, 100), 31)


def _pebbles() -> np.ndarray:
    return _domes(1000, 9000, (1.2, 6.0), 17)


def _canopy() -> np.ndarray:
    domes = _domes(640, 9000, (2.0, 6.5), 18)
    return domes + 1.2 * _shaped_noise(640, _band(640, 0.9, 40), 19)


def _stones() -> np.ndarray:
    """Broken bedrock: tilted slabs with gaps between them."""
    first, second, owner, points = _cells(1024, 420, 20)
    rng = np.random.default_rng(21)
    tilt = rng.normal(0, 0.5, (len(points), 2)).astype(np.float32)
    level = rng.normal(0, 7, len(points)).astype(np.float32)
    down, across = np.mgrid[0:1024, 0:1024].astype(np.float32)
    off_x = (across - points[owner, 0] + 512) % 1024 - 512
    off_y = (down - points[owner, 1] + 512) % 1024 - 512
    slab = level[owner] + off_x * tilt[owner, 0] + off_y * tilt[owner, 1]
    gap = -14.0 * np.exp(-(second - first) / 2.5)
    return _warped(slab + gap, 9, 22) + 1.5 * _shaped_noise(1024, _band(1024, 1.0, 60), 23)


def _cracks() -> np.ndarray:
    first, second, _, _ = _cells(768, 900, 24)
    return _warped(-np.exp(-(second - first) / 1.6), 5, 25)


def _foam() -> np.ndarray:
    """Lace: bright threads around dark bubbles of all sizes."""
    lace = sum(
        (1.0 - np.abs(_shaped_noise(832, _band(832, 1.0, longest, longest / 5), 26 + i))) * weight
        for i, (longest, weight) in enumerate([(60, 1.0), (24, 0.8), (9, 0.6)])
    )
    return _warped(lace, 6, 30)


_RECIPES = {
    "grain": _grain,
    "speckle": _speckle,
    "clumps": _clumps,
    "fractal": _fractal,
    "cloud": _cloud,
    "pebbles": _pebbles,
    "canopy": _canopy,
    "stones": _stones,
    "cracks": _cracks,
    "foam": _foam,
}


@cache
def texture(name: str) -> np.ndarray:
    """One texture as int8 (side, side); it tiles."""
    return _int8(_RECIPES[name]())


def stripes(wavelength: float, turn: int, spread: float) -> np.ndarray:
    """Waves that run one way: sand ripples (small spread) or water (large).

    `wavelength` in pixels, `turn` in sixteenths of a half turn, `spread` the angles' spread in radians; each is
    brought to one of a few values, so that a process makes few of these.
    """
    length = min(WAVELENGTHS, key=lambda known: abs(np.log(known / wavelength)))
    return _stripes(length, turn // 2 * 2 % 16, min(SPREADS, key=lambda known: abs(known - spread)))


@cache
def _stripes(wavelength: int, turn: int, spread: float) -> np.ndarray:
    side = 720
    across, down, radius = _frequencies(side)
    angle = np.arctan2(down, across) - turn * np.pi / 16
    off = np.abs((angle + np.pi / 2) % np.pi - np.pi / 2)
    direction = np.exp(-((off / spread) ** 2))
    length = np.exp(-((np.log(radius * wavelength) / 0.42) ** 2)) + 0.25 * (radius * wavelength > 1) / (
        radius * wavelength
    )
    return _int8(_shaped_noise(side, direction * length, 40 + turn))


@cache
def sensor(half_levels: int) -> np.ndarray:
    """What a sensor adds, spread `half_levels` / 2 of 255: mostly grey, a little coloured; int8 (3, side, side)."""
    # A little smeared from pixel to pixel, as the camera's own processing leaves it.
    grain = _shaped_noise(1024, _band(1024, 0.25, 40, 2.4), 60)
    coloured = np.stack([np.roll(grain, shift, (0, 1)) for shift in (211, 503, 787)])
    tile = (0.8 * grain + 0.6 * coloured) * (half_levels / 2)
    return np.clip(np.round(tile), -127, 127).astype(np.int8)


def lit(name: str, sun: Sun, step: int = 1) -> np.ndarray:
    """A texture's heights under a sun: slopes towards it bright, away from it dark; int8, tiles as the heights do."""
    across = round(np.sin(sun.azimuth_rad) * step * 1.4)
    down = round(-np.cos(sun.azimuth_rad) * step * 1.4)
    return _slopes(name, across, down)


@lru_cache(maxsize=96)
def _slopes(name: str, across: int, down: int) -> np.ndarray:
    height = texture(name)
    towards = np.roll(height, (-down, -across), (0, 1)).astype(np.int16)
    slope = height - towards
    return np.clip(slope * (SPREAD / max(float(slope[::4, ::4].std()), 1.0)), -127, 127).astype(np.int8)
