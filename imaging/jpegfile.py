"""The segments of a JPEG file up to its image data, read without decoding."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

_STANDALONE = {0x01, *range(0xD0, 0xD9)}
_FRAME_HEADERS = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_ICC = b"ICC_PROFILE\0"
_MOST_BETWEEN = 128 * 1024
"""Bytes of markers and of junk before the image data: a file made of nothing else would take minutes to look at."""


class JpegError(ValueError):
    """The file ends or breaks before its image data begins."""


@dataclass(frozen=True, slots=True)
class Segment:
    marker: int
    position: int
    payload: bytes


@dataclass
class JpegFile:
    """What stands before the image data. `has_junk` tells of bytes between segments, which libjpeg objects to."""

    segments: list[Segment] = field(default_factory=list)
    scan_position: int = 0
    has_junk: bool = False

    @property
    def frame(self) -> bytes:
        frames = [segment.payload for segment in self.segments if segment.marker in _FRAME_HEADERS]
        if not frames or len(frames[0]) < 6 + 3 * frames[0][5]:
            raise JpegError("no frame header")
        return frames[0]

    @property
    def precision(self) -> int:
        return self.frame[0]

    @property
    def height(self) -> int:
        return int(struct.unpack(">H", self.frame[1:3])[0])

    @property
    def width(self) -> int:
        return int(struct.unpack(">H", self.frame[3:5])[0])

    @property
    def is_progressive(self) -> bool:
        return any(segment.marker in _PROGRESSIVE for segment in self.segments)

    @property
    def components(self) -> int:
        return self.frame[5]

    @property
    def exif(self) -> bytes:
        """The first EXIF block: a TIFF file in itself."""
        return self._first(0xE1, _EXIF)

    @property
    def xmp(self) -> bytes:
        return self._first(0xE1, _XMP)

    @property
    def icc_profile(self) -> bytes:
        """The colour profile, put together in the order its pieces are numbered."""
        parts = [s.payload for s in self.segments if s.marker == 0xE2 and s.payload.startswith(_ICC)]
        start = len(_ICC)
        return b"".join(part[start + 2 :] for part in sorted(parts, key=lambda part: part[start : start + 1]))

    def _first(self, marker: int, prefix: bytes) -> bytes:
        for segment in self.segments:
            if segment.marker == marker and segment.payload.startswith(prefix):
                return segment.payload[len(prefix) :]
        return b""


def read_segments(file: BinaryIO) -> JpegFile:
    """Read on to the start of the image data. Bytes between segments, which some programs leave, are passed over."""
    if file.read(2) != b"\xff\xd8":
        raise JpegError("no JPEG header")
    jpeg, budget = JpegFile(), iter(range(_MOST_BETWEEN))
    while True:
        marker = _next_marker(file, jpeg, budget)
        position = file.tell() - 2
        if marker in _STANDALONE:
            continue
        if marker == 0xD9:
            raise JpegError("no image data")
        size = file.read(2)
        length = int.from_bytes(size, "big") - 2
        payload = file.read(length) if length >= 0 else b""
        if len(size) < 2 or length < 0 or len(payload) < length:
            raise JpegError("a segment is cut short")
        jpeg.segments.append(Segment(marker, position, payload))
        if marker == 0xDA:
            jpeg.scan_position = position
            return jpeg


def _next_marker(file: BinaryIO, jpeg: JpegFile, budget: Iterator[int]) -> int:
    was_ff = False
    for _ in budget:
        byte = file.read(1)
        if not byte:
            raise JpegError("the file ends before its image data")
        if was_ff and byte not in (b"\0", b"\xff"):
            return byte[0]
        if byte != b"\xff":
            jpeg.has_junk = True
        was_ff = byte == b"\xff"
    raise JpegError("too much before its image data")


def end_of_image(data: bytes, scan_position: int) -> int:
    """Where the first image's data ends, past its end marker; the file's length where the marker is missing."""
    place = scan_position
    while match := _MARKER_IN_SCAN.search(data, place):
        marker = data[match.start() + 1]
        if marker == 0xD9:
            return match.end()
        place = match.end()
        if marker not in _STANDALONE:  # tables between the scans of a progressive file
            place += int.from_bytes(data[place : place + 2], "big")
    return len(data)


def without_junk(data: bytes, jpeg: JpegFile) -> bytes:
    """The first image alone: its segments without what lies between them, its image data without zeros at its end."""
    end = end_of_image(data, jpeg.scan_position)
    tables = [s for s in jpeg.segments if s.marker != 0xDA and not 0xE1 <= s.marker <= 0xED and s.marker != 0xFE]
    head = b"".join(write_segment(segment.marker, segment.payload) for segment in tables)
    scan = data[jpeg.scan_position : end]
    if scan.endswith(b"\xff\xd9"):
        scan = scan[:-2].rstrip(b"\0") + b"\xff\xd9"
    return b"\xff\xd8" + head + scan


def write_segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2, "big") + payload
