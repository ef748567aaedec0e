import threading
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import openslide
import pytest
import simplejpeg

from imaging.preview import check_and_preview
from imaging.pyramid import write_pyramid
from imaging.slide import SlideFile
from imaging.tiffdir import directories, file_source
from imaging.tiles import Tileset
from tests.imaging.made import noise, quarters


def decoded(tile: bytes | None) -> np.ndarray:
    assert tile is not None
    return simplejpeg.decode_jpeg(tile).astype(int)


def test_the_deepzoom_face_of_a_pyramid_file_covers_it(tmp_path: Path) -> None:
    write_pyramid(quarters(1300, 900), tmp_path / "p.tif")
    file = SlideFile.open(tmp_path / "p.tif")
    size = ElementTree.fromstring(file.descriptor()).find("{*}Size")
    assert size is not None
    assert (size.get("Width"), size.get("Height")) == ("1300", "900")
    assert decoded(file.deepzoom_tile(11, 2, 1)).shape == (900 - 512, 1300 - 1024, 3)
    assert np.abs(decoded(file.deepzoom_tile(11, 0, 0))[0, 0] - quarters()[0, 0]).max() < 8


@pytest.mark.parametrize(("level", "column", "row"), [(12, 0, 0), (-1, 0, 0), (11, 3, 0), (11, 0, 2), (11, -1, 0)])
def test_a_deepzoom_tile_outside_the_image_is_none(level: int, column: int, row: int, tmp_path: Path) -> None:
    write_pyramid(quarters(1300, 900), tmp_path / "p.tif")
    assert SlideFile.open(tmp_path / "p.tif").deepzoom_tile(level, column, row) is None


def test_both_ways_to_a_leaflet_tile_show_the_same(tmp_path: Path) -> None:
    write_pyramid(noise(1301, 901), tmp_path / "p.tif")
    tileset, slide = Tileset(1301, 901, full=tmp_path / "p.tif"), SlideFile.open(tmp_path / "p.tif")
    for z, x, y in ((0, 0, 0), (1, 1, 0), (2, 2, 1)):
        assert np.abs(decoded(tileset.read(z, x, y)) - decoded(slide.tile(z, x, y))).mean() < 6
    for z, x, y in ((3, 0, 0), (-1, 0, 0), (2, 3, 0), (2, 0, 2)):
        assert tileset.read(z, x, y) is None
        assert slide.tile(z, x, y) is None


@pytest.mark.shared
def test_a_slide_is_shown_as_it_is(shared_data: Path) -> None:
    path = shared_data / "slide/CMU-1-Small-Region.svs"
    tile = decoded(SlideFile.open(path).tile(3, 1, 1))
    with openslide.OpenSlide(path) as slide:
        expected = np.asarray(slide.read_region((512, 512), 0, (512, 512)))[..., :3]
    assert tile.shape == (512, 512, 3)
    assert np.abs(tile - expected).mean() < 6


@pytest.mark.shared
def test_a_slides_preview_shows_it(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "slide/CMU-1-Small-Region.svs"
    header = check_and_preview(path, tmp_path / "preview.tif")
    whole = decoded(Tileset(header.width, header.height, preview=tmp_path / "preview.tif").read(0, 0, 0))
    with openslide.OpenSlide(path) as slide:
        expected = np.asarray(slide.get_thumbnail((278, 371)).resize((278, 371)))
    assert np.abs(whole[:371, :278] - expected).mean() < 10


@pytest.mark.shared
def test_threads_share_a_slide(shared_data: Path) -> None:
    file = SlideFile.open(shared_data / "slide/CMU-1-Small-Region.svs")
    expected, found = file.tile(3, 1, 1), []
    threads = [threading.Thread(target=lambda: found.append(file.tile(3, 1, 1))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 6


def test_one_damaged_tile_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    """OpenSlide gives up a slide at its first error."""
    path = tmp_path / "p.tif"
    write_pyramid(noise(1301, 901), path)
    with path.open("rb+") as file:
        level = next(directories(file_source(file)))
        file.seek(level.integers(324)[1])
        file.write(bytes(level.integers(325)[1]))
    assert SlideFile.open(path).tile(2, 0, 0) is not None
    assert SlideFile.open(path).tile(2, 1, 0) is None
    assert SlideFile.open(path).deepzoom_tile(11, 1, 0) is None
    assert SlideFile.open(path).tile(2, 2, 1) is not None
