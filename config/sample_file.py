"""A rendered scene as the file that a camera would have written: JPEG, with time and position in EXIF."""

import struct
from fractions import Fraction
from typing import Any

from PIL import ExifTags, TiffImagePlugin
from PIL import Image as Pillow

from config.sample_images import ALTITUDE_M, SampleImage

MAKE, MODEL = "Kopje", "Kopje renderer"
NOT_REAL = "Rendered by Kopje. Not a photograph."
EXIF_SEGMENT = b"\xff\xe1"


def camera_file(jpeg: bytes, image: SampleImage) -> bytes:
    """The same JPEG with what the camera would have noted; the pixels are not compressed again."""
    exif = _exif(image).tobytes()
    return jpeg[:2] + EXIF_SEGMENT + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def _exif(image: SampleImage) -> Pillow.Exif:
    exif = Pillow.Exif()
    taken_at = f"{image.taken_at:%Y:%m:%d %H:%M:%S}"
    base, tags, gps = ExifTags.Base, exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    exif[base.ImageDescription], exif[base.Make], exif[base.Model] = NOT_REAL, MAKE, MODEL
    exif[base.DateTime] = tags[base.DateTimeOriginal] = taken_at
    tags[base.BodySerialNumber] = image.side
    gps[ExifTags.GPS.GPSVersionID] = b"\x02\x03\x00\x00"
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "NS"[image.latitude < 0], _dms(image.latitude)
    gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLongitude] = "EW"[image.longitude < 0], _dms(image.longitude)
    gps[ExifTags.GPS.GPSAltitudeRef], gps[ExifTags.GPS.GPSAltitude] = b"\x00", _rational(ALTITUDE_M)
    return exif


def _dms(degrees: float) -> tuple[Any, ...]:
    """Degrees, minutes and seconds, the seconds to a ten thousandth: three millimetres."""
    minutes, seconds = divmod(round(abs(degrees) * 3600, 4), 60)
    return tuple(map(_rational, (minutes // 60, minutes % 60, seconds)))


def _rational(number: float) -> TiffImagePlugin.IFDRational:
    return TiffImagePlugin.IFDRational(Fraction(number).limit_denominator(10_000))
