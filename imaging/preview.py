"""The first look at a file: all of it is read once, and its small levels are kept."""

from collections.abc import Callable
from pathlib import Path

from imaging.formats import Format
from imaging.header import MAX_PIXELS, Header, read_header
from imaging.jpegpixels import jpeg_pixels, parse_jpeg
from imaging.pixels import Pixels
from imaging.pyramidfile import levels_file, pour_array
from imaging.slide import slide_strips
from imaging.tiles import preview_level
from imaging.upright import turn_upright
from imaging.vipsfile import pour_file


def check_and_preview(path: Path, preview_path: Path, *, max_pixels: int = MAX_PIXELS) -> Header:
    """Go through the whole file, so that damage is found now, and write its preview; the file's header.

    Only of a slide larger than max_pixels no more is read than the preview needs.
    """
    header = read_header(path, max_pixels=max_pixels)
    halvings = preview_level(header.width, header.height)
    width, height = (-(-side // 2**halvings) for side in (header.width, header.height))
    with levels_file(preview_path, width, height) as take:
        _pour_small(path, header, halvings, take)
    return header


def _pour_small(path: Path, header: Header, halvings: int, take: Callable[[Pixels], None]) -> None:
    if header.format is Format.JPEG:
        data = path.read_bytes()
        # libjpeg goes through all of the data for a small image too, and leaves out most of the arithmetic.
        pixels = jpeg_pixels(data, parse_jpeg(data), halvings=halvings)
        pour_array(turn_upright(pixels, header.orientation), take)
    elif header.format is Format.SLIDE:
        for strip in slide_strips(path, halvings=halvings):
            take(strip)
    else:
        pour_file(path, header, take, scale=2**halvings)
