"""Files that are small or plain for what reading all they claim would cost: refused early, or read without that."""

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from imaging.decode import read_upright
from imaging.errors import UnreadableImageError
from imaging.exif import read_exif
from imaging.formats import identify
from imaging.header import MAX_SIDE, png_chunk, read_header
from imaging.jpegfile import JpegError, read_segments
from imaging.strip import without_position
from imaging.tiffdir import TiffError, directories, file_source
from tests.imaging.made import jpeg_bytes, png_claiming, quarters, save
from tests.imaging.measured import check_apart

HERE = 4096  # where the tags' values lie


def tiff(path: Path, tags: dict[int, tuple[int, int, int]], *, size: int = 0, next_at: int = 0) -> Path:
    """A grey image of 4 x 4 px; `tags` are type, count and value of further ones. `size` makes the rest a hole."""
    plain = {256: 4, 257: 4, 258: 8, 259: 1, 262: 1, 273: 1024, 277: 1, 278: 4, 279: 16}
    entries = {tag: (4, 1, value) for tag, value in plain.items()} | tags
    table = b"".join(struct.pack("<HHII", tag, *entries[tag]) for tag in sorted(entries))
    path.write_bytes(struct.pack("<2sHIH", b"II", 42, 8, len(entries)) + table + struct.pack("<I", next_at))
    os.truncate(path, max(HERE, size))
    return path


@pytest.mark.parametrize("filling", [b"\xff\xe0\x00\x02", b"\xff\xd0", b"\xff\x01", b"\xff", b"\xff\xe0\x00\x02\0"])
def test_a_jpeg_of_nothing_but_markers_is_given_up(filling: bytes, tmp_path: Path) -> None:
    data = jpeg_bytes(quarters())
    path = tmp_path / "a.jpg"
    path.write_bytes(data[:2] + filling * 300_000 + data[2:])
    with path.open("rb") as file:
        with pytest.raises(JpegError):
            read_segments(file)
        assert file.tell() < 1_000_000


def test_a_png_is_not_searched_through_endless_chunks(tmp_path: Path) -> None:
    data = save(tmp_path / "a.png", quarters()).read_bytes()
    chunk = struct.pack(">I", 0) + b"aaAa" + struct.pack(">I", zlib.crc32(b"aaAa"))
    last = struct.pack(">I", 1) + b"eXIf" + b"x" + struct.pack(">I", zlib.crc32(b"eXIfx"))
    path = tmp_path / "b.png"
    path.write_bytes(data[:33] + chunk * 250_000 + last + data[33:])
    assert png_chunk(path, b"eXIf") == b""


def test_an_image_of_one_column_and_endless_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_claiming(1, MAX_SIDE + 1))
    with pytest.raises(UnreadableImageError) as refusal:
        read_header(path)
    assert refusal.value.code == "too_long"


def test_the_first_value_of_a_tag_is_read_without_the_others(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", {274: (3, 25_000_000, HERE)}, size=HERE + 50_000_000)
    measured = check_apart(path)
    assert (measured.code, measured.peak_mb < 150, measured.seconds < 2) == ("", True, True)


def test_a_tag_of_endless_numbers_is_no_index_of_an_image(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", {273: (4, 12_500_000, HERE)}, size=HERE + 50_000_000)
    with path.open("rb") as file, pytest.raises(TiffError):
        next(directories(file_source(file))).numbers(273)


def test_a_camera_of_endless_name_is_cut_off(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", {271: (2, 10_000_000, HERE)})
    with path.open("ab") as file:
        file.write(b"A" * 10_000_000)
    assert read_exif(path).camera_make == "A" * 200


def test_endless_texts_are_not_given_to_openslide(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", {270: (2, 50_000_000, HERE)}, size=HERE + 50_000_000)
    with pytest.raises(UnreadableImageError):
        identify(path)


def test_endless_directories_are_not_given_to_openslide(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", {}, next_at=HERE)
    pages = (struct.pack("<HHHIII", 1, 254, 4, 1, 0, HERE + 18 * number) for number in range(1, 20_000))
    with path.open("ab") as file:
        file.write(b"".join(pages))
    with pytest.raises(UnreadableImageError):
        identify(path)


def test_no_page_however_deep_keeps_its_position(tmp_path: Path) -> None:
    """A page that hangs on a page that hangs on the image."""
    path = tiff(tmp_path / "a.tif", {330: (4, 1, HERE)})
    inner = struct.pack("<HHHIII", 1, 330, 4, 1, HERE + 100, 0).ljust(100, b"\0")
    deepest = struct.pack("<HHHIII", 1, 33550, 2, 9, HERE + 200, 0).ljust(100, b"\0") + b"PLACENAME"
    with path.open("ab") as file:
        file.write(inner + deepest)
    without_position(path, tmp_path / "out.tif")
    assert b"PLACENAME" not in (tmp_path / "out.tif").read_bytes()


def test_pages_that_hang_on_each_other_are_stripped_once(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", {330: (4, 1, 8)}, next_at=8)
    without_position(path, tmp_path / "out.tif")
    assert (tmp_path / "out.tif").stat().st_size == HERE


def test_more_pages_than_can_be_stripped_are_not_given_out(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", {330: (4, 2000, HERE)})
    with path.open("ab") as file:
        file.write(struct.pack("<2000I", *range(HERE + 8000, HERE + 8000 + 2000 * 6, 6)) + bytes(2000 * 6))
    with pytest.raises(UnreadableImageError) as refusal:
        without_position(path, tmp_path / "out.tif")
    assert refusal.value.code == "cannot_strip"


@pytest.mark.parametrize("value", [0, 1, 65535])
def test_a_16_bit_image_of_one_value_is_read(value: int, tmp_path: Path) -> None:
    import rasterio

    with rasterio.open(tmp_path / "a.tif", "w", driver="GTiff", width=64, height=48, count=1, dtype="uint16") as file:
        file.write(np.full((1, 48, 64), value, np.uint16))
    pixels = read_upright(tmp_path / "a.tif")
    assert pixels.shape == (48, 64, 3)
    assert len(np.unique(pixels)) == 1
