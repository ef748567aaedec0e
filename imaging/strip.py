"""A copy of an original without the place it was taken at: the same pixel bytes, without GPS, XMP and maker notes."""

import os
import shutil
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from imaging.atomicfile import atomic_file
from imaging.errors import UnreadableImageError
from imaging.formats import Format, identify
from imaging.jpegfile import JpegError, Segment, end_of_image, write_segment
from imaging.jpegpixels import parse_jpeg
from imaging.tagstrip import kept_exif
from imaging.tiffdir import TiffError
from imaging.tiffstrip import strip_tiff_in_place

_KEPT_JPEG_MARKERS = {*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD, 0xDE, 0xDF, 0xDA}
_KEPT_PNG_CHUNKS = {
    b"IHDR",
    b"PLTE",
    b"IDAT",
    b"IEND",
    b"tRNS",
    b"gAMA",
    b"cHRM",
    b"sRGB",
    b"iCCP",
    b"sBIT",
    b"bKGD",
    b"pHYs",
}
_LONGEST_CHUNK = 2**31


def without_position(path: Path, out: Path) -> None:
    """Write the stripped copy; orientation, time and camera stay. UnreadableImageError for what cannot be stripped."""
    strip = _STRIPPERS.get(identify(path))
    if strip is None:
        raise UnreadableImageError("cannot_strip")
    with path.open("rb") as source, atomic_file(out) as target:
        try:
            strip(source, target)
        except (TiffError, JpegError, struct.error):
            raise UnreadableImageError("cannot_strip") from None


def _strip_jpeg(source: BinaryIO, target: BinaryIO) -> None:
    """The first image alone: a second frame or whatever follows the end marker has an EXIF block of its own."""
    data = source.read()
    jpeg = parse_jpeg(data)
    target.write(b"\xff\xd8")
    for segment in jpeg.segments:
        payload = _kept_payload(segment)
        if payload is not None and segment.marker != 0xDA:
            target.write(write_segment(segment.marker, payload))
    target.write(data[jpeg.scan_position : end_of_image(data, jpeg.scan_position)])


def _kept_payload(segment: Segment) -> bytes | None:
    """Of the application segments only JFIF, a rewritten EXIF, the colour profile and Adobe's colour transform stay."""
    marker, payload = segment.marker, segment.payload
    if marker in _KEPT_JPEG_MARKERS:
        return payload
    if marker == 0xE0 and payload.startswith(b"JFIF\0"):
        return payload[:12] + b"\0\0"  # without its thumbnail
    if marker == 0xE2 and payload.startswith(b"ICC_PROFILE\0"):
        return payload
    if marker == 0xEE and payload.startswith(b"Adobe"):
        return payload
    if marker == 0xE1 and payload.startswith(b"Exif\0\0"):
        exif = kept_exif(payload[6:])
        return b"Exif\0\0" + exif if exif else None
    return None


def _strip_png(source: BinaryIO, target: BinaryIO) -> None:
    target.write(source.read(8))
    for name, data in _png_chunks(source):
        kept = data if name in _KEPT_PNG_CHUNKS else kept_exif(data) if name == b"eXIf" else b""
        if kept or name in _KEPT_PNG_CHUNKS:
            target.write(struct.pack(">I", len(kept)) + name + kept + struct.pack(">I", zlib.crc32(name + kept)))


def _png_chunks(source: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Up to the end chunk; what follows that is left out."""
    name = b""
    while name != b"IEND":
        head = source.read(8)
        if len(head) < 8:
            return
        length, name = int.from_bytes(head[:4], "big"), head[4:]
        if length > _LONGEST_CHUNK:
            raise UnreadableImageError("damaged")
        data = source.read(length)
        source.read(4)
        yield name, data


def _strip_tiff(source: BinaryIO, target: BinaryIO) -> None:
    """A copy in which the tags and their values are gone; every pixel stays at its place in the file."""
    shutil.copyfileobj(source, target, 1024 * 1024)
    target.flush()
    descriptor = os.open(target.name, os.O_RDWR | os.O_CLOEXEC)
    try:
        strip_tiff_in_place(descriptor)
    finally:
        os.close(descriptor)


_STRIPPERS: dict[Format, Callable[[BinaryIO, BinaryIO], None]] = {
    Format.JPEG: _strip_jpeg,
    Format.PNG: _strip_png,
    Format.TIFF: _strip_tiff,
}
