import gc
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from imaging.decode import file_strips, read_upright
from imaging.errors import UnreadableImageError
from imaging.header import read_header
from tests.imaging.made import gps_exif, jpeg_bytes, noise, quarters, save


def close(pixels: np.ndarray, expected: np.ndarray, tolerance: float = 6) -> bool:
    return pixels.shape == expected.shape and float(np.abs(pixels.astype(int) - expected).mean()) < tolerance


def code_of(path: Path) -> str:
    with pytest.raises(UnreadableImageError) as caught:
        read_upright(path)
    return caught.value.code


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
def test_every_orientation_is_turned_as_pillow_turns_it(name: str, orientation: int, tmp_path: Path) -> None:
    path = save(tmp_path / name, quarters(63, 40), exif=gps_exif(orientation=orientation))
    with Image.open(path) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    assert close(read_upright(path), expected, 0.01)


@pytest.mark.parametrize("orientation", [1, 8])
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
def test_strips_are_the_same_image(name: str, orientation: int, tmp_path: Path) -> None:
    path = save(tmp_path / name, noise(900, 1100), exif=gps_exif(orientation=orientation))
    strips = [strip.copy() for strip in file_strips(path, read_header(path))]
    assert strips[0].shape[0] == 512
    assert np.array_equal(np.concatenate(strips), read_upright(path))


