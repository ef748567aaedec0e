"""A crop that stands in no sheet, cut from the tiles."""

from imaging.tiles import Tileset
from inference.crop_sheets import SIDE, Box, encode, window_of
from surveys.models import Image
from viewer.windows import read_window


def cut_crop(image: Image, box: Box) -> tuple[bytes | None, bool]:
    """A JPEG as a sheet would hold it, None while no tiles are there; and whether it is as sharp as it will be."""
    size = (image.width or 1, image.height or 1)
    window, tileset = window_of(box, size), Tileset(*size)
    halvings = max((window.side // SIDE).bit_length() - 1, 0)  # as many as leave enough pixels
    best = min(halvings, tileset.max_zoom)
    for level in range(best, tileset.max_zoom + 1):
        left, top, right, bottom = (
            edge // 2**level for edge in (window.left, window.top, window.right - 1, window.bottom - 1)
        )
        whole = (-(-size[0] // 2**level), -(-size[1] // 2**level))
        asked = (right - left + 1, bottom - top + 1)
        pixels = read_window(image, tileset.max_zoom - level, (left, top), whole, asked)
        if pixels is not None:
            return encode(pixels), level == best
    return None, False
