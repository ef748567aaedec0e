"""What the camera wrote down: when, where and with what. A broken entry is a missing one, never an error."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from imaging.errors import UnreadableImageError
from imaging.formats import Format, identify
from imaging.header import orientation_of, png_chunk
from imaging.jpegfile import JpegError, read_segments
from imaging.tiffdir import FARTHEST, Directory, TiffError, block_source, directories

_MAKE, _MODEL, _DATETIME = 271, 272, 306
_EXIF_IFD, _GPS_IFD, _XMP = 34665, 34853, 700
_ORIGINAL, _DIGITIZED = 36867, 36868
_OFFSET, _OFFSET_ORIGINAL, _OFFSET_DIGITIZED = 36880, 36881, 36882
_SERIAL, _FOCAL_LENGTH_35MM = 42033, 41989
_MAX_FILE_BLOCK = 64 * 1024 * 1024

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Exif:
    """captured_at is the camera's clock, which has no time zone; degrees are WGS 84, south and west negative.

    focal_length_35mm is that of a 36 x 24 mm frame with the same angle of view; height_m is above the place of
    take-off; pitch_degrees is the camera's: -90 straight down, 0 at the horizon."""

    captured_at: datetime | None = None
    utc_offset_minutes: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    altitude_m: float | None = None
    camera_make: str = ""
    camera_model: str = ""
    camera_serial: str = ""
    orientation: int = 1
    focal_length_35mm: float | None = None
    height_m: float | None = None
    pitch_degrees: float | None = None


def read_exif(path: Path) -> Exif:
    """Everything that is there and makes sense; UnreadableImageError only for what is no image at all."""
    first, xmp = _blocks(path)
    exif, gps = (_child(first, _EXIF_IFD), _child(first, _GPS_IFD)) if first else (None, None)
    captured_at, offset = _time(first, exif)
    latitude, longitude, altitude = _position(gps)
    if latitude is None:
        latitude, longitude, altitude = _dji_position(xmp)
    return Exif(
        captured_at=captured_at,
        utc_offset_minutes=offset,
        latitude=latitude,
        longitude=longitude,
        altitude_m=altitude,
        camera_make=_text(first, _MAKE),
        camera_model=_text(first, _MODEL),
        camera_serial=_text(exif, _SERIAL),
        orientation=orientation_of(first) if first else 1,
        focal_length_35mm=_positive(_number(exif, _FOCAL_LENGTH_35MM)),
        height_m=_positive(_xmp_number(xmp, rb"RelativeAltitude")),
        pitch_degrees=_xmp_number(xmp, rb"GimbalPitchDegree"),
    )


def _blocks(path: Path) -> tuple[Directory | None, bytes]:
    kind = identify(path)
    if kind is Format.JPEG:
        with path.open("rb") as file:
            try:
                jpeg = read_segments(file)
            except JpegError:
                raise UnreadableImageError("truncated") from None
        return _first(jpeg.exif), jpeg.xmp
    if kind is Format.PNG:
        return _first(png_chunk(path, b"eXIf")), png_chunk(path, b"iTXt")
    if kind is Format.TIFF:
        first = _first(_LazyFile(path))
        return first, _value(lambda: first.raw(first.entries[_XMP]) if first and _XMP in first.entries else b"") or b""
    return None, b""


