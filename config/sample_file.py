"""A rendered scene as the file that a camera would have written: JPEG, with time and position in EXIF."""

from fractions import Fraction
from io import BytesIO
from typing import Any

import PIL
from PIL import ExifTags, TiffImagePlugin
from PIL import Image as Pillow

from config.sample_images import ALTITUDE_M, SampleImage

QUALITY = 90
MAKE, MODEL = "Kopje", "Kopje renderer"
NOT_REAL = "Rendered by Kopje. Not a photograph."


def camera_file(pixels: Any, image: SampleImage) -> bytes:
    """`pixels`: (height, width, 3) uint8 RGB."""
    file = BytesIO()
    Pillow.fromarray(pixels).save(file, "JPEG", quality=QUALITY, subsampling="4:2:0", exif=_exif(image))
    return file.getvalue()


def _exif(image: SampleImage) -> PIL.Image.Exif:
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
