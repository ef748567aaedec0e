from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imaging.decode import read_upright
from imaging.errors import UnreadableImageError
from inference.engine import SearchSettings, load_detector, search_image
from inference.engine.patches import PatchPlan
from inference.engine.screen import DetectorScreen, Screening
from inference.pixels import BandedPixels, open_pixels
from tests.factories.inference import make_model_folder
from tests.factories.pictures import noise

SETTINGS = SearchSettings(patch_width=256, patch_height=300, overlap=40, batch=8)


pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")


@pytest.fixture
def tiled(tmp_path: Path) -> Path:
    """A tiled TIFF of 700 x 2100 px."""
    import rasterio

    path = tmp_path / "mosaic.tif"
    shape = {"width": 700, "height": 2100, "count": 3, "dtype": "uint8", "photometric": "rgb"}
    with rasterio.open(path, "w", driver="GTiff", tiled=True, blockxsize=256, blockysize=256, **shape) as file:
        file.write(noise(700, 2100).transpose(2, 0, 1))
    return path


def open_banded(path: Path, settings: SearchSettings = SETTINGS) -> BandedPixels:
    pixels = open_pixels(path, settings, max_pixels=10_000_000, whole=1000)
    assert isinstance(pixels, BandedPixels)
    return pixels


def test_a_small_image_is_an_array(tiled: Path) -> None:
    assert isinstance(open_pixels(tiled, SETTINGS, max_pixels=10_000_000), np.ndarray)


def test_patches_cut_from_bands_are_those_of_the_whole_image(tiled: Path) -> None:
    banded, whole = open_banded(tiled), read_upright(tiled)
    assert banded.shape == whole.shape
    for top in range(0, 1800, 260):
        for left in (0, 444):
            area = (slice(top, top + 300), slice(left, left + 256))
            assert np.array_equal(banded[area], whole[area])


def test_a_search_in_bands_finds_what_a_search_of_the_whole_finds(tiled: Path, tmp_path: Path) -> None:
    detector = load_detector(make_model_folder(tmp_path / "m", settings={"spacing": 200}))
    banded, whole = (search_image(pixels, detector, SETTINGS) for pixels in (open_banded(tiled), read_upright(tiled)))
    assert len(whole.boxes) == 30
    assert np.array_equal(banded.boxes.corners, whole.boxes.corners)


def test_a_pre_filter_reads_the_bands_by_itself(tiled: Path, tmp_path: Path) -> None:
    detector = load_detector(make_model_folder(tmp_path / "m", settings={"spacing": 200}))
    screen = DetectorScreen(detector, PatchPlan(500, 500, 50), batch=2)
    how = Screening(screen, threshold=0.5, share=0.5, seed="s")
    banded, whole = (
        search_image(pixels, detector, SETTINGS, screening=how) for pixels in (open_banded(tiled), read_upright(tiled))
    )
    assert banded.screened
    assert whole.screened
    assert np.array_equal(banded.screened.decisions, whole.screened.decisions)
    assert np.array_equal(banded.boxes.corners, whole.boxes.corners)


def test_rows_let_go_are_not_mistaken_for_others(tiled: Path) -> None:
    banded = open_banded(tiled, replace(SETTINGS, batch=1))
    _ = banded[slice(1800, 2100), slice(0, 256)]
    with pytest.raises(IndexError, match="from top to bottom"):
        _ = banded[slice(0, 300), slice(0, 256)]


def test_a_mosaic_cut_short_fails_with_the_readers_sentence(tiled: Path) -> None:
    tiled.write_bytes(tiled.read_bytes()[: tiled.stat().st_size // 2])
    with pytest.raises(UnreadableImageError, match="cut short"):
        _ = open_banded(tiled)[slice(1800, 2100), slice(0, 256)]
