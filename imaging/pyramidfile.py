"""The pyramid file: a tiled, pyramidal JPEG TIFF that OpenSlide, GDAL, QGIS and Pillow open as it is.

Every tile is a complete JPEG of 512 x 512 pixels, so that it can be sent to a browser as it lies in the file; tiles at
the right and lower edges repeat the image's last column and row. Level sizes are rounded up at each halving.
"""

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import simplejpeg

from imaging.atomicfile import atomic_file
from imaging.halve import halve
from imaging.pixels import Pixels

TILE = 512
QUALITY = 80
_BIG_TIFF_PIXELS = 4_000_000_000  # one byte a pixel is more than a tile ever takes: offsets stay below 4 GiB
_SHORT, _LONG, _RATIONAL, _LONG8 = 3, 4, 5, 16
_REFERENCE = (0, 1, 255, 1, 128, 1, 255, 1, 128, 1, 255, 1)

Tags = dict[int, tuple[int, tuple[int, ...]]]


def levels_of(width: int, height: int) -> int:
    """How many times the image is halved until it fits into one tile; the highest zoom of the viewer."""
    return max(0, -(-max(width, height) // TILE) - 1).bit_length()


class LevelsWriter:
    """Writes all levels of an image that comes from the top in strips of TILE rows (the last may be lower)."""

    def __init__(self, file: BinaryIO, width: int, height: int) -> None:
        self._file, self._is_big = file, width * height > _BIG_TIFF_PIXELS
        file.write(_header(0, is_big=self._is_big))
        self._levels = [_Level(file, width, height, is_first=True)]
        for _ in range(levels_of(width, height)):
            last = self._levels[-1]
            self._levels.append(_Level(file, -(-last.width // 2), -(-last.height // 2)))

    def add(self, strip: Pixels, number: int = 0) -> None:
        """A full strip is written as tiles, and half of it waits in the next level until that has a full strip too."""
        self._levels[number].write_tiles(strip)
        if number + 1 == len(self._levels):
            return
        above = self._levels[number + 1]
        halve(strip, above.room_for(-(-strip.shape[0] // 2)))
        if above.is_due():
            self.add(above.take(), number + 1)

    def finish(self) -> None:
        first = _write_directories(self._file, self._levels, is_big=self._is_big)
        self._file.seek(0)
        self._file.write(_header(first, is_big=self._is_big))
        self._file.seek(0, 2)


@contextmanager
def levels_file(path: Path, width: int, height: int) -> Iterator[Callable[[Pixels], None]]:
    """A function that takes the image's strips; the file appears when all have been taken, or not at all."""
    with atomic_file(path) as file:
        writer = LevelsWriter(file, width, height)
        yield writer.add
        writer.finish()


def pour_array(pixels: Pixels, take: Callable[[Pixels], None]) -> None:
    for top in range(0, pixels.shape[0], TILE):
        take(pixels[top : top + TILE])


class _Level:
    """One size of the image on its way into the file; rows wait in one strip that is used again and again."""

    def __init__(self, file: BinaryIO, width: int, height: int, *, is_first: bool = False) -> None:
        self.file, self.width, self.height = file, width, height
        self.offsets: list[int] = []
        self.sizes: list[int] = []
        self._strip = np.empty((0 if is_first else min(TILE, height), width, 4), np.uint8)
        self._waiting = 0
        self._rows_seen = 0

    def room_for(self, rows: int) -> Pixels:
        room = self._strip[self._waiting : self._waiting + rows]
        self._waiting += rows
        self._rows_seen += rows
        return room

    def is_due(self) -> bool:
        return self._waiting == TILE or self._rows_seen == self.height

    def take(self) -> Pixels:
        strip = self._strip[: self._waiting]
        self._waiting = 0
        return strip

    def write_tiles(self, strip: Pixels) -> None:
        space = "RGB" if strip.shape[2] == 3 else "RGBX"
        tile = np.empty((TILE, TILE, strip.shape[2]), np.uint8)
        for left in range(0, self.width, TILE):
            _fill_tile(tile, strip[:, left : left + TILE])
            data = simplejpeg.encode_jpeg(tile, quality=QUALITY, colorspace=space, colorsubsampling="420")
            self.offsets.append(self.file.tell())
            self.sizes.append(len(data))
            self.file.write(data)

    def tags(self, *, is_overview: bool, is_big: bool) -> Tags:
        offset_type = _LONG8 if is_big else _LONG
        return {
            254: (_LONG, (int(is_overview),)),
            256: (_LONG, (self.width,)),
            257: (_LONG, (self.height,)),
            258: (_SHORT, (8, 8, 8)),
            259: (_SHORT, (7,)),  # JPEG
            262: (_SHORT, (6,)),  # YCbCr
            277: (_SHORT, (3,)),
            284: (_SHORT, (1,)),  # the three components together
            322: (_SHORT, (TILE,)),
            323: (_SHORT, (TILE,)),
            324: (offset_type, tuple(self.offsets)),
            325: (_LONG, tuple(self.sizes)),
            530: (_SHORT, (2, 2)),
            532: (_RATIONAL, _REFERENCE),
        }


def _fill_tile(tile: Pixels, part: Pixels) -> None:
    """Copy, and repeat the last column and row: black there would ring into the image's own last pixels."""
    height, width = part.shape[:2]
    np.copyto(tile[:height, :width], part)
    if width < TILE:
        tile[:height, width:] = part[:, -1:]
    if height < TILE:
        tile[height:] = tile[height - 1]


def _header(first_directory: int, *, is_big: bool) -> bytes:
    if is_big:
        return struct.pack("<2sHHHQ", b"II", 43, 8, 0, first_directory)
    return struct.pack("<2sHI", b"II", 42, first_directory)


def _write_directories(file: BinaryIO, levels: list[_Level], *, is_big: bool) -> int:
    """Write the directories behind the tiles, each pointing at the next; the position of the first."""
    file.write(b"\0" * (-file.tell() % 8))
    first = position = file.tell()
    for number, level in enumerate(levels):
        tags = level.tags(is_overview=number > 0, is_big=is_big)
        data = _directory(tags, position, is_last=number + 1 == len(levels), is_big=is_big)
        file.write(data)
        position += len(data)
    return first


def _directory(tags: Tags, position: int, *, is_last: bool, is_big: bool) -> bytes:
    """The directory followed by the values that do not fit into its entries, and padding to eight bytes."""
    word, count_format = ("Q", "<Q") if is_big else ("I", "<H")
    word_size = struct.calcsize(word)
    values_at = position + struct.calcsize(count_format) + len(tags) * (4 + 2 * word_size) + word_size
    entries, values = b"", b""
    for tag, (kind, numbers) in sorted(tags.items()):
        data = struct.pack(f"<{len(numbers)}{ {_SHORT: 'H', _LONG: 'I', _RATIONAL: 'I', _LONG8: 'Q'}[kind] }", *numbers)
        count = len(numbers) // (2 if kind == _RATIONAL else 1)
        entries += struct.pack("<HH" + word, tag, kind, count)
        if len(data) <= word_size:
            entries += data.ljust(word_size, b"\0")
        else:
            entries += struct.pack("<" + word, values_at + len(values))
            values += data + b"\0" * (len(data) % 2)
    end = values_at + len(values)
    padding = -end % 8
    next_directory = struct.pack("<" + word, 0 if is_last else end + padding)
    return struct.pack(count_format, len(tags)) + entries + next_directory + values + b"\0" * padding
