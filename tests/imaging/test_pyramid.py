import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import openslide
import pytest
import rasterio
import simplejpeg
from PIL import Image

from imaging.errors import UnreadableImageError
from imaging.halve import halve
from imaging.pyramid import is_shown_as_is, write_pyramid, write_pyramid_from_file
from imaging.pyramidfile import levels_of
from imaging.tiffdir import directories, file_source
from imaging.tiles import TileFile
from tests.imaging.made import gps_exif, noise, quarters, save

SIZES = [(1, 1), (3, 700), (512, 512), (513, 512), (1300, 900), (2049, 1025)]


def level_pixels(path: Path, number: int) -> np.ndarray:
    """A level put together from its tiles, without what lies beyond its edges."""
    file = TileFile.open(path)
    level = file.levels[number]
    rows = [
        np.hstack([simplejpeg.decode_jpeg(file.read(number, x, y)) for x in range(level.columns)])
        for y in range(level.rows)
    ]
    return np.vstack(rows)[: level.height, : level.width]


def difference(a: np.ndarray, b: np.ndarray) -> float:
    assert a.shape == b.shape
    return float(np.abs(a.astype(int) - b).mean())


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_level_is_half_the_last_rounded_up_until_one_tile_holds_it(
    width: int, height: int, tmp_path: Path
) -> None:
    write_pyramid(noise(width, height), tmp_path / "p.tif")
    sizes = [(level.width, level.height) for level in TileFile.open(tmp_path / "p.tif").levels]
    expected = [(width, height)]
    while max(expected[-1]) > 512:
        expected.append((-(-expected[-1][0] // 2), -(-expected[-1][1] // 2)))
    assert sizes == expected
    assert len(sizes) == levels_of(width, height) + 1


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_level_shows_the_image(width: int, height: int, tmp_path: Path) -> None:
    pixels = noise(width, height)
    write_pyramid(pixels, tmp_path / "p.tif")
    for number, level in enumerate(TileFile.open(tmp_path / "p.tif").levels):
        reduced = np.asarray(Image.fromarray(pixels).reduce(2**number))
        assert (level.height, level.width) == reduced.shape[:2]
        shown = level_pixels(tmp_path / "p.tif", number)
        assert difference(shown, reduced) < 8
        if height > 1:
            assert difference(shown, reduced) < 0.75 * difference(shown[1:], reduced[:-1])  # not a row off


def test_what_lies_beyond_the_edge_repeats_the_last_pixels(tmp_path: Path) -> None:
    write_pyramid(np.full((300, 200, 3), 200, np.uint8), tmp_path / "p.tif")
    assert (
        np.abs(simplejpeg.decode_jpeg(TileFile.open(tmp_path / "p.tif").read(0, 0, 0)).astype(int) - 200) <= 2
    ).all()


def test_openslide_shows_the_right_colours(tmp_path: Path) -> None:
    write_pyramid(quarters(1300, 900), tmp_path / "p.tif")
    with openslide.OpenSlide(tmp_path / "p.tif") as slide:
        assert slide.level_dimensions == ((1300, 900), (650, 450), (325, 225))
        for level in range(3):
            region = np.asarray(slide.read_region((0, 0), level, slide.level_dimensions[level]))[..., :3]
            assert difference(region, np.asarray(Image.fromarray(quarters(1300, 900)).reduce(2**level))) < 3


def test_pillow_shows_the_right_colours(tmp_path: Path) -> None:
    write_pyramid(quarters(1300, 900), tmp_path / "p.tif")
    with Image.open(tmp_path / "p.tif") as image:
        assert image.n_frames == 3
        assert difference(np.asarray(image.convert("RGB")), quarters(1300, 900)) < 3


def test_gdal_shows_the_right_colours_and_finds_the_overviews(tmp_path: Path) -> None:
    write_pyramid(quarters(1300, 900), tmp_path / "p.tif")
    with rasterio.open(tmp_path / "p.tif") as file:
        assert file.overviews(1) == [2, 4]
        assert difference(file.read().transpose(1, 2, 0), quarters(1300, 900)) < 3
        half = file.read(out_shape=(3, 450, 650)).transpose(1, 2, 0)
    assert difference(half, np.asarray(Image.fromarray(quarters(1300, 900)).reduce(2))) < 3


def test_a_file_beyond_four_gigabytes_is_a_bigtiff_that_all_three_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imaging.pyramidfile._BIG_TIFF_PIXELS", 1000)
    write_pyramid(quarters(1300, 900), tmp_path / "p.tif")
    assert (tmp_path / "p.tif").read_bytes()[:4] == b"II+\0"
    assert difference(level_pixels(tmp_path / "p.tif", 0), quarters(1300, 900)) < 3
    with openslide.OpenSlide(tmp_path / "p.tif") as slide, rasterio.open(tmp_path / "p.tif") as file:
        assert slide.level_count == 3
        assert file.overviews(1) == [2, 4]
    with Image.open(tmp_path / "p.tif") as image:
        assert difference(np.asarray(image.convert("RGB")), quarters(1300, 900)) < 3


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_from_a_file_it_is_the_same_and_upright(name: str, orientation: int, tmp_path: Path) -> None:
    from imaging.decode import read_upright

    path = save(tmp_path / name, quarters(1100, 700), exif=gps_exif(orientation=orientation))
    write_pyramid_from_file(path, tmp_path / "streamed.tif")
    write_pyramid(read_upright(path), tmp_path / "whole.tif")
    assert (tmp_path / "streamed.tif").read_bytes() == (tmp_path / "whole.tif").read_bytes()


@pytest.mark.parametrize("orientation", [1, 6])
def test_whoever_lets_larger_files_in_says_so(orientation: int, tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", noise(90, 60), exif=gps_exif(orientation=orientation))
    with pytest.raises(UnreadableImageError):
        write_pyramid_from_file(path, tmp_path / "p.tif", max_pixels=5000)
    write_pyramid_from_file(path, tmp_path / "p.tif", max_pixels=5400)


def test_a_tiled_tiff_is_streamed(tmp_path: Path) -> None:
    pixels = noise(1500, 1200)
    with rasterio.open(tmp_path / "a.tif", "w", driver="GTiff", width=1500, height=1200, count=3, dtype="uint8",
                       tiled=True, compress="deflate", photometric="RGB") as file:  # fmt: skip
        file.write(pixels.transpose(2, 0, 1))
    write_pyramid_from_file(tmp_path / "a.tif", tmp_path / "p.tif")
    assert difference(level_pixels(tmp_path / "p.tif", 0), pixels) < 4


def test_a_failure_leaves_neither_a_file_nor_a_part_of_one(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", noise(1100, 900))
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(UnreadableImageError):
        write_pyramid_from_file(path, tmp_path / "pyramids" / "p.tif")
    assert list((tmp_path / "pyramids").iterdir()) == []


def test_a_file_that_was_there_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    write_pyramid(quarters(), tmp_path / "p.tif")
    before = TileFile.open(tmp_path / "p.tif")
    write_pyramid(255 - quarters(), tmp_path / "p.tif")
    assert before.read(0, 0, 0) != TileFile.open(tmp_path / "p.tif").read(0, 0, 0)


@pytest.mark.parametrize(("height", "width", "channels"), [(2, 2, 3), (7, 9, 3), (511, 701, 3), (64, 33, 4), (1, 1, 3)])
def test_halving_is_the_rounded_mean_of_four(height: int, width: int, channels: int) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, channels), dtype=np.uint8)
    half = np.empty((-(-height // 2), -(-width // 2), 4), np.uint8)
    halve(pixels, half)
    even = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge").astype(float)
    mean = even.reshape(half.shape[0], 2, half.shape[1], 2, channels).mean(axis=(1, 3))
    assert np.abs(half[..., :3] - mean[..., :3]).max() <= 0.5


def write_geotiff(path: Path, *, overviews: bool, **options: object) -> Path:
    profile = {"driver": "GTiff", "width": 1500, "height": 1200, "count": 3, "dtype": "uint8", "tiled": True}
    count = int(str(options.get("count", 3)))
    with rasterio.open(path, "w", **(profile | {"photometric": "RGB"} | options)) as file:
        file.write(np.zeros((count, 1200, 1500), file.dtypes[0]))
        if overviews:
            file.build_overviews([2, 4])
    return path


def test_a_tiff_with_a_pyramid_of_its_own_is_shown_as_it_is(tmp_path: Path) -> None:
    assert is_shown_as_is(write_geotiff(tmp_path / "a.tif", overviews=True))


@pytest.mark.parametrize(
    ("overviews", "options"),
    [
        (False, {}),
        (True, {"tiled": False}),
        (True, {"compress": "zstd"}),
        (True, {"interleave": "band"}),
        (True, {"count": 4}),
        (True, {"dtype": "uint16"}),
        (True, {"count": 1, "photometric": "MINISBLACK"}),
    ],
)
def test_other_tiffs_get_a_pyramid(overviews: bool, options: dict[str, object], tmp_path: Path) -> None:
    assert not is_shown_as_is(write_geotiff(tmp_path / "a.tif", overviews=overviews, **options))


def test_a_tiff_that_openslide_refuses_gets_a_pyramid(tmp_path: Path) -> None:
    path = write_geotiff(tmp_path / "a.tif", overviews=True)
    with path.open("rb+") as file:
        compression = list(directories(file_source(file)))[-1].entries[259]
        file.seek(compression.position + 4)
        file.write(bytes(4))  # the tag says that it has no value
    assert not is_shown_as_is(path)


def test_a_jpeg_gets_a_pyramid(tmp_path: Path) -> None:
    assert not is_shown_as_is(save(tmp_path / "a.jpg", quarters()))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("slide/CMU-1-Small-Region.svs", True),
        ("geotiff/cog_world.tif", False),
        ("geotiff/test_tiled.tif", False),
        ("geotiff/naip_4band.tif", False),
        ("odd/tiff_tiled_cmyk_jpeg.tif", False),
    ],
)
def test_real_files_are_told_apart(name: str, expected: bool, shared_data: Path) -> None:
    assert is_shown_as_is(shared_data / name) is expected


_PEAK = """
import re, sys
from pathlib import Path
from imaging.pyramid import write_pyramid_from_file
write_pyramid_from_file(Path(sys.argv[1]), Path(sys.argv[2]))
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""


@pytest.mark.slow
@pytest.mark.shared
def test_an_orthomosaic_is_never_in_memory_as_a_whole(shared_data: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _PEAK, str(shared_data / "geotiff/cog_world.tif"), str(tmp_path / "p.tif")]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2], env=os.environ
    )
    assert float(done.stdout) < 600  # it would take 1,944 MB
    assert TileFile.open(tmp_path / "p.tif").levels[0].width == 36_000
