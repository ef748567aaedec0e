from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imaging.exif import Exif, read_exif
from tests.imaging.made import XMP, gps_exif, jpeg_bytes, mapped_tiff, quarters, save


def read(tmp_path: Path, exif: Image.Exif | bytes, **options: Any) -> Exif:
    return read_exif(save(tmp_path / "a.jpg", quarters(), exif=exif, **options))


def test_time_place_and_camera_are_read(tmp_path: Path) -> None:
    exif = read(tmp_path, gps_exif(orientation=6))
    assert exif.captured_at == datetime(2024, 7, 1, 9, 30, 15)
    assert exif.utc_offset_minutes == 180
    assert (exif.latitude, exif.longitude) == (pytest.approx(-2.5), pytest.approx(-34.25))
    assert exif.altitude_m == pytest.approx(1234.5)
    assert (exif.camera_make, exif.camera_model, exif.camera_serial) == ("Maker", "Model X", "SERIAL-7")
    assert exif.orientation == 6


@pytest.mark.parametrize("name", ["a.png", "classic.tif", "big.tif"])
def test_png_and_tiff_are_read_as_well(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name == "a.png":
        save(path, quarters(), exif=gps_exif())
    else:
        path.write_bytes(mapped_tiff(big=name == "big.tif"))
    exif = read_exif(path)
    assert exif.captured_at == datetime(2024, 7, 1, 9, 30, 15)
    assert (exif.latitude, exif.longitude) == (pytest.approx(-2.5), pytest.approx(-34.25))


@pytest.mark.parametrize(
    "text",
    ["0000:00:00 00:00:00", "9999:12:31 23:59:59", "    :  :     :  :  ", "2024:13:01 00:00:00", "yesterday", ""],
)
def test_a_time_that_is_none_is_left_out(text: str, tmp_path: Path) -> None:
    exif = gps_exif()
    exif.get_ifd(34665)[36867] = text
    assert read(tmp_path, exif).captured_at is None


def test_the_original_time_is_preferred_and_the_files_time_is_the_last_resort(tmp_path: Path) -> None:
    exif = gps_exif()
    exif[306] = "2025:01:01 00:00:00"
    assert read(tmp_path, exif).captured_at == datetime(2024, 7, 1, 9, 30, 15)
    del exif.get_ifd(34665)[36867]
    assert read(tmp_path, exif).captured_at == datetime(2025, 1, 1)


@pytest.mark.parametrize(
    ("text", "minutes"), [("+05:45", 345), ("-03:00", -180), ("Z", 0), ("+25:00", None), ("x", None)]
)
def test_offsets_from_utc(text: str, minutes: int | None, tmp_path: Path) -> None:
    exif = gps_exif()
    exif.get_ifd(34665)[36881] = text
    assert read(tmp_path, exif).utc_offset_minutes == minutes


@pytest.mark.parametrize(
    "tags",
    [
        {2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)},
        {2: (91.0, 0.0, 0.0)},
        {4: (180.0, 0.0, 1.0)},
        {1: "X"},
        {1: ""},
        {9: "V"},
    ],
)
def test_a_position_that_cannot_be_is_none(tags: dict[int, Any], tmp_path: Path) -> None:
    exif = gps_exif()
    exif.get_ifd(34853).update(tags)
    found = read(tmp_path, exif)
    assert (found.latitude, found.longitude, found.altitude_m) == (None, None, None)


def test_an_altitude_below_the_sea_is_negative(tmp_path: Path) -> None:
    exif = gps_exif()
    exif.get_ifd(34853)[5] = b"\1"
    assert read(tmp_path, exif).altitude_m == pytest.approx(-1234.5)


def test_a_position_without_an_altitude_is_one(tmp_path: Path) -> None:
    exif = gps_exif()
    del exif.get_ifd(34853)[6]
    assert (read(tmp_path, exif).latitude, read(tmp_path, exif).altitude_m) == (pytest.approx(-2.5), None)


def test_a_drones_xmp_position_stands_in_where_exif_has_none(tmp_path: Path) -> None:
    found = read(tmp_path, gps_exif(has_gps=False), xmp=XMP)
    assert (found.latitude, found.longitude, found.altitude_m) == (-2.345678, 34.876543, 1555.2)


def test_exif_goes_before_xmp(tmp_path: Path) -> None:
    assert read(tmp_path, gps_exif(), xmp=XMP).latitude == pytest.approx(-2.5)


def test_no_flip_of_any_byte_makes_an_error(tmp_path: Path) -> None:
    data = jpeg_bytes(quarters(8, 8), exif=gps_exif())
    path = tmp_path / "a.jpg"
    start = data.index(b"Exif")
    for place in range(start, start + int.from_bytes(data[start - 2 : start], "big") - 2):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
        assert isinstance(read_exif(path), Exif)


@pytest.mark.parametrize("block", [b"", b"II", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 60])
def test_a_broken_block_is_an_empty_one(block: bytes, tmp_path: Path) -> None:
    assert read(tmp_path, b"Exif\0\0" + block) == Exif()


def test_control_characters_do_not_get_through(tmp_path: Path) -> None:
    exif = gps_exif()
    exif[272] = "Model\n\x1b[31m X"
    assert read(tmp_path, exif).camera_model == "Model[31m X"
