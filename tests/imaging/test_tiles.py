import os
import threading
from pathlib import Path

import numpy as np
import pytest
import pyvips
import simplejpeg

from imaging import tiles
from imaging.preview import check_and_preview
from imaging.pyramid import write_pyramid
from imaging.tiffdir import TiffError
from imaging.tiles import TileFile, Tileset, preview_level
from tests.imaging.made import gps_exif, noise, quarters, save


def test_a_tile_outside_the_image_is_none(tmp_path: Path) -> None:
    write_pyramid(noise(1300, 900), tmp_path / "p.tif")
    file = TileFile.open(tmp_path / "p.tif")
    assert file.read(0, 2, 1) is not None
    for level, x, y in ((0, 3, 0), (0, 0, 2), (0, -1, 0), (0, 0, -1), (3, 0, 0), (-1, 0, 0)):
        assert file.read(level, x, y) is None


def test_zoom_zero_is_the_whole_image_and_the_highest_its_own_pixels(tmp_path: Path) -> None:
    pixels = quarters(1300, 900)
    write_pyramid(pixels, tmp_path / "p.tif")
    tileset = Tileset(1300, 900, full=tmp_path / "p.tif")
    assert tileset.max_zoom == 2
    whole = simplejpeg.decode_jpeg(tileset.read(0, 0, 0))[:225, :325].astype(int)
    assert np.abs(whole[50, 50] - pixels[0, 0]).max() < 6
    assert np.abs(whole[200, 300] - pixels[-1, -1]).max() < 6
    own = simplejpeg.decode_jpeg(tileset.read(2, 1, 0)).astype(int)
    assert np.abs(own[100, 300] - pixels[100, 812]).max() < 6


@pytest.mark.parametrize("z", [-1, 3, 99])
def test_zooms_that_there_are_not_are_none(z: int, tmp_path: Path) -> None:
    write_pyramid(quarters(1300, 900), tmp_path / "p.tif")
    assert Tileset(1300, 900, full=tmp_path / "p.tif").read(z, 0, 0) is None


@pytest.mark.parametrize(
    ("width", "height"), [(1, 1), (5, 3), (512, 512), (513, 4), (900, 1300), (2100, 1500), (5000, 300), (9, 4100)]
)
@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_a_preview_answers_the_low_zooms_of_any_size(width: int, height: int, name: str, tmp_path: Path) -> None:
    check_and_preview(save(tmp_path / name, noise(width, height)), tmp_path / "preview.tif")
    write_pyramid(noise(width, height), tmp_path / "full.tif")
    preview, full = (Tileset(width, height, **{kind: tmp_path / f"{kind}.tif"}) for kind in ("preview", "full"))
    assert preview.preview_max_zoom == max(0, preview.max_zoom - 3)
    for z in range(preview.max_zoom + 1):
        small, large = preview.read(z, 0, 0), full.read(z, 0, 0)
        assert (small is None) == (z > preview.preview_max_zoom)
        assert large is not None
        if small is not None:
            area = np.s_[: -(-height // 2 ** (preview.max_zoom - z)), : -(-width // 2 ** (preview.max_zoom - z))]
            apart = simplejpeg.decode_jpeg(small)[area].astype(int) - simplejpeg.decode_jpeg(large)[area]
            assert np.abs(apart).mean() < 8


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_a_preview_is_upright(name: str, orientation: int, tmp_path: Path) -> None:
    from imaging.decode import read_upright

    path = save(tmp_path / name, quarters(1200, 800), exif=gps_exif(orientation=orientation))
    header = check_and_preview(path, tmp_path / "preview.tif")
    upright = read_upright(path)
    assert (header.height, header.width) == upright.shape[:2]
    tile = simplejpeg.decode_jpeg(Tileset(header.width, header.height, preview=tmp_path / "preview.tif").read(0, 0, 0))
    scale = 2 ** preview_level(header.width, header.height)
    small = tile[: -(-header.height // scale), : -(-header.width // scale)].astype(int)
    for y, x in ((10, 10), (10, -10), (-10, 10), (-10, -10)):
        assert np.abs(small[y, x] - upright[y * scale, x * scale]).max() < 8


def test_tables_that_stand_apart_are_put_into_every_tile(tmp_path: Path) -> None:
    pixels = quarters(1300, 900)
    image = pyvips.Image.new_from_memory(pixels.tobytes(), 1300, 900, 3, "uchar").copy(interpretation="srgb")
    image.tiffsave(str(tmp_path / "v.tif"), tile=True, tile_width=512, tile_height=512, compression="jpeg", Q=80)
    file = TileFile.open(tmp_path / "v.tif")
    assert file.levels[0].tables
    tile = simplejpeg.decode_jpeg(file.read(0, 1, 0)).astype(int)
    assert np.abs(tile[100, 300] - pixels[100, 812]).max() < 6


@pytest.mark.parametrize("name", ["a.tif", "a.jpg"])
def test_a_file_that_is_no_pyramid_is_an_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(TiffError):
        TileFile.open(save(tmp_path / name, quarters()))


def test_a_file_written_anew_is_read_anew(tmp_path: Path) -> None:
    write_pyramid(quarters(), tmp_path / "p.tif")
    first = Tileset(64, 48, full=tmp_path / "p.tif").read(0, 0, 0)
    write_pyramid(255 - quarters(), tmp_path / "p.tif")
    assert Tileset(64, 48, full=tmp_path / "p.tif").read(0, 0, 0) != first


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_no_more_files_are_kept_open_than_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "_cache", tiles._Cache(3))
    before = open_descriptors()
    for number in range(20):
        write_pyramid(quarters(), tmp_path / f"{number}.tif")
        TileFile.open(tmp_path / f"{number}.tif")
    assert open_descriptors() == before + 3


def test_many_threads_read_through_a_small_cache_and_get_what_they_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiles, "_cache", tiles._Cache(2))
    right = {}
    for number in range(8):
        write_pyramid(np.full((600, 600, 3), number * 30, np.uint8), tmp_path / f"{number}.tif")
        right[number] = TileFile(tmp_path / f"{number}.tif").read(0, 0, 0)
    wrong: list[int] = []

    def read(start: int) -> None:
        for turn in range(100):
            number = (start + turn * 3) % 8
            if Tileset(600, 600, full=tmp_path / f"{number}.tif").read(1, 0, 0) != right[number]:
                wrong.append(number)

    threads = [threading.Thread(target=read, args=(start,)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Tileset(64, 48, full=tmp_path / "none.tif").read(0, 0, 0)
