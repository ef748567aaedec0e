"""The ground in full size: materials with textures, laid over each other by masks, band by band."""

from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from training.render import banks
from training.render.camera import Camera
from training.render.fields import STEP, enlarged
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
    slanted: tuple[int, np.ndarray, np.ndarray] | None = None  # of the band being cut: its top, lines and places

    def band(self, texture: Texture, top: int, bottom: int) -> np.ndarray:
        """int8 (rows, width) of this texture."""
        tile, offset = self._tile(texture)
        if not self.camera.is_oblique:
            return tile[(np.arange(top, bottom) + offset) % tile.shape[0]]
        return self._slanted(tile, offset, top, bottom)

    def _tile(self, texture: Texture) -> tuple[np.ndarray, int]:
        key = (texture.name, texture.lit, texture.wavelength, texture.turn)
        if key not in self.tiles:
            self.tiles[key] = self._cut(texture)
        return self.tiles[key]

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
    small = [(_small_colour(m), _small_mask(m)) for m in materials]
    keep = [round((1 - part) * 128) for part in shade]
    for top, bottom in bands(camera):
        planes = np.zeros((3, bottom - top, camera.width), np.int16)
        for material, (colour, mask) in zip(materials, small, strict=True):
            _lay_one(planes, material, (colour, mask), weave, (top, bottom))
        np.clip(planes, 0, 255, out=planes)
        dark = shadow[top:bottom].astype(np.int16) >> 1
        if dark.any():
            for plane, part in zip(planes, keep, strict=True):
                plane -= (plane * ((dark * part) >> 7)) >> 7
        for channel in range(3):
            canvas[top:bottom, :, channel] = planes[channel]
    return canvas


def _small_colour(material: Material) -> Image.Image | None:
    if isinstance(material.colour, tuple):
        return None
    return Image.fromarray((np.clip(material.colour, 0, 1) * 255 + 0.5).astype(np.uint8))


def _small_mask(material: Material) -> Image.Image | None:
    if material.mask is None:
        return None
    return Image.fromarray((np.clip(material.mask.field, 0, 1) * 255 + 0.5).astype(np.uint8))


def _lay_one(
    planes: np.ndarray,
    material: Material,
    small: tuple[Image.Image | None, Image.Image | None],
    weave: Weave,
    rows: tuple[int, int],
) -> None:
    alpha = None if material.mask is None else _alpha(material, small[1], weave, rows)
    if alpha is None and material.mask is not None:
        return
    colours = None if small[0] is None else enlarged(small[0], weave.camera, *rows)
    grains = [weave.band(texture, *rows).astype(np.int16) for texture in material.textures]
    for channel, name in enumerate(("red", "green", "blue")):
        plane = _plane(material, colours, grains, (channel, name))
        if alpha is None:
            planes[channel] = plane
        else:
            plane -= planes[channel]
            np.clip(plane, -255, 255, out=plane)
            plane *= alpha
            plane >>= 7
            planes[channel] += plane


def _plane(
    material: Material, colours: np.ndarray | None, grains: list[np.ndarray], which: tuple[int, str]
) -> np.ndarray:
    channel, name = which
    moved = np.zeros_like(grains[0])
    for texture, grain in zip(material.textures, grains, strict=True):
        moved += grain * np.int16(np.clip(round(getattr(texture, name) / banks.SPREAD * 64), -127, 127))
    moved >>= 6
    if colours is None:
        moved += np.int16(round(material.colour[channel]))
    else:
        moved += colours[:, :, channel]
    return moved


def _alpha(material: Material, small: Image.Image | None, weave: Weave, rows: tuple[int, int]) -> np.ndarray | None:
    """0..127 per pixel, or None where the material is nowhere in these rows."""
    mask = material.mask
    if mask is None or small is None:
        return np.full((rows[1] - rows[0], weave.camera.width), 127, np.int16)
    reach = sum(part for _, part in mask.rough) * 3.2 + 0.5 / mask.sharpness
    if _highest(small, weave.camera, rows) < (0.5 - reach) * 255:
        return None
    alpha = enlarged(small, weave.camera, *rows).astype(np.int16) - 128
    for texture, part in mask.rough:
        grain = weave.band(texture, *rows).astype(np.int16)
        alpha += (grain * np.int16(min(round(part * 255 / banks.SPREAD * 16), 255))) >> 4
    np.clip(alpha, -127, 127, out=alpha)
    alpha *= np.int16(round(mask.sharpness * 8))
    alpha >>= 4
    alpha += 64
    np.clip(alpha, 0, 127, out=alpha)
    if material.strength < 1:
        alpha *= np.int16(round(material.strength * 128))
        alpha >>= 7
    return alpha


def _highest(small: Image.Image, camera: Camera, rows: tuple[int, int]) -> int:
    per_row = small.height / camera.height
    first, last = int(rows[0] * per_row) - 1, int(rows[1] * per_row) + 2
    return int(np.asarray(small)[max(first, 0) : last].max())
