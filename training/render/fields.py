"""Slow variation over a picture: where grass, sand or water lies. Kept at an eighth of the picture's size."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from training.render.banks import SPREAD, texture
from training.render.camera import Camera

STEP = 8
CLOUD = 48.0  # px across a cloud of the texture that fields are sampled from


@dataclass
class Fields:
    """Draws smooth fields, float32 (height / 8, width / 8), that follow the ground's perspective."""

    camera: Camera
    rng: np.random.Generator

    def __post_init__(self) -> None:
        columns = (np.arange(-(-self.camera.width // STEP)) + 0.5) * STEP
        rows = (np.arange(-(-self.camera.height // STEP)) + 0.5) * STEP
        x, y = np.meshgrid(columns.astype(np.float32), rows.astype(np.float32))
        self.x, self.y = x, y
        u, v = self.camera.ground(x, y)
        self.u, self.v = u.astype(np.float32), v.astype(np.float32)

    @property
    def shape(self) -> tuple[int, int]:
        return self.x.shape

    def noise(self, wavelength: float, stretch: float = 1.0, turn: float | None = None) -> np.ndarray:
        """Cloudy noise of spread about one whose largest clouds are `wavelength` ground px across.

        `stretch` makes them longer along the direction `turn` (radians).
        """
        cloud = texture("cloud")
        side = cloud.shape[0]
        turn = self.rng.uniform(0, 2 * np.pi) if turn is None else turn
        per_px = CLOUD / wavelength
        cos, sin = np.cos(turn) * per_px, np.sin(turn) * per_px
        along = (self.u * cos + self.v * sin) / stretch + self.rng.uniform(0, side)
        aside = self.v * cos - self.u * sin + self.rng.uniform(0, side)
        return _sample(cloud, along, aside) * np.float32(1.0 / SPREAD)

    def along(self, turn: float) -> np.ndarray:
        """Signed distance in ground px from the middle of the picture, along a direction."""
        middle = self.v[self.shape[0] // 2, 0]
        return self.u * np.float32(np.cos(turn)) + (self.v - middle) * np.float32(np.sin(turn))


def _sample(cloud: np.ndarray, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    side = cloud.shape[0]
    left, top = np.floor(across), np.floor(down)
    part_x, part_y = across - left, down - top
    left, top = left.astype(np.int32) % side, top.astype(np.int32) % side
    right, bottom = (left + 1) % side, (top + 1) % side
    flat = cloud.ravel()
    upper = flat[top * side + left] * (1 - part_x) + flat[top * side + right] * part_x
    lower = flat[bottom * side + left] * (1 - part_x) + flat[bottom * side + right] * part_x
    return upper * (1 - part_y) + lower * part_y


def smooth(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below `low`, 1 above `high`, an S between."""
    part = np.clip((values - low) / (high - low), 0, 1)
    return part * part * (3 - 2 * part)


def as_map(values: np.ndarray) -> Image.Image:
    """A field of 0..1 (or colours of 0..1, three deep) as a small picture that bands are cut from."""
    return Image.fromarray((np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8))


def enlarged(small: Image.Image, camera: Camera, top: int, bottom: int) -> np.ndarray:
    """Rows top to bottom of a small picture brought to the picture's size; uint8."""
    factor_x, factor_y = small.width / _padded(camera.width), small.height / _padded(camera.height)
    box = (0.0, top * factor_y, camera.width * factor_x, min(bottom * factor_y, small.height))
    return np.asarray(small.resize((camera.width, bottom - top), Image.Resampling.BILINEAR, box=box))


def _padded(length: int) -> int:
    return -(-length // STEP) * STEP
