import io
import struct
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import pytest
import rasterio
from PIL import Image

from imaging.decode import read_upright
from imaging.errors import UnreadableImageError
from imaging.exif import read_exif
from imaging.strip import without_position
from tests.imaging.made import XMP, chunk, gps_exif, jpeg_bytes, mapped_tiff, noise, quarters, save

SECRETS = (b"PLACENAME", b"MAKERNOTE", b"drone-dji", b"GpsLatitude", b"http://ns.adobe.com/xap", b"x:xmpmeta")


def stripped(tmp_path: Path, content: bytes) -> Path:
    (tmp_path / "original").write_bytes(content)
    without_position(tmp_path / "original", tmp_path / "stripped")
    return tmp_path / "stripped"


def knows_nothing(path: Path) -> bool:
    data = path.read_bytes()
    with Image.open(path) as image:
        has_gps = bool(image.getexif().get_ifd(34853))
    exif = read_exif(path)
    return not any(secret in data for secret in SECRETS) and not has_gps and exif.latitude is None


def same_pixels(a: Path, b: Path) -> bool:
    with Image.open(a) as first, Image.open(b) as second:
        return np.array_equal(np.asarray(first), np.asarray(second))


def png_with_everything() -> bytes:
    file = io.BytesIO()
    Image.fromarray(quarters()).save(file, "PNG", exif=gps_exif(orientation=6))
    data = file.getvalue()
    texts = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP) + chunk(b"tEXt", b"Comment\0PLACENAME")
    return data[:33] + texts + chunk(b"zTXt", b"Comment\0\0PLACENAME") + chunk(b"xyZw", b"PLACENAME") + data[33:] + XMP


def mpo_with_everything() -> bytes:
    file = io.BytesIO()
    second = Image.fromarray(255 - quarters())
    Image.fromarray(quarters()).save(
        file, "MPO", save_all=True, append_images=[second], exif=gps_exif(), quality=95, xmp=XMP, comment=b"PLACENAME"
    )
    return file.getvalue() + b"PLACENAME"


def jpeg_with_everything() -> bytes:
    data = jpeg_bytes(noise(80, 60), exif=gps_exif(orientation=6), xmp=XMP, comment=b"PLACENAME", progressive=True)
    photoshop = b"Photoshop 3.0\0PLACENAME"
    return data[:2] + b"\xff\xed" + struct.pack(">H", len(photoshop) + 2) + photoshop + data[2:] + b"PLACENAME"


def rewritten_tiff() -> bytes:
    """A map of which GDAL has changed a tag: it writes the directory anew and leaves the old one behind."""
    with NamedTemporaryFile(suffix=".tif") as temporary:
        Path(temporary.name).write_bytes(mapped_tiff())
        with rasterio.open(temporary.name, "r+") as file:
            file.update_tags(camp="PLACENAME")
        return Path(temporary.name).read_bytes()


EVERYTHING = {
    "jpeg": jpeg_with_everything,
    "mpo": mpo_with_everything,
    "png": png_with_everything,
    "tiff": mapped_tiff,
    "bigtiff": lambda: mapped_tiff(big=True),
    "rewritten tiff": rewritten_tiff,
}


@pytest.mark.parametrize("kind", EVERYTHING)
def test_nothing_that_tells_the_place_is_left(kind: str, tmp_path: Path) -> None:
    content = EVERYTHING[kind]()
    (tmp_path / "before").write_bytes(content)
    assert b"PLACENAME" in content
    assert read_exif(tmp_path / "before").latitude == pytest.approx(-2.5)
    assert knows_nothing(stripped(tmp_path, content))


@pytest.mark.parametrize("kind", EVERYTHING)
def test_every_pixel_is_left(kind: str, tmp_path: Path) -> None:
    path = stripped(tmp_path, EVERYTHING[kind]())
    assert same_pixels(tmp_path / "original", path)
    assert np.array_equal(read_upright(path), read_upright(tmp_path / "original"))


@pytest.mark.parametrize("kind", EVERYTHING)
def test_time_camera_and_orientation_are_left(kind: str, tmp_path: Path) -> None:
    path = stripped(tmp_path, EVERYTHING[kind]())
    before, after = read_exif(tmp_path / "original"), read_exif(path)
    assert after.captured_at is not None
    for name in ("captured_at", "utc_offset_minutes", "camera_make", "camera_model", "camera_serial", "orientation"):
        assert getattr(after, name) == getattr(before, name)


