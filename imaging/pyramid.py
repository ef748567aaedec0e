"""Making an image's pyramid file, and telling which images need none."""

from pathlib import Path

from imaging.decode import read_upright
from imaging.formats import Format, identify
from imaging.header import MAX_PIXELS, orientation_of, read_header
from imaging.pixels import Pixels
from imaging.pyramidfile import levels_file, pour_array
from imaging.slide import can_be_opened, slide_strips
from imaging.tiffdir import Directory, TiffError, directories, file_source
from imaging.vipsfile import pour_file

_RGB_OR_YCBCR = (2, 6)
_COMPRESSIONS = (1, 5, 7, 8, 32946)  # none, LZW, JPEG, deflate: those that OpenSlide is sure to read
_SMALL_ENOUGH = 2048  # the coarsest level of a TIFF that is quick to show as it is


def write_pyramid(pixels: Pixels, out_path: Path) -> None:
    """All levels of an upright (height, width, 3) image; the file appears whole or not at all."""
    height, width = pixels.shape[:2]
    with levels_file(out_path, width, height) as take:
        pour_array(pixels, take)


def write_pyramid_from_file(path: Path, out_path: Path, *, max_pixels: int = MAX_PIXELS) -> None:
    """The same from a file, a strip at a time: an orthomosaic never is in memory as a whole."""
    header = read_header(path, max_pixels=max_pixels)
    with levels_file(out_path, header.width, header.height) as take:
        if header.format is Format.SLIDE:
            for strip in slide_strips(path):
                take(strip)
        elif header.orientation != 1 and not header.is_tiled:
            pour_array(read_upright(path, max_pixels=max_pixels), take)
        else:
            pour_file(path, header, take)


def is_shown_as_is(path: Path) -> bool:
    """Whether OpenSlide shows the file well without a pyramid file: slides, and TIFFs that have their own pyramid."""
    kind = identify(path)
    if kind is not Format.TIFF:
        return kind is Format.SLIDE
    with path.open("rb") as file:
        try:
            is_good = _is_good_pyramid(list(directories(file_source(file))))
        except TiffError:
            return False
    return is_good and can_be_opened(path)


def _is_good_pyramid(levels: list[Directory]) -> bool:
    """Tiled, 8-bit, RGB or YCbCr without further bands, upright, and with a level small enough to be shown at once."""
    if not all(_is_plain(level) for level in levels):
        return False
    sides = [max(level.integer(256), level.integer(257)) for level in levels]
    return orientation_of(levels[0]) == 1 and len(levels) > 1 and min(sides) <= _SMALL_ENOUGH


def _is_plain(level: Directory) -> bool:
    return (
        322 in level.entries
        and level.integers(258) == (8, 8, 8)
        and level.integer(277) == 3
        and level.integer(262) in _RGB_OR_YCBCR
        and level.integer(259, 1) in _COMPRESSIONS
        and level.integer(284, 1) == 1  # the three bands together
    )
