"""Tracks, paths and channels: lines over the ground, drawn at half the picture's size."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from training.render.camera import Camera
from training.render.fields import STEP


@dataclass
class Pen:
    """Draws lines given in ground px; `field` is what a mask takes."""

    camera: Camera

    def __post_init__(self) -> None:
        width, height = (-(-side // STEP) * STEP // 2 for side in (self.camera.width, self.camera.height))
        self.picture = Image.new("L", (width, height), 0)
        self.draw = ImageDraw.Draw(self.picture)
        self.is_used = False

    def line(self, u: np.ndarray, v: np.ndarray, width: float | np.ndarray, strength: float | np.ndarray = 1.0) -> None:
        """A line through ground points, `width` in ground px; the strength may fade along it."""
        x, y = self.camera.picture(u, v)
        scale = self.camera.scale(y) * (self.camera.squash if self.camera.is_oblique else 1.0)
        widths = np.maximum(np.broadcast_to(width, u.shape) * scale / 2, 1.0)
        tones = np.broadcast_to(strength, u.shape) * 255
        inside = (x > -200) & (x < self.camera.width + 200) & (y > -200) & (y < self.camera.height + 200)
        for i in np.flatnonzero(inside[:-1]):
            ends = [(x[i] / 2, y[i] / 2), (x[i + 1] / 2, y[i + 1] / 2)]
            self.draw.line(ends, fill=int(tones[i]), width=round(float(widths[i])))
            if widths[i] > 3:
                r = widths[i] / 2
                self.draw.ellipse((ends[0][0] - r, ends[0][1] - r, ends[0][0] + r, ends[0][1] + r), fill=int(tones[i]))
        self.is_used = True

    def softened(self, shape: tuple[int, int], reach: int) -> np.ndarray:
        """The lines as a field at an eighth of the size, with banks `reach` ground px wide."""
        small = self.picture.resize((shape[1], shape[0]), Image.Resampling.BOX)
        return np.asarray(small.filter(ImageFilter.GaussianBlur(reach / STEP / 2)), np.float32) / 255

    @property
    def field(self) -> np.ndarray:
        return np.asarray(self.picture, np.float32) / 255


def wander(
    rng: np.random.Generator, start: tuple[float, float], heading: float, length: float, bend: float
) -> tuple[np.ndarray, np.ndarray]:
    """A line that wanders off from `start`: ground points about 12 px apart, `bend` in radians per 100 px."""
    step = 12.0
    count = max(int(length / step), 2)
    turns = np.cumsum(rng.normal(0, bend * np.sqrt(step / 100), count))
    slow = bend * 2.2 * np.sin(np.cumsum(np.full(count, step / rng.uniform(250, 700))) + rng.uniform(0, 6))
    angle = heading + 0.35 * turns + slow
    return start[0] + np.cumsum(np.cos(angle)) * step, start[1] + np.cumsum(np.sin(angle)) * step


def beside(u: np.ndarray, v: np.ndarray, distance: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The line that runs `distance` ground px to the side of another."""
    du, dv = np.gradient(u), np.gradient(v)
    length = np.maximum(np.hypot(du, dv), 1e-6)
    return u - dv / length * distance, v + du / length * distance