def test_the_compressed_data_of_a_jpeg_is_the_same_bytes(tmp_path: Path) -> None:
    content = jpeg_bytes(noise(80, 60), exif=gps_exif())
    scan = content[content.index(b"\xff\xda") :]
    assert stripped(tmp_path, content).read_bytes().endswith(scan)


def test_a_second_frame_goes(tmp_path: Path) -> None:
    path = stripped(tmp_path, mpo_with_everything())
    with Image.open(path) as image:
        assert getattr(image, "n_frames", 1) == 1
    assert path.read_bytes().count(b"\xff\xd8\xff") == 1


@pytest.mark.parametrize("big", [False, True])
def test_a_map_is_no_map_any_more(big: bool, tmp_path: Path) -> None:
    path = stripped(tmp_path, mapped_tiff(big=big))
    with rasterio.open(tmp_path / "original") as before, rasterio.open(path) as after:
        assert before.crs is not None
        assert after.crs is None
        assert after.transform.is_identity
        assert np.array_equal(before.read(), after.read())


def test_a_colour_profile_stays(tmp_path: Path) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name in ("a.jpg", "a.png", "a.tif"):
        path = stripped(tmp_path, save(tmp_path / name, quarters(), icc_profile=profile).read_bytes())
        with Image.open(path) as image:
            assert image.info["icc_profile"] == profile


def test_a_broken_exif_block_is_left_out(tmp_path: Path) -> None:
    path = stripped(tmp_path, jpeg_bytes(quarters(), exif=b"Exif\0\0II*\0\xff\xff\xff\xff PLACENAME"))
    assert knows_nothing(path)


def test_a_file_that_is_no_image_is_not_given_out(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImageError):
        stripped(tmp_path, b"PLACENAME " * 100)
    assert not (tmp_path / "stripped").exists()


def with_strip_size(content: bytes, size: int) -> bytes:
    """The same TIFF, its one strip said to be so long."""
    entry = struct.pack("<HHII", 279, 4, 1, quarters().nbytes)
    assert content.count(entry) == 1
    return content.replace(entry, struct.pack("<HHII", 279, 4, 1, size))


@pytest.mark.parametrize("size", [0, 100])
def test_a_strip_said_to_be_shorter_than_its_pixels_keeps_them(size: int, tmp_path: Path) -> None:
    path = stripped(tmp_path, with_strip_size(mapped_tiff(), size))
    assert knows_nothing(path)
    assert quarters().tobytes() in path.read_bytes()


def test_a_tiff_that_does_not_say_where_its_pixels_end_is_not_given_out(tmp_path: Path) -> None:
    content = save(tmp_path / "a.tif", noise(64, 48), compression="tiff_lzw").read_bytes()
    size = struct.pack("<HHI", 279, 4, 1)
    at = content.index(size) + len(size)
    with pytest.raises(UnreadableImageError):
        stripped(tmp_path, content[:at] + bytes(4) + content[at + 4 :])


@pytest.mark.shared
def test_a_slide_is_not_given_out(shared_data: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableImageError) as caught:
        without_position(shared_data / "slide/CMU-1-Small-Region.svs", tmp_path / "out")
    assert caught.value.code == "cannot_strip"


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    ["caliterra/IMG_9354.jpg", "odd/DSCN0010.jpg", "odd/sugarshack.mpo", "odd/ultra-hdr.jpg", "pelicans_dji_gps.jpg",
     "geotiff/naip_4band.tif", "geotiff/test_tiled.tif", "geotiff/forest_2048_strips.tif",
     "odd/tiff_tiled_cmyk_jpeg.tif", "odd/jpeg_ff00_header.jpg", "odd/progressive_rot3.jpg"],
)  # fmt: skip
def test_real_files_keep_their_pixels_and_lose_their_place(name: str, shared_data: Path, tmp_path: Path) -> None:
    path = stripped(tmp_path, (shared_data / name).read_bytes())
    assert knows_nothing(path)
    assert np.array_equal(read_upright(path), read_upright(tmp_path / "original"))
    assert read_exif(path).captured_at == read_exif(tmp_path / "original").captured_at
