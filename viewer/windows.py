"""A part of an image at one of its zooms, put together from tiles."""

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from imaging.pyramidfile import TILE
from surveys.models import Image
from viewer.grants import Grant
from viewer.tiles import read_tile

Size = tuple[int, int]  # width and height, or left and top


def read_window(image: Image, z: int, place: Size, size: Size, window: Size) -> NDArray[np.uint8] | None:
    """Pixels of the level `z`, which is of that `size`, from `place` on; None while a tile of it is missing."""
    left, top = place
    right, bottom = min(left + window[0], size[0]), min(top + window[1], size[1])
    columns, rows = range(left // TILE, -(-right // TILE)), range(top // TILE, -(-bottom // TILE))
    grant = Grant.of(image)
    tiles = [[read_tile(str(image.pk), grant, z, x, y) for x in columns] for y in rows]
    if any(tile is None for row in tiles for tile in row):
        return None
    pixels = np.vstack([np.hstack([_whole(tile) for tile in row]) for row in tiles])
    x, y = left - columns[0] * TILE, top - rows[0] * TILE
    return np.ascontiguousarray(pixels[y : y + bottom - top, x : x + right - left])


def _whole(tile: bytes | None) -> NDArray[np.uint8]:
    """A tile as 512 x 512 pixels, whoever wrote it."""
    pixels = simplejpeg.decode_jpeg(tile)
    height, width = pixels.shape[:2]
    return np.pad(pixels, ((0, TILE - height), (0, TILE - width), (0, 0)), mode="edge")
