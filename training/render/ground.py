"""The ground in full size: materials with textures, laid over each other by masks, band by band."""

from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from training.render import banks
from training.render.camera import Camera
from training.render.fields import STEP, Enlarged
from training.render.light import Sun

BAND_PIXELS = 160_000  # a band's planes stay in the processor's cache


@dataclass(frozen=True)
class Texture:
    """One texture of a material: how far its spread moves each channel (of 255), lit from the side or flat."""

    name: str
    red: float
    green: float
    blue: float
    lit: int = 0  # step of the relief in px; 0 takes the heights themselves as tones
    wavelength: int = 0  # of stripes only
    turn: int = 0
    spread: float = 0.2


@dataclass(frozen=True)
class Mask:
    """Where a material lies: `field` (0..1, 0.5 its edge) roughened by textures, then sharpened."""

    field: np.ndarray
    rough: tuple[tuple[Texture, float], ...] = ()  # texture and how far its spread moves the edge, of 1
    sharpness: float = 4.0


@dataclass(frozen=True)
class Material:
    """What the ground is made of at one place: colour (0..255, or a field of colours 0..1) and textures."""

    colour: tuple[float, float, float] | np.ndarray
    textures: tuple[Texture, ...]
    mask: Mask | None = None
    strength: float = 1.0


def tone(name: str, strength: float, **more: float) -> Texture:
    """A texture that moves all channels alike."""
    return Texture(name, strength, strength, strength, **more)  # type: ignore[arg-type]


@dataclass
class Weave:
    """Cuts bands of textures that follow the camera, each texture shifted by its own random offset."""

    camera: Camera
    sun: Sun
    rng: np.random.Generator
    tiles: dict[tuple, tuple[np.ndarray, int]] = field(default_factory=dict)
    # The band being woven: its top and the textures already cut for it.
    now: tuple[int, dict[tuple, np.ndarray]] = field(default_factory=lambda: (-1, {}))
    grit: float = 1.0  # how strongly the ground's textures show in this scene
    slanted: tuple[int, np.ndarray, np.ndarray] | None = None  # of the band being cut: its top, lines and places

    def band(self, texture: Texture, top: int, bottom: int) -> np.ndarray:
        """int16 (rows, width) of this texture; it is not to be written to."""
        key = (texture.name, texture.lit, texture.wavelength, texture.turn)
        if self.now[0] != top:
            self.now = (top, {})
        if key not in self.now[1]:
            if key not in self.tiles:
                self.tiles[key] = self._cut(texture)
            self.now[1][key] = self._sampled(*self.tiles[key], top, bottom).astype(np.int16)
        return self.now[1][key]

    def _sampled(self, tile: np.ndarray, offset: int, top: int, bottom: int) -> np.ndarray:
        if self.camera.is_oblique:
            return self._slanted(tile, offset, top, bottom)
        return tile[(np.arange(top, bottom) + offset) % tile.shape[0]]

    def _cut(self, texture: Texture) -> tuple[np.ndarray, int]:
        if texture.name == "stripes":
            tile = banks.stripes(texture.wavelength, texture.turn, texture.spread)
        else:
            tile = banks.lit(texture.name, self.sun, texture.lit) if texture.lit else banks.texture(texture.name)
        if self.camera.is_oblique:
            tile = _squashed(tile, self.camera.squash)
        side = tile.shape[1]
        width = int(self.camera.width / self.camera.top_scale) + 2 if self.camera.is_oblique else self.camera.width
        shift = int(self.rng.integers(side))
        offset = int(self.rng.integers(tile.shape[0]))
        if self.camera.height < tile.shape[0] and not self.camera.is_oblique:
            tile, offset = tile[(np.arange(self.camera.height) + offset) % tile.shape[0]], 0
        return np.take(tile, (np.arange(width) + shift) % side, axis=1), offset

    def _slanted(self, tile: np.ndarray, offset: int, top: int, bottom: int) -> np.ndarray:
        if self.slanted is None or self.slanted[0] != top:
            self.slanted = (top, *self._seen_by(top, bottom))
        _, lines, places = self.slanted
        starts = (lines + offset) % tile.shape[0] * tile.shape[1]
        return tile.ravel().take(places + starts[:, None], mode="clip")

    def _seen_by(self, top: int, bottom: int) -> tuple[np.ndarray, np.ndarray]:
        """The line and the place in it that each pixel of these rows sees on a tile laid over the whole ground."""
        rows = np.arange(top, bottom)
        scale = self.camera.scale(rows).astype(np.float32)
        _, depth = self.camera.ground(np.zeros(len(rows)), rows)
        columns = np.arange(self.camera.width, dtype=np.float32) - self.camera.width / 2
        middle = np.float32(int(self.camera.width / self.camera.top_scale) / 2)
        places = (columns[None, :] / scale[:, None] + middle).astype(np.int64)
        return np.floor(depth * self.camera.squash).astype(np.int64), places


