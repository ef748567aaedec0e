"""Images through OpenSlide: those that are shown as they are, and the DeepZoom face of every pyramid."""

import math
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openslide
import simplejpeg
from openslide.deepzoom import DeepZoomGenerator
from PIL import Image

from imaging.errors import UnreadableImageError
from imaging.pixels import Pixels
from imaging.pyramidfile import QUALITY, TILE, levels_of

_MAX_OPEN = 16


class SlideFile:
    """An open slide with its DeepZoom generator: tiles of 512 pixels, no overlap. Safe for several threads."""

    def __init__(self, path: str) -> None:
        self.slide = openslide.OpenSlide(path)
        self.deepzoom = DeepZoomGenerator(self.slide, tile_size=TILE, overlap=0, limit_bounds=False)

    @classmethod
    def open(cls, path: Path | str) -> "SlideFile":
        """From the process's cache; a slide that is dropped from it closes when its last user lets go of it."""
        return _cache.get(os.fspath(path))

    def descriptor(self) -> str:
        """The .dzi document."""
        return str(self.deepzoom.get_dzi("jpg"))

    def deepzoom_tile(self, level: int, column: int, row: int) -> bytes | None:
        """A tile of the DeepZoom face, partial at the edges; None outside the image or where it is damaged."""
        if not 0 <= level < self.deepzoom.level_count:
            return None
        columns, rows = self.deepzoom.level_tiles[level]
        if not (0 <= column < columns and 0 <= row < rows):
            return None
        tile = self._pixels(level, column, row)
        return None if tile is None else _encode(tile)

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """A tile of the Leaflet face: z 0 is the whole image in one tile; edges are filled up to 512 pixels."""
        max_zoom = levels_of(*self.slide.dimensions)
        if not 0 <= z <= max_zoom:
            return None
        level = self.deepzoom.level_count - 1 - (max_zoom - z)
        columns, rows = self.deepzoom.level_tiles[level]
        if not (0 <= x < columns and 0 <= y < rows):
            return None
        tile = self._pixels(level, x, y)
        if tile is None:
            return None
        height, width = tile.shape[:2]
        return _encode(np.pad(tile, ((0, TILE - height), (0, TILE - width), (0, 0)), mode="edge"))

    def _pixels(self, level: int, column: int, row: int) -> Pixels | None:
        """None where the file is damaged. OpenSlide then answers nothing but errors, so the slide is opened anew."""
        try:
            return np.asarray(self.deepzoom.get_tile(level, (column, row)).convert("RGB"))
        except openslide.OpenSlideError:
            _cache.forget(self)
            return None


def _encode(pixels: Pixels) -> bytes:
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), quality=QUALITY, colorsubsampling="420"))


class _Cache:
    def __init__(self, size: int) -> None:
        self._size = size
        self._slides: OrderedDict[tuple[str, int, int], SlideFile] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, path: str) -> SlideFile:
        status = os.stat(path)
        key = (path, status.st_mtime_ns, status.st_size)
        with self._lock:
            slide = self._slides.pop(key, None) or SlideFile(path)
            self._slides[key] = slide
            while len(self._slides) > self._size:
                self._slides.popitem(last=False)
        return slide

    def forget(self, slide: SlideFile) -> None:
        with self._lock:
            for key in [key for key, known in self._slides.items() if known is slide]:
                del self._slides[key]


_cache = _Cache(_MAX_OPEN)


def can_be_opened(path: Path) -> bool:
    """Whether OpenSlide takes the file at all: it is stricter about some tags than others are."""
    try:
        openslide.OpenSlide(path).close()
    except openslide.OpenSlideError:
        return False
    return True


def slide_strips(path: Path, *, halvings: int = 0) -> Iterator[Pixels]:
    """The slide from the top in strips of TILE rows, its sides halved that often and rounded up, on white."""
    scale = 2**halvings
    try:
        with openslide.OpenSlide(path) as slide:
            width, height = (-(-side // scale) for side in slide.dimensions)
            for top in range(0, height, TILE):
                yield _read_strip(slide, top, min(TILE, height - top), width, scale)
    except openslide.OpenSlideError:
        raise UnreadableImageError("damaged") from None


def _read_strip(slide: openslide.OpenSlide, top: int, rows: int, width: int, scale: int) -> Pixels:
    """From the slide's own level that is nearest above the wanted size."""
    level = slide.get_best_level_for_downsample(scale)
    down = slide.level_downsamples[level]
    size = (math.ceil(width * scale / down), math.ceil(rows * scale / down))
    region = slide.read_region((0, top * scale), level, size)
    opaque = Image.new("RGB", region.size, "white")
    opaque.paste(region, mask=region.getchannel("A"))
    if opaque.size != (width, rows):
        opaque = opaque.resize((width, rows), Image.Resampling.BOX)
    return np.asarray(opaque)
