import struct
from pathlib import Path

import numpy as np
import pytest

from imaging.errors import UnreadableImageError
from imaging.header import read_header
from tests.imaging.made import gps_exif, jpeg_bytes, png_claiming, quarters, save
from tests.imaging.measured import check_apart


def jpeg_claiming(width: int, height: int, *, progressive: bool = False) -> bytes:
    data = bytearray(jpeg_bytes(quarters(), progressive=progressive))
    frame = data.index(b"\xff\xc2" if progressive else b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def tiff_claiming(width: int, height: int, *, is_tiled: bool) -> bytes:
    tags = {256: width, 257: height, 258: 8, 259: 8, 262: 1, 277: 1}
    tags |= {322: 512, 323: 512, 324: 8, 325: 10} if is_tiled else {273: 8, 278: height, 279: 10}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    return struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + bytes(4)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_width_and_height_are_those_of_the_upright_image(orientation: int, tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", quarters(64, 48), exif=gps_exif(orientation=orientation))
    header = read_header(path)
    assert (header.width, header.height) == ((64, 48) if orientation < 5 else (48, 64))
    assert header.orientation == orientation


@pytest.mark.parametrize("orientation", [0, 9, 4711])
def test_a_senseless_orientation_means_upright(orientation: int, tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", quarters(), exif=gps_exif(orientation=orientation))
    assert read_header(path).orientation == 1


def test_png_and_tiff_have_their_orientation_too(tmp_path: Path) -> None:
    exif = gps_exif(orientation=6)
    for name, options in (("a.png", {"exif": exif}), ("a.tif", {"tiffinfo": {274: 6}})):
        header = read_header(save(tmp_path / name, quarters(64, 48), **options))
        assert (header.width, header.height, header.orientation) == (48, 64, 6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", png_claiming(40_000, 30_000)),
        ("a.jpg", jpeg_claiming(65_000, 65_000)),
        ("b.jpg", jpeg_claiming(15_800, 15_800, progressive=True)),
        ("a.tif", tiff_claiming(60_000, 60_000, is_tiled=False)),
        ("b.tif", tiff_claiming(400_000, 400_000, is_tiled=True)),
    ],
)
def test_a_bomb_is_refused_before_anything_is_decoded(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    result = check_apart(tmp_path / name)
    assert result.code == "too_many_pixels"
    assert result.seconds < 2
    assert result.peak_mb < 300


def test_a_tiled_tiff_may_be_larger_than_an_image_that_is_decoded_whole(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(tiff_claiming(60_000, 60_000, is_tiled=True))
    header = read_header(tmp_path / "a.tif")
    assert (header.width, header.is_tiled) == (60_000, True)


def test_the_limit_is_the_callers_to_set(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", quarters(100, 100))
    assert read_header(path, max_pixels=10_000).width == 100
    with pytest.raises(UnreadableImageError, match="at most"):
        read_header(path, max_pixels=9_999)


@pytest.mark.parametrize("keep", [2, 3, 10, 100, 300])
def test_a_jpeg_cut_off_in_its_header_was_cut_short(keep: int, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg_bytes(quarters(), exif=gps_exif())[: max(keep, 3)])
    with pytest.raises(UnreadableImageError) as caught:
        read_header(tmp_path / "a.jpg")
    assert caught.value.code == "truncated"


def test_a_12_bit_jpeg_is_refused_with_its_reason(tmp_path: Path) -> None:
    data = bytearray(jpeg_bytes(quarters()))
    data[data.index(b"\xff\xc0") + 4] = 12
    (tmp_path / "a.jpg").write_bytes(data)
    with pytest.raises(UnreadableImageError, match="12 bits"):
        read_header(tmp_path / "a.jpg")


def test_an_image_without_any_pixel_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_claiming(0, 10))
    with pytest.raises(UnreadableImageError) as caught:
        read_header(tmp_path / "a.png")
    assert caught.value.code == "damaged"


def test_the_extension_follows_the_content(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", np.zeros((4, 4, 3), np.uint8)).rename(tmp_path / "a.jpg")
    assert (read_header(path).extension, read_header(path).media_type) == ("png", "image/png")
