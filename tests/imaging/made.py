"""Images made for a test: small, cheap, and of colours that a mistake would change."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]


def quarters(width: int = 64, height: int = 48) -> Pixels:
    """Red, green, blue and white quarters, from the upper left: shows turning, mirroring and swapped channels."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = (220, 30, 30)
    pixels[: height // 2, width // 2 :] = (30, 200, 30)
    pixels[height // 2 :, : width // 2] = (30, 30, 220)
    pixels[height // 2 :, width // 2 :] = (240, 240, 240)
    return pixels


def noise(width: int, height: int) -> Pixels:
    """Soft noise of muted colours, which JPEG keeps well."""
    random = np.random.default_rng(7)
    shape = (height // 16 + 2, width // 16 + 2)
    small = random.integers(30, 226, (*shape, 1)) + random.integers(-25, 26, (*shape, 3))
    return np.asarray(Image.fromarray(small.astype(np.uint8)).resize((width, height), Image.Resampling.BICUBIC))


def save(path: Path, pixels: Pixels, **options: object) -> Path:
    """Through Pillow; the format follows the name."""
    if path.suffix == ".jpg":
        options = {"quality": 95} | options
    if path.suffix == ".png":
        options = {"compress_level": 1} | options  # packing noise well is most of the work
    Image.fromarray(pixels).save(path, **options)  # type: ignore[arg-type]
    return path


def jpeg_bytes(pixels: Pixels, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", **({"quality": 95} | options))
    return file.getvalue()


def gps_exif(
    *, orientation: int = 1, latitude: float = 2.5, longitude: float = 34.25, has_gps: bool = True
) -> Image.Exif:
    """A block with camera, time, a position south and west of zero, and a maker note that knows the place too."""
    exif = Image.Exif()
    exif[271], exif[272], exif[274], exif[270] = "Maker", "Model X", orientation, "Camp near PLACENAME"
    inner = exif.get_ifd(34665)
    inner[36867], inner[36881], inner[42033] = "2024:07:01 09:30:15", "+03:00", "SERIAL-7"
    inner[37500] = b"MAKERNOTE with PLACENAME in it"
    inner[37510] = b"ASCII\0\0\0PLACENAME"
    if not has_gps:
        return exif
    gps = exif.get_ifd(34853)
    gps[1], gps[2], gps[3], gps[4] = "S", _degrees(latitude), "W", _degrees(longitude)
    gps[5], gps[6] = b"\0", 1234.5
    return exif


def _degrees(value: float) -> tuple[float, float, float]:
    return float(int(value)), float(int(value % 1 * 60)), value * 3600 % 60


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description drone-dji:GpsLatitude="-2.345678" '
    b'drone-dji:GpsLongitude="+34.876543" drone-dji:AbsoluteAltitude="+1555.20" place="PLACENAME"/></x:xmpmeta>'
)


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose header claims that size, and no pixels to speak of."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


Tags = dict[int, tuple[int, object]]
_CODES = {1: "B", 2: "s", 3: "H", 4: "I", 5: "I", 7: "s", 12: "d"}


def tiff_bytes(
    pixels: Pixels, tags: Tags, *, exif: Tags | None = None, gps: Tags | None = None, big: bool = False
) -> bytes:
    """An uncompressed TIFF of one strip with these further tags: the strip first, then the directories."""
    head = 16 if big else 8
    position = head + pixels.nbytes + pixels.nbytes % 2
    parts = b""
    top: Tags = dict(tags)
    for tag, child in ((34665, exif), (34853, gps)):
        if child:
            top[tag] = (4, [position + len(parts)])
            parts += _directory(child, position + len(parts), big=big)
    height, width = pixels.shape[:2]
    top |= {256: (3, [width]), 257: (3, [height]), 258: (3, [8, 8, 8]), 259: (3, [1]), 262: (3, [2])}
    top |= {273: (4, [head]), 277: (3, [3]), 278: (3, [height]), 279: (4, [pixels.nbytes])}
    first = position + len(parts)
    header = struct.pack("<2sHHHQ", b"II", 43, 8, 0, first) if big else struct.pack("<2sHI", b"II", 42, first)
    return header + pixels.tobytes() + bytes(pixels.nbytes % 2) + parts + _directory(top, first, big=big)


def _directory(tags: Tags, position: int, *, big: bool) -> bytes:
    word, size, count_format = ("Q", 8, "<Q") if big else ("I", 4, "<H")
    entries, values = b"", b""
    values_at = position + struct.calcsize(count_format) + len(tags) * (4 + 2 * size) + size
    for tag, (kind, value) in sorted(tags.items()):
        data, count = _packed(kind, value)
        entries += struct.pack("<HH" + word, tag, kind, count)
        if len(data) <= size:
            entries += data.ljust(size, b"\0")
        else:
            entries += struct.pack("<" + word, values_at + len(values))
            values += data + bytes(len(data) % 2)
    return struct.pack(count_format, len(tags)) + entries + bytes(size) + values


def _packed(kind: int, value: object) -> tuple[bytes, int]:
    if isinstance(value, bytes):
        return value, len(value)
    numbers = list(value)  # type: ignore[call-overload]
    return struct.pack(f"<{len(numbers)}{_CODES[kind]}", *numbers), len(numbers) // (2 if kind == 5 else 1)


MAP_TAGS: Tags = {
    33550: (12, [1e-5, 1e-5, 0.0]),
    33922: (12, [0.0, 0.0, 0.0, 34.25, -2.5, 0.0]),
    34735: (3, [1, 1, 0, 1, 1024, 0, 1, 2]),
    34737: (2, b"PLACENAME|\0"),
    42112: (2, b"<GDALMetadata>PLACENAME</GDALMetadata>\0"),
    700: (1, XMP),
    270: (2, b"PLACENAME, camp\0"),
    33723: (7, b"IPTC PLACENAME"),
}
CAMERA_TAGS: Tags = {271: (2, b"Maker\0"), 272: (2, b"Model X\0"), 274: (3, [1])}
EXIF_TAGS: Tags = {
    36867: (2, b"2024:07:01 09:30:15\0"),
    36881: (2, b"+03:00\0"),
    37500: (7, b"MAKERNOTE with PLACENAME in it"),
    42033: (2, b"SERIAL-7\0"),
}
GPS_TAGS: Tags = {
    1: (2, b"S\0"),
    2: (5, [2, 1, 30, 1, 0, 1]),
    3: (2, b"W\0"),
    4: (5, [34, 1, 15, 1, 0, 1]),
    27: (7, b"ASCII\0\0\0PLACENAME"),
}


def mapped_tiff(*, big: bool = False) -> bytes:
    """A camera's TIFF that tells where it was taken in every way there is."""
    return tiff_bytes(quarters(), MAP_TAGS | CAMERA_TAGS, exif=EXIF_TAGS, gps=GPS_TAGS, big=big)
