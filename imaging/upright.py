"""Turning pixels as the camera's orientation mark says, so that up is up."""

import numpy as np

from imaging.pixels import Pixels


def turn_upright(pixels: Pixels, orientation: int) -> Pixels:
    """(height, width, channels) stored with EXIF orientation 1 to 8; contiguous."""
    if orientation in (2, 5, 7, 4):
        pixels = pixels[:, ::-1]
    quarter_turns = {3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}.get(orientation, 0)
    return np.ascontiguousarray(np.rot90(pixels, quarter_turns))
