"""Directories of TIFF files and of EXIF blocks, which are the same thing: classic and BigTIFF, both byte orders."""

import math
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

ByteSource = Callable[[int, int], bytes]
"""Bytes at an offset; fewer than asked for where the data ends."""

_FORMATS = {1: "B", 2: "B", 3: "H", 4: "I", 5: "I", 6: "b", 7: "B", 8: "h", 9: "i", 10: "i", 11: "f", 12: "d"} | {
    13: "I",
    16: "Q",
    17: "q",
    18: "Q",
}
_RATIONAL = {5, 10}
FARTHEST = 2**48
"""Beyond any file; a file system answers an offset that it cannot have with an error instead of with nothing."""
_MAX_ENTRIES = 4096
_MAX_VALUE_BYTES = 512 * 1024 * 1024
_MAX_NUMBERS = 2_000_000
"""Of one tag; each becomes a Python number. The largest mosaic in the smallest usual tiles has fewer."""
_MAX_TEXT_BYTES = 64 * 1024
_MAX_DIRECTORIES = 64


class TiffError(ValueError):
    """The directory or a value in it is not where or what it says."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag: `offset` is where its values are, `position` where the entry itself is, both from the block's start."""

    tag: int
    type: int
    count: int
    offset: int
    size: int
    position: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Byte order and the sizes that classic TIFF and BigTIFF differ in."""

    order: str
    is_big: bool

    @property
    def count_format(self) -> str:
        return self.order + ("Q" if self.is_big else "H")

    @property
    def word_format(self) -> str:
        return self.order + ("Q" if self.is_big else "I")

    @property
    def entry_size(self) -> int:
        return 20 if self.is_big else 12


@dataclass(frozen=True)
class Directory:
    layout: Layout
    source: ByteSource
    position: int
    entries: dict[int, Entry]
    next_position: int

    def numbers(self, tag: int) -> tuple[float, ...]:
        """The tag's values, rationals divided (nan for x/0); empty where it is missing, TiffError where it lies."""
        entry = self.entries.get(tag)
        if entry is None:
            return ()
        return self._unpacked(entry)

    def _unpacked(self, entry: Entry) -> tuple[float, ...]:
        if entry.count > _MAX_NUMBERS:
            raise TiffError(f"tag {entry.tag} claims {entry.count} numbers")
        raw, code = self.raw(entry), _FORMATS[entry.type]
        values = struct.unpack(f"{self.layout.order}{len(raw) // struct.calcsize('=' + code)}{code}", raw)
        if entry.type in _RATIONAL:
            return tuple(a / b if b else math.nan for a, b in zip(values[::2], values[1::2], strict=True))
        return values

    def integers(self, tag: int) -> tuple[int, ...]:
        return tuple(int(value) for value in self.numbers(tag) if math.isfinite(value))

    def integer(self, tag: int, default: int = 0) -> int:
        """The tag's first value, however many it claims."""
        entry = self.entries.get(tag)
        if entry is None or entry.count == 0:
            return default
        value = self._unpacked(replace(entry, count=1, size=entry.size // entry.count))[0]
        return int(value) if math.isfinite(value) else default

    def text(self, tag: int) -> str:
        """An ASCII tag without its padding; empty where it is missing or of another type. At most 64 KiB of it."""
        entry = self.entries.get(tag)
        if entry is None or entry.type not in (2, 7, 1):
            return ""
        shown = replace(entry, size=min(entry.size, _MAX_TEXT_BYTES))
        return self.raw(shown).split(b"\0")[0].decode("utf-8", "replace").strip()

    def raw(self, entry: Entry) -> bytes:
        if entry.size > _MAX_VALUE_BYTES:
            raise TiffError(f"tag {entry.tag} claims {entry.size} bytes")
        data = self.source(entry.offset, entry.size)
        if len(data) != entry.size:
            raise TiffError(f"tag {entry.tag} points outside the data")
        return data

    def child(self, tag: int) -> "Directory | None":
        """The directory that a pointer tag (EXIF, GPS) leads to."""
        position = self.integer(tag)
        return read_directory(self.source, self.layout, position) if position else None


def read_layout(source: ByteSource) -> tuple[Layout, int]:
    """Byte order and kind, and the position of the first directory."""
    head = source(0, 16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        raise TiffError("no TIFF header")
    magic = struct.unpack(order + "H", head[2:4])[0]
    if magic == 42:
        return Layout(order, is_big=False), struct.unpack(order + "I", head[4:8])[0]
    if magic == 43 and len(head) == 16:
        return Layout(order, is_big=True), struct.unpack(order + "Q", head[8:16])[0]
    raise TiffError("no TIFF header")


def read_directory(source: ByteSource, layout: Layout, position: int) -> Directory:
    count_size, word_size = struct.calcsize(layout.count_format), struct.calcsize(layout.word_format)
    head = source(position, count_size)
    if len(head) != count_size:
        raise TiffError("a directory lies outside the data")
    count = struct.unpack(layout.count_format, head)[0]
    if count > _MAX_ENTRIES:
        raise TiffError(f"a directory claims {count} entries")
    start, length = position + count_size, count * layout.entry_size
    table = source(start, length + word_size)
    entries: dict[int, Entry] = {}
    for place in range(0, min(length, len(table) - layout.entry_size + 1), layout.entry_size):
        entry = _read_entry(layout, table[place : place + layout.entry_size], start + place)
        if entry is not None:
            entries.setdefault(entry.tag, entry)
    tail = table[length : length + word_size]
    next_position = struct.unpack(layout.word_format, tail)[0] if len(tail) == word_size else 0
    return Directory(layout, source, position, entries, next_position)


def _read_entry(layout: Layout, data: bytes, position: int) -> Entry | None:
    tag, kind = struct.unpack(layout.order + "HH", data[:4])
    word_size = struct.calcsize(layout.word_format)
    count = struct.unpack(layout.word_format, data[4 : 4 + word_size])[0]
    code = _FORMATS.get(kind)
    if code is None:
        return None
    size = count * struct.calcsize("=" + code) * (2 if kind in _RATIONAL else 1)
    inline = position + 4 + word_size
    offset = inline if size <= word_size else struct.unpack(layout.word_format, data[4 + word_size :])[0]
    return Entry(tag, kind, count, offset, size, position)


def directories(source: ByteSource, *, most: int = _MAX_DIRECTORIES) -> Iterator[Directory]:
    """The chain of directories, each once; at most `most` of them, and none again where it bites its tail."""
    layout, position = read_layout(source)
    seen: set[int] = set()
    while position and position not in seen and len(seen) < most:
        seen.add(position)
        directory = read_directory(source, layout, position)
        yield directory
        position = directory.next_position


def file_source(file: BinaryIO) -> ByteSource:
    return descriptor_source(file.fileno())


def descriptor_source(descriptor: int) -> ByteSource:
    return lambda offset, size: os.pread(descriptor, size, offset) if offset < FARTHEST else b""


def block_source(block: bytes) -> ByteSource:
    return lambda offset, size: block[offset : offset + size]
