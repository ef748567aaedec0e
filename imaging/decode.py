"""A whole image as upright sRGB pixels: what detectors, crops and pyramids are made from."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from imaging.colour import vips_pixels
from imaging.formats import Format
from imaging.header import MAX_PIXELS, Header, read_header
from imaging.jpegpixels import jpeg_pixels, parse_jpeg
from imaging.pixels import Pixels
from imaging.pyramidfile import TILE
from imaging.slide import slide_strips
from imaging.upright import turn_upright
from imaging.vipsfile import open_srgb, strips, unreadable


def read_upright(path: Path, *, max_pixels: int = MAX_PIXELS) -> Pixels:
    """The image as (height, width, 3) uint8: sRGB, upright, alpha on white, of several images the first.

    A damaged or truncated file raises UnreadableImageError, as does one of more pixels than max_pixels: an orthomosaic
    is streamed with write_pyramid_from_file instead. JPEG pixels are those of libjpeg's exact decoder.
    The array's memory is used again once nothing refers to it.
    """
    header = read_header(path, max_pixels=max_pixels, max_tiled_pixels=max_pixels)
    return _READERS[header.format](path, header)


def file_strips(path: Path, header: Header) -> Iterator[Pixels]:
    """The same pixels in strips of TILE rows from the top, for images too large to be in memory as a whole.

    A strip's memory may be that of the next one.
    """
    if header.format is Format.SLIDE:
        yield from slide_strips(path)
    elif header.orientation != 1 and not header.is_tiled:
        pixels = read_upright(path, max_pixels=header.width * header.height)
        yield from (pixels[top : top + TILE] for top in range(0, pixels.shape[0], TILE))
    else:
        image = open_srgb(path, header)
        with unreadable(path, header.format):
            yield from strips(image)


def _read_jpeg(path: Path, header: Header) -> Pixels:
    data = path.read_bytes()
    return turn_upright(jpeg_pixels(data, parse_jpeg(data)), header.orientation)


def _read_with_vips(path: Path, header: Header) -> Pixels:
    image = open_srgb(path, header)
    with unreadable(path, header.format):
        return vips_pixels(image)


def _read_slide(path: Path, _header: Header) -> Pixels:
    return np.concatenate(list(slide_strips(path)))


_READERS = {
    Format.JPEG: _read_jpeg,
    Format.PNG: _read_with_vips,
    Format.TIFF: _read_with_vips,
    Format.SLIDE: _read_slide,
}