class _LazyFile:
    """A TIFF file as a source of bytes, opened for each read: directories outlive the function that made them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, offset: int, size: int) -> bytes:
        if offset >= FARTHEST or size > _MAX_FILE_BLOCK:
            return b""
        with self.path.open("rb") as file:
            file.seek(offset)
            return file.read(size)


def _first(block: "bytes | _LazyFile") -> Directory | None:
    source = block_source(block) if isinstance(block, bytes) else block
    return _value(lambda: next(directories(source), None))


def _value(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except TiffError:
        return None


def _child(directory: Directory, tag: int) -> Directory | None:
    return _value(lambda: directory.child(tag))


def _text(directory: Directory | None, tag: int) -> str:
    text = _value(lambda: directory.text(tag)) if directory else None
    return "".join(c for c in text or "" if c.isprintable())[:200].strip()


def _number(directory: Directory | None, tag: int) -> float | None:
    values = _value(lambda: directory.numbers(tag)) if directory else None
    return values[0] if values else None


def _positive(number: float | None) -> float | None:
    return number if number is not None and 0 < number < 1e6 else None


def _time(first: Directory | None, exif: Directory | None) -> tuple[datetime | None, int | None]:
    choices = ((exif, _ORIGINAL, _OFFSET_ORIGINAL), (exif, _DIGITIZED, _OFFSET_DIGITIZED), (first, _DATETIME, _OFFSET))
    for directory, tag, offset_tag in choices:
        moment = _parse_time(_text(directory, tag))
        if moment:
            return moment, _parse_offset(_text(exif, offset_tag))
    return None, None


def _parse_time(text: str) -> datetime | None:
    """As in 2015:06:01 10:20:30, also with - or / between; None for 0000:00:00 00:00:00 and other nonsense."""
    match = re.match(r"(\d{4})[:/-](\d\d)[:/-](\d\d)[ T](\d\d):(\d\d):(\d\d)", text)
    if not match:
        return None
    year, month, day, hour, minute, second = map(int, match.groups())
    try:
        moment = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    return moment if 1900 <= moment.year <= 2200 else None  # the year 9999 is beyond all time in another time zone


def _parse_offset(text: str) -> int | None:
    match = re.fullmatch(r"([+-])(\d\d):?([0-5]\d)", text)
    if not match or int(match[2]) > 14:
        return 0 if text == "Z" else None
    return (-1 if match[1] == "-" else 1) * (int(match[2]) * 60 + int(match[3]))


Position = tuple[float | None, float | None, float | None]
_NOWHERE: Position = (None, None, None)


def _position(gps: Directory | None) -> Position:
    if gps is None or _text(gps, 9).upper() == "V":  # V: the receiver had no fix
        return _NOWHERE
    latitude = _degrees(gps, 2, _text(gps, 1), "NS")
    longitude = _degrees(gps, 4, _text(gps, 3), "EW")
    return _checked(latitude, longitude, _altitude(gps))


def _degrees(gps: Directory, tag: int, reference: str, letters: str) -> float | None:
    parts = _value(lambda: gps.numbers(tag)) or ()
    if not parts or not all(math.isfinite(part) for part in parts[:3]):
        return None
    degrees = sum(part * unit for part, unit in zip(parts, (1.0, 1 / 60, 1 / 3600), strict=False))
    letter = reference.upper()[:1]
    if letter not in letters or not letter:
        return None
    return -degrees if letter == letters[1] else degrees


def _altitude(gps: Directory) -> float | None:
    values = _value(lambda: gps.numbers(6)) or ()
    if not values or not math.isfinite(values[0]):
        return None
    below = (_value(lambda: gps.integer(5)) or 0) == 1
    return -values[0] if below and values[0] > 0 else values[0]


def _checked(latitude: float | None, longitude: float | None, altitude: float | None) -> Position:
    """Nowhere unless both are there and on the globe; 0, 0 is what a receiver without a fix writes."""
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return _NOWHERE
    if latitude == 0 and longitude == 0:
        return _NOWHERE
    return latitude, longitude, altitude if altitude is not None and abs(altitude) < 100_000 else None


def _dji_position(xmp: bytes) -> Position:
    """DJI drones write the position into XMP too, some into nothing else."""
    return _checked(
        _xmp_number(xmp, rb"GpsLatitude"),
        _xmp_number(xmp, rb"GpsLong(?:t)?itude"),  # some firmware spells it Longtitude
        _xmp_number(xmp, rb"AbsoluteAltitude"),
    )


def _xmp_number(xmp: bytes, name: bytes) -> float | None:
    match = re.search(rb"drone-dji:" + name + rb"\s*(?:=\s*[\"']|>)\s*([+-]?\d+(?:\.\d+)?)", xmp)
    return float(match[1]) if match else None
