"""Slow variation over a picture: where grass, sand or water lies. Kept at an eighth of the picture's size."""

from dataclasses import dataclass

import numpy as np

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


class Enlarged:
    """A field of 0..1 brought to the picture's size between its points, a few rows at a time."""

    def __init__(self, field: np.ndarray, width: int, height: int) -> None:
        # In eighths of a tone of 255: fine enough that no steps show, and sixteen of them fit 16 bits.
        self.small = (np.clip(field, 0, 1) * (255 * 8)).astype(np.int16)
        self.small = np.pad(self.small, ((0, 0), (1, 1)), mode="edge")
        self.step = _padded(height) // field.shape[0]
        self.part = (((np.arange(width) + self.step // 2) % self.step + 0.5) * (16 / self.step)).astype(np.int16)
        self.width = width

    def rows(self, top: int, bottom: int, columns: slice) -> np.ndarray:
        """int16 0..255 of these rows and columns."""
        places = (np.arange(top, bottom) + 0.5) / self.step - 0.5
        above = np.floor(places).astype(int)
        part = ((places - above) * 16).astype(np.int16)
        lines = self._wide(np.clip(np.arange(above[0], above[-1] + 2), 0, len(self.small) - 1), columns)
        out = np.empty((bottom - top, lines.shape[1]), np.int16)
        for line in range(above[0], above[-1] + 1):
            here = slice(*np.searchsorted(above, (line, line + 1)))
            upper, lower = lines[line - above[0]], lines[line - above[0] + 1]
            np.multiply(lower - upper, part[here, None], out=out[here])
            out[here] >>= 4
            out[here] += upper
        out >>= 3
        return out

    def _wide(self, lines: np.ndarray, columns: slice) -> np.ndarray:
        first, last = ((x + self.step // 2) // self.step for x in (columns.start, columns.stop - 1))
        small = self.small[lines, first : last + 2]
        skip = columns.start + self.step // 2 - first * self.step
        count = columns.stop - columns.start
        left = np.repeat(small[:, :-1], self.step, axis=1)[:, skip : skip + count]
        rise = np.repeat(np.diff(small, axis=1), self.step, axis=1)[:, skip : skip + count]
        return left + ((rise * self.part[columns]) >> 4)

    def columns_above(self, level: float, top: int, bottom: int) -> slice | None:
        """The span of columns in which these rows may rise above a level, or None."""
        first, last = int(top / self.step) - 1, int(bottom / self.step) + 2
        high = np.flatnonzero(self.small[max(first, 0) : last, 1:-1].max(0) > level * 255 * 8)
        if len(high) == 0:
            return None
        first, last = int((high[0] - 1) * self.step), int((high[-1] + 2) * self.step)
        return slice(max(first, 0), min(last, self.width)) if first < self.width else None


def _padded(length: int) -> int:
    return -(-length // STEP) * STEP
