"""A real detector on real images: what it finds does not hang on where the patches lie."""

import numpy as np
import pytest
from PIL import Image

from inference.engine import SearchSettings, load_card, load_detector, search_image
from inference.engine.boxes import iou_matrix

OFFSET = 97
IMAGES = ["koger_3840x2178.png", "koger_4096x2160.jpg"]

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def search(yolox_folder):
    detector, settings = load_detector(yolox_folder), SearchSettings.from_card(load_card(yolox_folder))
    return lambda pixels: search_image(pixels, detector, settings).boxes


@pytest.mark.parametrize("name", IMAGES)
def test_strong_objects_are_found_again_when_the_image_is_cut_elsewhere(name, search, shared_data):
    pixels = np.asarray(Image.open(shared_data / "buffalo" / name).convert("RGB"))
    found = search(pixels)
    strong = found.take(found.score >= 0.5)
    assert len(strong) >= 20
    shifted = np.pad(pixels, ((OFFSET, 0), (OFFSET, 0), (0, 0)), constant_values=114)
    again = search(shifted).shifted(-OFFSET, -OFFSET)
    assert (iou_matrix(strong, again).max(axis=1) >= 0.5).mean() >= 0.85
    cropped = search(np.ascontiguousarray(pixels[OFFSET:, OFFSET:])).shifted(OFFSET, OFFSET)
    inside = strong.take((strong.left >= OFFSET) & (strong.top >= OFFSET))
    assert (iou_matrix(inside, cropped).max(axis=1) >= 0.5).mean() >= 0.85


def test_a_small_image_is_searched_in_one_padded_patch(search, shared_data):
    pixels = np.asarray(Image.open(shared_data / "buffalo" / IMAGES[0]).convert("RGB"))
    found = search(pixels)
    best = found.corners[0]
    left, top = (np.maximum(best[:2] - 60, 0)).astype(int)
    right, bottom = (best[2:] + 60).astype(int)
    assert max(right - left, bottom - top) < 416
    alone = search(np.ascontiguousarray(pixels[top:bottom, left:right])).shifted(left, top)
    assert iou_matrix(found.take(np.array([0])), alone).max() > 0.7
