"""What a file is, told by its content. Names and declared types are never believed."""

import re
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import BinaryIO

from imaging.errors import UnreadableImageError
from imaging.tiffdir import Directory, TiffError, directories, file_source
from imaging.wording import gettext as _


class Format(Enum):
    """The value is the media type; slides keep that of TIFF, which they are."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    TIFF = "image/tiff"
    SLIDE = "image/tiff; application=openslide"

    @property
    def media_type(self) -> str:
        return self.value.split(";")[0]

    @property
    def extension(self) -> str:
        return {"JPEG": "jpg", "PNG": "png", "TIFF": "tif", "SLIDE": "svs"}[self.name]


_PNG = b"\x89PNG\r\n\x1a\n"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BRANDS = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"msf1": "HEIC"}
_RAW_BRANDS = {b"crx ": "CR3"}
_NAMED = (
    (re.compile(rb"GIF8[79]a"), "GIF"),
    (re.compile(rb"BM.{4}\0\0\0\0", re.DOTALL), "BMP"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "WebP"),
    (re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"), "JPEG 2000"),
    (re.compile(rb"\0\0\0\x0cJXL |\xff\x0a"), "JPEG XL"),
    (re.compile(rb"%PDF"), "PDF"),
    (re.compile(rb"PK\x03\x04"), "ZIP"),
    (re.compile(rb"8BPS"), "Photoshop"),
    (re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?(<!DOCTYPE svg[^>]*>\s*)?<svg", re.DOTALL), "SVG"),
)
_RAW = ((b"FUJIFILMCCD-RAW", "RAF"), (b"IIRO", "ORF"), (b"IIRS", "ORF"), (b"IIU\0", "RW2"))
_DNG_VERSION, _NEW_SUBFILE_TYPE, _SUB_IFDS = 50706, 254, 330
_MOST_DIRECTORIES = 1000
_TEXTS, _MOST_TEXT_BYTES = (270, 271, 272, 305, 700), 16 * 2**20


def identify(path: Path) -> Format:
    """The format of a file that can be used; UnreadableImageError, naming what it is where that is known, otherwise."""
    with path.open("rb") as file:
        head = file.read(512)
        if not head:
            raise UnreadableImageError("empty")
        if head.startswith(b"\xff\xd8\xff"):
            return Format.JPEG
        if head.startswith(_PNG):
            return Format.PNG
        _refuse_known(head)
        if head.startswith(_TIFF):
            return _identify_tiff(path, file, head)
    raise UnreadableImageError("not_an_image")


def _refuse_known(head: bytes) -> None:
    if head[4:8] == b"ftyp":
        _refuse_brand(head[8:12])
    for start, name in _RAW:
        if head.startswith(start):
            raise UnreadableImageError("raw_format", name=name)
    for pattern, name in _NAMED:
        if pattern.match(head):
            raise UnreadableImageError("unsupported_format", name=name)


def _refuse_brand(brand: bytes) -> None:
    if brand in _BRANDS:
        raise UnreadableImageError("unsupported_format", name=_BRANDS[brand])
    if brand in _RAW_BRANDS:
        raise UnreadableImageError("raw_format", name=_RAW_BRANDS[brand])
    raise UnreadableImageError("video")


def _identify_tiff(path: Path, file: BinaryIO, head: bytes) -> Format:
    if head[8:10] == b"CR":
        raise UnreadableImageError("raw_format", name="CR2")
    try:
        first = next(directories(file_source(file)))
        _refuse_raw(first)
        _refuse_endless(file)
    except (TiffError, StopIteration):
        raise UnreadableImageError("truncated") from None
    return Format.SLIDE if _is_slide(path) else Format.TIFF


def _refuse_raw(first: Directory) -> None:
    if _DNG_VERSION in first.entries:
        raise UnreadableImageError("raw_format", name="DNG")
    if first.integer(_NEW_SUBFILE_TYPE) & 1 and _SUB_IFDS in first.entries:
        # Nikon, Sony and Pentax raw files: a thumbnail first, the sensor's data behind it.
        raise UnreadableImageError("raw_format", name=first.text(271) or _("NEF, ARW or PEF"))


def _refuse_endless(file: BinaryIO) -> None:
    """OpenSlide and libtiff take every directory into memory, and OpenSlide all of their texts."""
    chain = directories(file_source(file), most=_MOST_DIRECTORIES + 1)
    with suppress(TiffError):  # behind the first one it matters to nobody
        for number, directory in enumerate(chain):
            longest = max((directory.entries[tag].size for tag in _TEXTS if tag in directory.entries), default=0)
            if number == _MOST_DIRECTORIES or longest > _MOST_TEXT_BYTES:
                raise UnreadableImageError("damaged")


def _is_slide(path: Path) -> bool:
    import openslide

    return openslide.OpenSlide.detect_format(path) not in (None, "generic-tiff")