def _squashed(tile: np.ndarray, squash: float) -> np.ndarray:
    """A tile shortened from top to bottom, still tiling."""
    rows = round(tile.shape[0] * squash)
    picture = Image.fromarray(tile.view(np.uint8) ^ 0x80)
    small = np.asarray(picture.resize((tile.shape[1], rows), Image.Resampling.BICUBIC))
    return (small ^ 0x80).view(np.int8)


def bands(camera: Camera) -> list[tuple[int, int]]:
    rows = max(STEP, BAND_PIXELS // camera.width // STEP * STEP)
    return [(top, min(top + rows, camera.height)) for top in range(0, camera.height, rows)]


def lay(materials: list[Material], weave: Weave, shadow: np.ndarray, shade: tuple[float, float, float]) -> np.ndarray:
    """The ground with shadows on it.

    `shadow` is uint8 (height, width), 255 fully in shadow; `shade` the light left there, per channel (0..1).
    Returns uint8 (height, width, 3).
    """
    camera = weave.camera
    canvas = np.empty((camera.height, camera.width, 3), np.uint8)
    layers = [Layer(material, weave) for material in materials]
    keep = [round((1 - part) * 128) for part in shade]
    for top, bottom in bands(camera):
        planes = np.zeros((3, bottom - top, camera.width), np.int16)
        for layer in layers:
            layer.lay(planes, (top, bottom))
        np.clip(planes, 0, 255, out=planes)
        dark = shadow[top:bottom].astype(np.int16) >> 1
        if dark.any():
            for plane, part in zip(planes, keep, strict=True):
                plane -= (plane * ((dark * part) >> 7)) >> 7
        for channel in range(3):
            canvas[top:bottom, :, channel] = planes[channel]
    return canvas


class Layer:
    """One material made ready to be laid band by band, only over the columns where it lies."""

    def __init__(self, material: Material, weave: Weave) -> None:
        self.material, self.weave = material, weave
        size = weave.camera.width, weave.camera.height
        is_plain = isinstance(material.colour, tuple)
        self.colours = [] if is_plain else [Enlarged(material.colour[:, :, i], *size) for i in range(3)]
        self.weights = [_weights(material, weave.grit, name) for name in ("red", "green", "blue")]
        self.mask = None if material.mask is None else Enlarged(material.mask.field, *size)

    def lay(self, planes: np.ndarray, rows: tuple[int, int]) -> None:
        """Lay it over what lies there: int16 (3, rows, width), changed in place."""
        columns = self._columns(rows)
        if columns is None:
            return
        alpha = self._alpha(rows, columns)
        moved: dict[tuple[int, ...], np.ndarray] = {}
        for channel in range(3):
            plane = self._colour(channel, rows, columns)
            weights = self.weights[channel]
            if weights not in moved:
                moved[weights] = self._moved(weights, rows, columns)
            plane = plane + moved[weights]
            under = planes[channel][:, columns]
            if alpha is None:
                under[:] = plane
                continue
            plane -= under
            np.clip(plane, -255, 255, out=plane)
            plane *= alpha
            plane >>= 7
            under += plane

    def _moved(self, weights: tuple[int, ...], rows: tuple[int, int], columns: slice) -> np.ndarray:
        moved = np.zeros((1, 1), np.int16)
        for texture, weight in zip(self.material.textures, weights, strict=True):
            moved = moved + self.weave.band(texture, *rows)[:, columns] * np.int16(weight)
        moved >>= 6
        return moved

    def _colour(self, channel: int, rows: tuple[int, int], columns: slice) -> np.ndarray | np.int16:
        if not self.colours:
            return np.int16(round(float(self.material.colour[channel])))
        return self.colours[channel].rows(*rows, columns)

    def _columns(self, rows: tuple[int, int]) -> slice | None:
        """The columns of these rows where the material may lie, or None."""
        mask = self.material.mask
        if mask is None or self.mask is None:
            return slice(0, self.weave.camera.width)
        reach = sum(part for _, part in mask.rough) * 3.2 + 0.5 / mask.sharpness
        return self.mask.columns_above(0.5 - reach, *rows)

    def _alpha(self, rows: tuple[int, int], columns: slice) -> np.ndarray | None:
        """How much of it lies at each pixel, 0..127; None where it hides all."""
        mask = self.material.mask
        if mask is None or self.mask is None:
            return None
        alpha = self.mask.rows(*rows, columns) - np.int16(128)
        for texture, part in mask.rough:
            weight = np.int16(min(round(part * 255 / banks.SPREAD * 16), 255))
            alpha += (self.weave.band(texture, *rows)[:, columns] * weight) >> 4
        np.clip(alpha, -127, 127, out=alpha)
        alpha *= np.int16(round(mask.sharpness * 8))
        alpha >>= 4
        alpha += 64
        np.clip(alpha, 0, 127, out=alpha)
        if self.material.strength < 1:
            alpha *= np.int16(round(self.material.strength * 128))
            alpha >>= 7
        return alpha


def _weights(material: Material, grit: float, channel: str) -> tuple[int, ...]:
    """How far each texture moves one channel, in 64ths of its own spread."""
    wanted = (round(getattr(texture, channel) * grit / banks.SPREAD * 64) for texture in material.textures)
    return tuple(max(-127, min(weight, 127)) for weight in wanted)
