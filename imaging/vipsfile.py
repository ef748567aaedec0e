"""Images as streams: PNG, TIFF and JPEG files through libvips, upright sRGB, a strip at a time."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from imaging.colour import show_as_srgb
from imaging.errors import UnreadableImageError
from imaging.formats import Format
from imaging.header import Header
from imaging.pixels import Pixels
from imaging.pyramidfile import TILE
from imaging.tiffdir import Directory, TiffError, directories, file_source
from imaging.vips import vips

VipsImage = Any

_STRIP_OFFSETS, _STRIP_SIZES, _TILE_OFFSETS, _TILE_SIZES = 273, 279, 324, 325
_EXTRA_SAMPLES = 338
_SAMPLE_ROWS, _MASK_SHARE = 64, 0.9
_ROWS_AT_ONCE = 64  # more only costs page faults


def open_srgb(path: Path, header: Header) -> VipsImage:
    """The file as a libvips image: 8-bit sRGB, upright, uncomputed. Errors come when it is computed, too."""
    if header.format is Format.TIFF and is_cut_short(path, header.format):
        raise UnreadableImageError("truncated")  # libvips takes missing uncompressed tiles for black ones
    with unreadable(path, header.format):
        opener = partial(_open, path, header)
        colours, alpha = _bands(path, header, opener)
        image = show_as_srgb(opener, colours=colours, alpha=alpha)
        return _turned(image, header.orientation)


def _open(path: Path, header: Header, *, access: str = "") -> VipsImage:
    image = vips().Image
    load = {Format.JPEG: image.jpegload, Format.PNG: image.pngload, Format.TIFF: image.tiffload}[header.format]
    if not access:  # turning needs the rows in another order than they are stored in
        access = "sequential" if header.orientation == 1 else "random"
    # Warnings are about junk in headers and unknown tags; what is wrong with a JPEG's pixels its check has found.
    return load(str(path), access=access, fail_on="warning" if header.format is Format.PNG else "error")


def _turned(image: VipsImage, orientation: int) -> VipsImage:
    if orientation in (2, 5, 7, 4):
        image = image.fliphor()
    quarter_turns = {3: "d180", 4: "d180", 5: "d270", 6: "d90", 7: "d90", 8: "d270"}
    return image.rot(quarter_turns[orientation]) if orientation in quarter_turns else image


def pour_file(path: Path, header: Header, take: Callable[[Pixels], None], *, scale: int = 1) -> None:
    """A whole file, its sides divided by `scale` and rounded up."""
    image = open_srgb(path, header)
    with unreadable(path, header.format):
        pour(image.shrink(scale, scale, ceil=True) if scale > 1 else image, take)


def pour(image: VipsImage, take: Callable[[Pixels], None]) -> None:
    """Compute the image and hand it on from the top in strips of TILE rows, the last one lower.

    Each strip's memory is used for the next. libvips writes as into a raw file, which needs a third of the memory that
    asking it for regions does, and less time.
    """
    strips = _Strips(image.width, image.height, take)
    target = vips().TargetCustom()
    target.on_write(strips.write)
    try:
        image.rawsave_target(target)
    except vips().Error:
        if strips.error is None:
            raise
    if strips.error is not None:
        raise strips.error


def strips(image: VipsImage) -> Iterator[Pixels]:
    """The same strips for who wants to ask for them: dearer than to be given them. Each one's memory is the next's."""
    region = vips().Region.new(image)
    memory = np.empty((min(TILE, image.height), image.width, 3), np.uint8)
    for top in range(0, image.height, TILE):
        strip = memory[: min(TILE, image.height - top)]
        for row in range(0, strip.shape[0], _ROWS_AT_ONCE):
            part = strip[row : row + _ROWS_AT_ONCE]
            fetched = region.fetch(0, top + row, image.width, part.shape[0])
            np.copyto(part, np.frombuffer(fetched, np.uint8).reshape(part.shape))
        yield strip


class _Strips:
    """Collects bytes into strips. An error in `take` is kept: libvips, which calls this, cannot pass it on."""

    def __init__(self, width: int, height: int, take: Callable[[Pixels], None]) -> None:
        self._take, self._rows_left = take, height
        self._memory = np.empty((min(TILE, height), width, 3), np.uint8)
        self._bytes, self._filled = self._memory.reshape(-1), 0
        self.error: Exception | None = None

    def write(self, chunk: bytes) -> int:
        try:
            self._add(np.frombuffer(chunk, np.uint8))
        except Exception as error:
            self.error = error
            return -1
        return len(chunk)

    def _add(self, data: Pixels) -> None:
        while data.size:
            wanted = min(self._memory.shape[0], self._rows_left) * self._memory.shape[1] * 3
            part, data = data[: wanted - self._filled], data[wanted - self._filled :]
            self._bytes[self._filled : self._filled + part.size] = part
            self._filled += part.size
            if self._filled == wanted:
                rows = wanted // (self._memory.shape[1] * 3)
                self._take(self._memory[:rows])
                self._rows_left, self._filled = self._rows_left - rows, 0


@contextmanager
def unreadable(path: Path, kind: Format) -> Iterator[None]:
    """libvips' errors as ours: a file shorter than its own index says was cut short, any other is damaged."""
    try:
        yield
    except vips().Error:
        raise UnreadableImageError("truncated" if is_cut_short(path, kind) else "damaged") from None


def is_cut_short(path: Path, kind: Format) -> bool:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if kind is Format.TIFF:
            try:
                return _end_of_pixels(next(directories(file_source(file)))) > size
            except (TiffError, StopIteration):
                return True
        end_mark = {Format.PNG: b"IEND", Format.JPEG: b"\xff\xd9"}[kind]
        file.seek(max(0, size - 64 * 1024))
        return end_mark not in file.read()


def _end_of_pixels(first: Directory) -> int:
    offsets = first.integers(_TILE_OFFSETS) or first.integers(_STRIP_OFFSETS)
    sizes = first.integers(_TILE_SIZES) or first.integers(_STRIP_SIZES)
    return max((offset + size for offset, size in zip(offsets, sizes, strict=False)), default=0)


def _bands(path: Path, header: Header, opener: Callable[..., VipsImage]) -> tuple[int, int | None]:
    """How many bands are colour, and which one is alpha."""
    image = opener()
    if header.format is not Format.TIFF:
        has_alpha = image.bands in (2, 4) and image.interpretation != "cmyk"
        return (1 if image.bands < 3 else 3), (image.bands - 1 if has_alpha else None)
    colours = 3 if image.bands >= 3 else 1
    return colours, _tiff_alpha(path, colours, image.bands, opener)


def _tiff_alpha(path: Path, colours: int, bands: int, opener: Callable[..., VipsImage]) -> int | None:
    """The band that the file calls alpha, if it holds little but 0 and 255: many programs call the near infrared of an
    aerial image alpha, too."""
    with path.open("rb") as file:
        first = next(directories(file_source(file)))
        extra, is_tiled = first.integers(_EXTRA_SAMPLES), _TILE_OFFSETS in first.entries
    if bands <= colours or not extra or extra[0] not in (1, 2):
        return None
    return colours if _looks_like_mask(opener(access="random" if is_tiled else "sequential"), colours) else None


def _looks_like_mask(image: VipsImage, band: int) -> bool:
    """Judged by rows from the middle."""
    height = min(_SAMPLE_ROWS, image.height)
    sample = image.crop(0, (image.height - height) // 2, image.width, height)[band].numpy()
    return bool(np.isin(sample, (0, 255, 65535)).mean() >= _MASK_SHARE)
