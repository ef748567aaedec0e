"""A TIFF without its place, changed where it lies: pixels stay, and all that nothing kept leads to becomes zeros.

Not only the tags that go: a program that writes a directory anew leaves the old one behind in the file, map and all.
"""

import os
import struct
from collections.abc import Iterator
from itertools import chain

from imaging.tagstrip import EXIF_IFD, KEPT_EXIF, PIXEL_TAGS
from imaging.tiffdir import Directory, TiffError, descriptor_source, read_directory, read_layout

_SUB_IFDS, _COMPRESSION, _NONE = 330, 259, 1
_STRIPS, _TILES = (273, 279), (324, 325)
_MOST_DIRECTORIES = 1000

Area = tuple[int, int]


def strip_tiff_in_place(descriptor: int) -> None:
    """TiffError where the file does not say where its pixels begin and end."""
    for directory in list(_all_directories(descriptor)):
        for exif in _exif_of(directory):
            _keep(descriptor, exif, KEPT_EXIF)
        _keep(descriptor, directory, PIXEL_TAGS)
    _clear_unreached(descriptor)


def _all_directories(descriptor: int) -> Iterator[Directory]:
    """The chain, the pages that hang on its members, and what hangs on those. TiffError where there are too many."""
    source = descriptor_source(descriptor)
    layout, first = read_layout(source)
    waiting, seen = [first], {0}
    while waiting:
        position = waiting.pop()
        if position in seen:
            continue
        if len(seen) > _MOST_DIRECTORIES:
            raise TiffError("too many directories")
        seen.add(position)
        directory = read_directory(source, layout, position)
        waiting += [directory.next_position, *directory.integers(_SUB_IFDS)]
        yield directory


def _exif_of(directory: Directory) -> list[Directory]:
    exif = directory.child(EXIF_IFD) if EXIF_IFD in directory.entries else None
    return [exif] if exif else []


def _keep(descriptor: int, directory: Directory, kept: set[int]) -> None:
    """Close up the directory's entries. It keeps its place and order, and the room it no longer needs becomes zeros."""
    layout = directory.layout
    size, start = layout.entry_size, directory.position + struct.calcsize(layout.count_format)
    count = _entry_count(descriptor, directory)
    table = os.pread(descriptor, count * size, start)
    pieces = [table[place : place + size] for place in range(0, len(table), size)]
    stay = [piece for piece in pieces if struct.unpack(layout.order + "H", piece[:2])[0] in kept]
    word = struct.pack(layout.word_format, directory.next_position)
    body = b"".join(stay) + word
    os.pwrite(descriptor, body.ljust(count * size + len(word), b"\0"), start)
    os.pwrite(descriptor, struct.pack(layout.count_format, len(stay)), directory.position)


def _entry_count(descriptor: int, directory: Directory) -> int:
    form = directory.layout.count_format
    return int(struct.unpack(form, os.pread(descriptor, struct.calcsize(form), directory.position))[0])


def _clear_unreached(descriptor: int) -> None:
    end, place = os.fstat(descriptor).st_size, 0
    reached = chain.from_iterable(_areas(descriptor, directory) for directory in _all_directories(descriptor))
    for start, stop in [*sorted(reached), (end, end)]:
        _clear(descriptor, place, min(start, end))
        place = max(place, stop)


def _areas(descriptor: int, directory: Directory) -> Iterator[Area]:
    """Where the bytes lie that a directory leads to: the file's header, tables of entries, their values, pixels."""
    yield 0, 16 if directory.layout.is_big else 8
    for one in (directory, *_exif_of(directory)):
        layout = one.layout
        words = struct.calcsize(layout.count_format) + struct.calcsize(layout.word_format)
        yield one.position, one.position + words + _entry_count(descriptor, one) * layout.entry_size
        yield from ((entry.offset, entry.offset + entry.size) for entry in one.entries.values())
    for offset_tag, size_tag in (_STRIPS, _TILES):
        yield from _pixel_areas(directory, directory.integers(offset_tag), directory.integers(size_tag))


def _pixel_areas(directory: Directory, offsets: tuple[int, ...], sizes: tuple[int, ...]) -> Iterator[Area]:
    if len(sizes) == 1 and directory.integer(_COMPRESSION, _NONE) == _NONE:
        sizes = (max(sizes[0], _bytes_of_pixels(directory)),)  # readers mistrust the size of a single strip, too
    if len(sizes) != len(offsets) or any(offset and not size for offset, size in zip(offsets, sizes, strict=True)):
        raise TiffError("it is not said where the pixels end")
    yield from ((offset, offset + size) for offset, size in zip(offsets, sizes, strict=True))


def _bytes_of_pixels(directory: Directory) -> int:
    width, height, bits = directory.integer(256), directory.integer(257), directory.integers(258) or (1,)
    return height * -(-width * sum(bits) // 8)


def _clear(descriptor: int, start: int, stop: int) -> None:
    for place in range(start, stop, 2**20):
        os.pwrite(descriptor, b"\0" * min(2**20, stop - place), place)
