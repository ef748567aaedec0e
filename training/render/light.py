"""Where the sun stands: every shadow of a scene is cut from this."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Sun:
    """Light of one scene. The azimuth is where the light comes from, clockwise from the top of the image."""

    azimuth_rad: float
    elevation_rad: float

    @property
    def shadow_per_height(self) -> tuple[float, float]:
        """Pixels right and down that a shadow's tip lies from the foot, for each pixel of height."""
        reach = 1.0 / math.tan(max(self.elevation_rad, 0.15))
        return -math.sin(self.azimuth_rad) * reach, math.cos(self.azimuth_rad) * reach