def test_jpeg_pixels_are_those_of_the_exact_decoder(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", noise(301, 203))
    with Image.open(path) as image:
        assert np.array_equal(read_upright(path), np.asarray(image))


def test_transparent_pixels_are_white(tmp_path: Path) -> None:
    rgba = np.dstack([quarters(), np.zeros((48, 64), np.uint8)])
    for name in ("a.png", "a.tif"):
        assert (read_upright(save(tmp_path / name, rgba)) == 255).all()


def test_grey_is_grey_in_three_channels(tmp_path: Path) -> None:
    grey = quarters()[..., 0]
    for name in ("a.png", "a.tif", "a.jpg"):
        pixels = read_upright(save(tmp_path / name, grey))
        assert close(pixels, np.dstack([grey] * 3), 3)


def test_a_palette_is_looked_up(tmp_path: Path) -> None:
    Image.fromarray(quarters()).quantize(8).save(tmp_path / "a.png")
    assert close(read_upright(tmp_path / "a.png"), quarters(), 1)


def test_one_bit_images_are_black_and_white(tmp_path: Path) -> None:
    Image.fromarray(quarters()[..., 0] > 100).save(tmp_path / "a.png")
    assert set(np.unique(read_upright(tmp_path / "a.png"))) == {0, 255}


@pytest.mark.parametrize(("low", "high"), [(0, 65535), (0, 4095), (28_000, 31_000), (5, 40)])
def test_a_16_bit_band_is_stretched_to_what_it_holds(low: int, high: int, tmp_path: Path) -> None:
    ramp = np.linspace(low, high, 10_000).astype(np.uint16).reshape(100, 100)
    for name in ("a.png", "a.tif"):
        Image.fromarray(ramp).save(tmp_path / name)
        pixels = read_upright(tmp_path / name)
        assert pixels.min() <= 2
        assert pixels.max() >= 253
        assert 120 < pixels.mean() < 135


def test_a_16_bit_colour_image_of_full_range_is_not_stretched(tmp_path: Path) -> None:
    import rasterio

    bands = (quarters().astype(np.uint16) * 257).transpose(2, 0, 1)
    with rasterio.open(tmp_path / "a.tif", "w", driver="GTiff", width=64, height=48, count=3, dtype="uint16",
                       photometric="RGB") as file:  # fmt: skip
        file.write(bands)
    assert close(read_upright(tmp_path / "a.tif"), quarters(), 1)


def test_bands_beyond_colour_are_left_out(tmp_path: Path) -> None:
    import rasterio

    bands = np.concatenate([quarters().transpose(2, 0, 1), np.full((2, 48, 64), 77, np.uint8)])
    with rasterio.open(tmp_path / "a.tif", "w", driver="GTiff", width=64, height=48, count=5, dtype="uint8",
                       photometric="RGB") as file:  # fmt: skip
        file.write(bands)
    assert np.array_equal(read_upright(tmp_path / "a.tif"), quarters())


@pytest.mark.parametrize(("mask", "is_believed"), [(True, True), (False, False)])
def test_in_a_tiff_only_a_mask_is_transparency(mask: bool, is_believed: bool, tmp_path: Path) -> None:
    import rasterio
    from rasterio.transform import from_origin

    fourth = np.zeros((1, 48, 64), np.uint8) if mask else np.full((1, 48, 64), 90, np.uint8)
    bands = np.concatenate([quarters().transpose(2, 0, 1), fourth])
    with rasterio.open(tmp_path / "a.tif", "w", driver="GTiff", width=64, height=48, count=4, dtype="uint8", crs=4326,
                       photometric="RGB", alpha="yes", transform=from_origin(34, -2, 1e-5, 1e-5)) as file:  # fmt: skip
        file.write(bands)
    assert bool((read_upright(tmp_path / "a.tif") == 255).all()) is is_believed


def test_numbers_with_fractions_are_refused_with_the_reason(tmp_path: Path) -> None:
    Image.fromarray(np.ones((8, 8), np.float32)).save(tmp_path / "a.tif")
    assert code_of(tmp_path / "a.tif") == "unsupported_pixels"


def test_cmyk_comes_out_in_its_colours(tmp_path: Path) -> None:
    Image.fromarray(quarters()).convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    pixels = read_upright(tmp_path / "a.jpg").astype(int)
    red, white = pixels[10, 10], pixels[40, 50]
    assert red[0] > red[1] + 80
    assert white.min() > 200


def test_a_colour_profile_that_is_not_srgb_is_converted(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ"))
    path = save(tmp_path / "a.png", quarters(), icc_profile=lab.tobytes())
    read_upright(path)  # a profile that does not fit the image is left out, not fatal
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert close(read_upright(save(tmp_path / "a.jpg", quarters(), icc_profile=srgb)), quarters(), 6)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
def test_a_file_cut_short_is_refused(name: str, share: float, tmp_path: Path) -> None:
    options = {"compression": "tiff_deflate"} if name == "a.tif" else {}
    path = save(tmp_path / name, noise(400, 300), **options)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert code_of(path) == "truncated"


@pytest.mark.parametrize("lost", [2, 20, 200])
def test_not_even_the_last_bytes_may_be_missing(lost: int, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg_bytes(noise(400, 300))[:-lost])
    assert code_of(path) == "truncated"


def test_a_hole_in_the_middle_is_damage(tmp_path: Path) -> None:
    data = bytearray(jpeg_bytes(noise(800, 600), quality=90))
    data[len(data) // 2 : len(data) // 2 + 2048] = bytes(2048)
    (tmp_path / "a.jpg").write_bytes(data)
    assert code_of(tmp_path / "a.jpg") == "damaged"


def test_a_damaged_png_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", noise(400, 300))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    assert code_of(path) == "damaged"


def test_junk_between_segments_and_zeros_before_the_end_do_no_harm(tmp_path: Path) -> None:
    data = jpeg_bytes(noise(100, 80))
    tables = data.index(b"\xff\xdb")
    odd = data[:tables] + b"junk" + data[tables:-2] + bytes(5) + b"\xff\xd9" + b"trailing"
    (tmp_path / "odd.jpg").write_bytes(odd)
    (tmp_path / "plain.jpg").write_bytes(data)
    assert np.array_equal(read_upright(tmp_path / "odd.jpg"), read_upright(tmp_path / "plain.jpg"))


def test_of_several_images_in_a_file_the_first_is_shown(tmp_path: Path) -> None:
    first, second = Image.fromarray(quarters()), Image.fromarray(255 - quarters())
    file = io.BytesIO()
    first.save(file, "MPO", save_all=True, append_images=[second], quality=95)
    (tmp_path / "a.jpg").write_bytes(file.getvalue())
    assert close(read_upright(tmp_path / "a.jpg"), quarters())


def test_progressive_images_are_read(tmp_path: Path) -> None:
    assert close(read_upright(save(tmp_path / "a.jpg", noise(300, 200), progressive=True)), noise(300, 200))


def test_a_progressive_image_of_endless_scans_is_refused_before_they_are_gone_through(tmp_path: Path) -> None:
    data = jpeg_bytes(noise(64, 64), progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    (tmp_path / "a.jpg").write_bytes(data[:-2] + last * 5000 + b"\xff\xd9")
    assert code_of(tmp_path / "a.jpg") == "damaged"


def test_pixels_in_use_are_never_written_over(tmp_path: Path) -> None:
    first = read_upright(save(tmp_path / "a.jpg", quarters()))
    part, before = first[10:20], first.copy()
    del first
    second = read_upright(save(tmp_path / "b.jpg", 255 - quarters()))
    assert np.array_equal(part, before[10:20])
    assert not np.array_equal(second, before)


def test_memory_is_used_again_when_nobody_needs_it(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", quarters())
    address = read_upright(path).ctypes.data
    gc.collect()
    assert read_upright(path).ctypes.data == address


@pytest.mark.slow
def test_jpegs_are_read_without_libvips() -> None:
    """A web process that only shows JPEGs must not have to load it."""
    script = (
        "import imaging.preview, imaging.tiles, imaging.slide, imaging.decode, sys; assert 'pyvips' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])
