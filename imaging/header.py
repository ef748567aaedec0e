"""Size and kind of an image, from its header alone: what can be checked before anything is decoded."""

import struct
from dataclasses import dataclass
from pathlib import Path

from imaging.errors import UnreadableImageError
from imaging.formats import Format, identify
from imaging.jpegfile import JpegError, JpegFile, read_segments
from imaging.tiffdir import Directory, TiffError, block_source, directories, file_source
from imaging.wording import gettext as _

MAX_PIXELS = 250_000_000
"""Of an image that is decoded as a whole: more than any aerial camera makes."""
MAX_TILED_PIXELS = 20_000_000_000
"""Of a tiled TIFF (an orthomosaic) or a slide, which are read piece by piece."""

MAX_PROGRESSIVE_PIXELS = 100_000_000
"""Of a progressive JPEG, all of whose coefficients libjpeg holds in memory: three bytes a pixel."""

MAX_SIDE = 500_000
"""Of any image: one of few columns and very many rows costs minutes for its few pixels."""

_ORIENTATION = 274
_MOST_CHUNKS = 200_000


@dataclass(frozen=True, slots=True)
class Header:
    """width and height are those of the upright image; orientation is the EXIF one (1-8) that made them so."""

    format: Format
    width: int
    height: int
    orientation: int = 1
    is_tiled: bool = False

    @property
    def media_type(self) -> str:
        return self.format.media_type

    @property
    def extension(self) -> str:
        return self.format.extension


def read_header(path: Path, *, max_pixels: int = MAX_PIXELS, max_tiled_pixels: int = MAX_TILED_PIXELS) -> Header:
    """The header of a usable image; UnreadableImageError where it is none or claims too many pixels."""
    kind = identify(path)
    header = _READERS[kind](path)
    if header.width < 1 or header.height < 1:
        raise UnreadableImageError("damaged")
    if max(header.width, header.height) > MAX_SIDE:
        raise UnreadableImageError("too_long", side=max(header.width, header.height), limit=MAX_SIDE)
    if header.is_tiled:
        _check_pixels(header, max_tiled_pixels, _("Cut it into parts."))
    else:
        _check_pixels(header, max_pixels, _("Save it as a tiled TIFF, or cut it into parts."))
    return header


def _check_pixels(header: Header, limit: int, remedy: str) -> None:
    pixels = header.width * header.height
    if pixels > limit:
        raise UnreadableImageError("too_many_pixels", megapixels=pixels / 1e6, limit=limit / 1e6, remedy=remedy)


def _read_jpeg(path: Path) -> Header:
    with path.open("rb") as file:
        try:
            jpeg = read_segments(file)
            width, height = jpeg.width, jpeg.height
        except JpegError:
            raise UnreadableImageError("truncated") from None
    if jpeg.precision != 8:
        raise UnreadableImageError("unsupported_pixels", kind=_("JPEG with %(n)d bits") % {"n": jpeg.precision})
    header = _upright(Format.JPEG, width, height, jpeg_orientation(jpeg))
    if jpeg.is_progressive:
        _check_pixels(header, MAX_PROGRESSIVE_PIXELS, _("Save it as a JPEG that is not progressive."))
    return header


def jpeg_orientation(jpeg: JpegFile) -> int:
    return block_orientation(jpeg.exif)


def block_orientation(exif: bytes) -> int:
    """The orientation in an EXIF block; 1 where it has none or is broken."""
    try:
        return orientation_of(next(directories(block_source(exif))))
    except (TiffError, StopIteration):
        return 1


def orientation_of(directory: Directory) -> int:
    try:
        value = directory.integer(_ORIENTATION, 1)
    except TiffError:
        return 1
    return value if 1 <= value <= 8 else 1


def _upright(kind: Format, width: int, height: int, orientation: int, *, is_tiled: bool = False) -> Header:
    if orientation >= 5:
        width, height = height, width
    return Header(kind, width, height, orientation, is_tiled)


def _read_png(path: Path) -> Header:
    with path.open("rb") as file:
        head = file.read(33)
        if len(head) < 33 or head[12:16] != b"IHDR":
            raise UnreadableImageError("truncated")
        width, height = struct.unpack(">II", head[16:24])
        orientation = block_orientation(png_chunk(path, b"eXIf"))
    return _upright(Format.PNG, width, height, orientation)


def png_chunk(path: Path, name: bytes) -> bytes:
    """The first chunk of that name; empty where there is none, also after very many chunks, or it has over 16 MiB."""
    with path.open("rb") as file:
        file.seek(8)
        for _ in range(_MOST_CHUNKS):
            if len(head := file.read(8)) < 8:
                break
            length = int.from_bytes(head[:4], "big")
            if head[4:] == name:
                return file.read(length) if length <= 2**24 else b""
            file.seek(length + 4, 1)
    return b""


def _read_tiff(path: Path) -> Header:
    with path.open("rb") as file:
        try:
            first = next(directories(file_source(file)))
            width, height = first.integer(256), first.integer(257)
            is_tiled = 322 in first.entries
            orientation = orientation_of(first)
        except (TiffError, StopIteration):
            raise UnreadableImageError("truncated") from None
    return _upright(Format.TIFF, width, height, orientation, is_tiled=is_tiled)


def _read_slide(path: Path) -> Header:
    import openslide

    try:
        with openslide.OpenSlide(path) as slide:
            width, height = slide.dimensions
    except openslide.OpenSlideError:
        raise UnreadableImageError("damaged") from None
    return Header(Format.SLIDE, width, height, is_tiled=True)


_READERS = {Format.JPEG: _read_jpeg, Format.PNG: _read_png, Format.TIFF: _read_tiff, Format.SLIDE: _read_slide}
