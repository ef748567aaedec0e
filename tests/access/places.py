"""One exact place: told by files in every way that they know, and looked for in whatever is given out."""

import io
import re
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import rasterio
from PIL import Image as Pillow
from rasterio import Affine
from rasterio.io import MemoryFile

from tests.factories.viewer import make_pixels
from tests.imaging.made import Tags, chunk, tiff_bytes

LATITUDE, LONGITUDE = -7.654321, 34.123456
WIDTH, HEIGHT = 1300, 900  # of the originals, as of the image that the scene shows
WORDS = b"GpsLatitude=-7.654321 GpsLongitude=34.123456"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + WORDS + b"</x:xmpmeta>"
MINUTES = (39, 1, 155_556, 10_000), (7, 1, 244_416, 10_000)  # with the seconds, of latitude and longitude
TELLING = (
    b"7.654", b"34.123", struct.pack("<d", LATITUDE), struct.pack("<d", LONGITUDE),
    *(struct.pack(f"{order}4I", *fractions) for order in "<>" for fractions in MINUTES),
)  # fmt: skip
GPS_IFD = 0x8825
MAP_TAGS = {33550, 33922, 34264, 34735, 34736, 34737, 42112, 700}
TIME = re.compile(rb"\d\d:\d\d:\d\d\.\d+")  # its seconds may be 34.123, and are no place
MAGICS = (b"\xff\xd8", b"\x89PNG", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def tells_place(content: bytes) -> bool:
    """As text, as numbers, or in what Pillow makes of an image."""
    is_image = content.startswith(MAGICS)
    told = content if is_image else TIME.sub(b"", content)
    return any(telling in told for telling in TELLING) or (is_image and _image_tells(content))


def _image_tells(content: bytes) -> bool:
    with Pillow.open(io.BytesIO(content)) as image:
        image.load()
        exif, texts = image.getexif(), repr(image.info).encode()
    has_map = bool(MAP_TAGS & set(exif)) or bool(exif.get_ifd(GPS_IFD))
    return has_map or b"xmpmeta" in content or any(telling in texts for telling in TELLING[:2])


def jpeg() -> bytes:
    return _saved("JPEG", xmp=XMP, comment=WORDS)


def png() -> bytes:
    data = _saved("PNG")
    texts = chunk(b"tEXt", b"Comment\0" + WORDS) + chunk(b"zTXt", b"Place\0\0" + zlib.compress(WORDS))
    return data[:33] + texts + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP) + data[33:]


def tiff(*, big: bool = False) -> bytes:
    tags: Tags = {
        33550: (12, [1e-6, 1e-6, 0.0]),
        33922: (12, [0.0, 0.0, 0.0, LONGITUDE, LATITUDE, 0.0]),
        34735: (3, [1, 1, 0, 1, 1024, 0, 1, 2]),
        42112: (2, b"<GDALMetadata>" + WORDS + b"</GDALMetadata>\0"),
        700: (1, XMP),
        270: (2, WORDS + b"\0"),
    }
    latitude, longitude = ((5, [degrees, 1, *MINUTES[n]]) for n, degrees in enumerate((7, 34)))
    gps: Tags = {1: (2, b"S\0"), 2: latitude, 3: (2, b"E\0"), 4: longitude}
    return tiff_bytes(make_pixels(WIDTH, HEIGHT), tags, gps=gps, big=big)


def map_with_pyramid() -> bytes:
    """A GeoTIFF that is shown as it is."""
    profile = {"driver": "GTiff", "width": WIDTH, "height": HEIGHT, "count": 3, "dtype": "uint8", "photometric": "RGB"}
    place = {"crs": "EPSG:4326", "transform": Affine(1e-6, 0, LONGITUDE, 0, -1e-6, LATITUDE)}
    with MemoryFile() as memory:
        with memory.open(**profile, **place, tiled=True) as file:
            file.write(np.moveaxis(make_pixels(WIDTH, HEIGHT), 2, 0))
            file.update_tags(place=WORDS.decode())
        with rasterio.open(memory.name, "r+") as file:
            file.build_overviews([2, 4])
        return bytes(memory.read())


def _saved(kind: str, **options: Any) -> bytes:
    exif, out = Pillow.Exif(), io.BytesIO()
    exif[0x0110] = "Camera of the plane"
    exif.get_ifd(GPS_IFD).update({1: "S", 2: (7.0, 39.0, 15.5556), 3: "E", 4: (34.0, 7.0, 24.4416)})
    Pillow.fromarray(make_pixels(WIDTH, HEIGHT)).save(out, kind, exif=exif, **options)
    return out.getvalue()


ORIGINALS: dict[str, Callable[[], bytes]] = {
    "jpeg": jpeg,
    "png": png,
    "tiff": tiff,
    "bigtiff": lambda: tiff(big=True),
    "map with pyramid": map_with_pyramid,
}
