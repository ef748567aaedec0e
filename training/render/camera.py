"""From the ground to the picture: straight down, or at a slant with everything smaller towards the top."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Camera:
    """A picture of `width` by `height` px. Ground lengths are in px of the bottom row, where the scale is one.

    `top_scale` is the scale at the top row, `squash` how much the ground is shortened from top to bottom; both are
    one straight down. `px_per_m` holds at the bottom row.
    """

    width: int
    height: int
    px_per_m: float
    top_scale: float = 1.0
    squash: float = 1.0

    @property
    def is_oblique(self) -> bool:
        return self.squash < 1.0

    def scale(self, y: np.ndarray | float) -> np.ndarray:
        """Pixels in the picture for one ground pixel, across, at the row y."""
        return self.top_scale + (1.0 - self.top_scale) * np.clip(np.asarray(y, float) / self.height, -0.1, 1.1)

    def ground(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The ground point seen at (x, y): right of the middle and up from the bottom row, negative upwards."""
        if not self.is_oblique:
            return x - self.width / 2, y - self.height
        scale = self.scale(y)
        fall = max(1.0 - self.top_scale, 1e-3) / self.height
        return (x - self.width / 2) / scale, -(1.0 / scale - 1.0) / (self.squash * fall)

    def picture(self, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where a ground point lies in the picture; the inverse of `ground`."""
        if not self.is_oblique:
            return u + self.width / 2, v + self.height
        fall = max(1.0 - self.top_scale, 1e-3) / self.height
        scale = 1.0 / np.maximum(1.0 - v * self.squash * fall, 0.05)
        return u * scale + self.width / 2, (scale - self.top_scale) / fall
