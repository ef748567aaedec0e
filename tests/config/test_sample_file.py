"""The sample survey's files: what the cameras wrote into them, and that they do not pass for photographs."""

from datetime import timedelta
from itertools import pairwise
from math import cos, hypot, radians
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from PIL import Image as Pillow

from config.sample_file import camera_file
from config.sample_images import SAMPLE_IMAGES
from imaging.exif import read_exif

PIXELS = np.full((40, 60, 3), 90, np.uint8)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "image"
    path.write_bytes(camera_file(simplejpeg.encode_jpeg(PIXELS), SAMPLE_IMAGES[5]))
    return path


def metres_between(one, other):
    north = (other.latitude - one.latitude) * 111_200
    return hypot(north, (other.longitude - one.longitude) * 111_200 * cos(radians(one.latitude)))


def test_the_file_says_when_and_where_as_a_camera_does(written):
    exif, image = read_exif(written), SAMPLE_IMAGES[5]
    assert (exif.captured_at, exif.utc_offset_minutes) == (image.taken_at, None)
    assert (exif.latitude, exif.longitude) == pytest.approx((image.latitude, image.longitude), abs=1e-7)
    assert exif.altitude_m == pytest.approx(412.0)


def test_the_file_says_that_it_is_no_photograph(written):
    assert "renderer" in read_exif(written).camera_model
    assert "Not a photograph" in Pillow.open(written).getexif()[270]


def test_the_picture_is_the_same(written):
    assert np.array_equal(np.asarray(Pillow.open(written)), simplejpeg.decode_jpeg(simplejpeg.encode_jpeg(PIXELS)))


def test_there_are_four_images_on_each_of_three_transects_some_of_them_empty():
    transects = [image.transect for image in SAMPLE_IMAGES]
    assert transects == ["T1"] * 4 + ["T2"] * 4 + ["T3"] * 4
    assert 3 <= sum(image.n_animals == 0 for image in SAMPLE_IMAGES) <= 4


def test_names_and_seeds_differ_and_training_never_saw_the_seeds():
    assert len({image.file_name for image in SAMPLE_IMAGES}) == len({image.seed for image in SAMPLE_IMAGES}) == 12
    assert min(image.seed for image in SAMPLE_IMAGES) >= 3_000_000


def test_a_transect_is_a_line_flown_in_seconds():
    for one, next_one in pairwise(SAMPLE_IMAGES):
        gap = next_one.taken_at - one.taken_at
        if one.transect == next_one.transect:
            assert gap < timedelta(seconds=30)
            assert 300 < metres_between(one, next_one) < 600
        else:
            assert gap > timedelta(minutes=5)


def test_cameras_look_left_and_right():
    assert {image.side for image in SAMPLE_IMAGES} == {"L", "R"}
