"""The fake and the oracle detector do what their cards say."""

import time

import numpy as np
import pytest

from inference.engine import (
    CardError,
    DetectorError,
    Patch,
    SearchSettings,
    Window,
    load_card,
    load_detector,
    search_image,
)
from inference.engine.backends.oracle import pixel_hash
from tests.factories.models import make_fake_folder, make_oracle_folder

NOISE = np.random.default_rng(0).integers(0, 255, (900, 1100, 3), dtype=np.uint8)


def search(folder, pixels):
    return search_image(pixels, load_detector(folder), SearchSettings.from_card(load_card(folder))).boxes


def test_the_fake_finds_one_animal_in_every_cell_however_the_image_is_cut(tmp_path):
    found = search(make_fake_folder(tmp_path, spacing=100, size=30), NOISE)
    assert len(found) == 11 * 9
    assert sorted(set(found.label.tolist())) == [0, 1]


def test_the_fake_finds_nothing_on_one_colour(tmp_path):
    assert len(search(make_fake_folder(tmp_path), np.full((900, 1100, 3), 77, np.uint8))) == 0


def test_the_fake_costs_what_its_card_says(tmp_path):
    detector = load_detector(make_fake_folder(tmp_path, seconds_per_patch=0.02))
    start = time.thread_time()
    detector.detect([Window(NOISE, Patch(0, 0, 800, 800))] * 3)
    assert 0.06 <= time.thread_time() - start < 0.2


def test_the_fake_fails_on_images_of_given_sizes_only(tmp_path):
    folder = make_fake_folder(tmp_path, fail_sizes=[[1100, 900]])
    with pytest.raises(DetectorError, match="1100 x 900"):
        search(folder, NOISE)
    assert len(search(folder, NOISE[:600])) > 0


def test_a_setting_the_fake_does_not_know_is_named(tmp_path):
    with pytest.raises(CardError, match="'settings' of a fake model may hold spacing, size"):
        load_detector(make_fake_folder(tmp_path, sped=1))


def test_the_oracle_tells_images_of_one_size_apart_by_their_pixels(tmp_path):
    other = NOISE[::-1].copy()
    truth = [
        {"width": 1100, "height": 900, "pixels": pixel_hash(NOISE), "boxes": [[10, 10, 40, 40, 0]]},
        {"width": 1100, "height": 900, "pixels": pixel_hash(other), "boxes": []},
    ]
    folder = make_oracle_folder(tmp_path, truth)
    assert search(folder, NOISE).corners.tolist() == [[10, 10, 40, 40]]
    assert len(search(folder, other)) == 0


def test_the_oracle_says_so_where_it_knows_nothing(tmp_path):
    with pytest.raises(DetectorError, match="says nothing of this image of 1100 x 900"):
        search(make_oracle_folder(tmp_path, []), NOISE)


def test_the_oracle_sees_only_what_a_patch_shows(tmp_path):
    truth = [{"width": 1100, "height": 900, "boxes": [[780, 100, 820, 140, 1, 0.7]]}]
    detector = load_detector(make_oracle_folder(tmp_path, truth))
    seen, unseen = detector.detect([Window(NOISE, Patch(0, 0, 800, 800)), Window(NOISE, Patch(300, 200, 1100, 900))])
    assert seen.corners.tolist() == [[780, 100, 800, 140]]
    assert seen.score.tolist() == pytest.approx([0.7])
    assert len(unseen) == 0


def test_a_broken_truth_file_is_an_error_of_the_card(tmp_path):
    folder = make_oracle_folder(tmp_path, [])
    (folder / "truth.json").write_text("[{}]")
    with pytest.raises(CardError, match=r"truth\.json or settings cannot be read"):
        load_detector(folder)
