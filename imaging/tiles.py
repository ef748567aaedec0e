"""Tiles of pyramid files, read at known offsets: nothing is decoded.

Open files are kept in a small cache of the process. One that is dropped from it closes when its last reader lets go of
it, so that no reader ever reads from a descriptor that has become another file.
"""

import os
import threading
import weakref
from array import array
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from imaging.pyramidfile import TILE, levels_of
from imaging.tiffdir import Directory, TiffError, descriptor_source, directories

PREVIEW_HALVINGS = 3
"""A preview begins at one eighth of the image's size, or where the image fits into one tile if that comes earlier."""

_MAX_OPEN = 128
_JPEG = 7


def preview_level(width: int, height: int) -> int:
    """How often the image is halved to give the largest level of its preview."""
    return min(PREVIEW_HALVINGS, levels_of(width, height))


@dataclass(frozen=True, slots=True)
class Level:
    """One size of the image; offsets and sizes run row by row."""

    width: int
    height: int
    columns: int
    rows: int
    offsets: "array[int]"
    sizes: "array[int]"
    tables: bytes


class TileFile:
    """An open pyramid file and the places of its tiles."""

    def __init__(self, path: Path | str) -> None:
        self.descriptor = descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, descriptor)
        self.levels = tuple(_read_level(directory) for directory in directories(descriptor_source(descriptor)))

    @classmethod
    def open(cls, path: Path | str) -> "TileFile":
        """From the process's cache where the file is still the same one."""
        return _cache.get(os.fspath(path))

    def read(self, level: int, x: int, y: int) -> bytes | None:
        """A tile's JPEG of 512 x 512 pixels; None outside the image."""
        if not 0 <= level < len(self.levels):
            return None
        place = self.levels[level]
        if not (0 <= x < place.columns and 0 <= y < place.rows):
            return None
        number = y * place.columns + x
        data = os.pread(self.descriptor, place.sizes[number], place.offsets[number])
        return place.tables + data[2:] if place.tables else data


def _read_level(directory: Directory) -> Level:
    width, height, tile = directory.integer(256), directory.integer(257), directory.integer(322)
    if directory.integer(259) != _JPEG or tile != TILE or directory.integer(323) != TILE:
        raise TiffError("not a pyramid file of this house")
    columns, rows = -(-width // TILE), -(-height // TILE)
    offsets, sizes = directory.integers(324), directory.integers(325)
    if len(offsets) != columns * rows or len(sizes) != columns * rows:
        raise TiffError("tiles are missing from the index")
    tables = bytes(directory.raw(directory.entries[347]))[:-2] if 347 in directory.entries else b""
    return Level(width, height, columns, rows, array("Q", offsets), array("L", sizes), tables)


class _Cache:
    """The files read last, by name, time and size: a file written anew is another file."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._files: OrderedDict[tuple[str, int, int], TileFile] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, path: str) -> TileFile:
        status = os.stat(path)
        key = (path, status.st_mtime_ns, status.st_size)
        with self._lock:
            if key in self._files:
                self._files.move_to_end(key)
                return self._files[key]
        file = TileFile(path)
        with self._lock:
            self._files[key] = file
            while len(self._files) > self._size:
                self._files.popitem(last=False)
        return file


_cache = _Cache(_MAX_OPEN)


@dataclass(frozen=True, slots=True)
class Tileset:
    """z, x, y of an image of that upright size: z 0 is the whole image in one tile, max_zoom its own pixels.

    Without the full pyramid the low zooms come from the preview, and the others are missing.
    """

    width: int
    height: int
    full: Path | str | None = None
    preview: Path | str | None = None

    @property
    def max_zoom(self) -> int:
        return levels_of(self.width, self.height)

    @property
    def preview_max_zoom(self) -> int:
        return self.max_zoom - preview_level(self.width, self.height)

    def read(self, z: int, x: int, y: int) -> bytes | None:
        level = self.max_zoom - z
        if level < 0 or z < 0:
            return None
        if self.full is not None:
            return TileFile.open(self.full).read(level, x, y)
        level -= preview_level(self.width, self.height)
        if self.preview is None or level < 0:
            return None
        return TileFile.open(self.preview).read(level, x, y)
