"""Cutting an image into patches."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.engine.detector import Window
from inference.engine.patches import Patch, plan_patches

SIDE = st.integers(1, 400)
PATCH = st.integers(16, 150)
SMALL_SIDE, SMALL_PATCH = st.integers(1, 130), st.integers(6, 50)


@settings(deadline=None)  # patches that overlap by all but a pixel are many, so they are small
@given(width=SMALL_SIDE, height=SMALL_SIDE, patch_width=SMALL_PATCH, patch_height=SMALL_PATCH, data=st.data())
def test_full_size_patches_cover_every_pixel(width, height, patch_width, patch_height, data):
    overlap = data.draw(st.integers(0, min(patch_width, patch_height) - 1))
    patches = plan_patches(width, height, patch_width=patch_width, patch_height=patch_height, overlap=overlap)
    seen = np.zeros((height, width), bool)
    for patch in patches:
        assert 0 <= patch.left < patch.right <= width
        assert 0 <= patch.top < patch.bottom <= height
        assert (patch.width, patch.height) == (min(patch_width, width), min(patch_height, height))
        seen[patch.top : patch.bottom, patch.left : patch.right] = True
    assert seen.all()
    assert len(set(patches)) == len(patches)


@given(length=SIDE, patch=PATCH, data=st.data())
def test_neighbours_overlap_by_at_least_what_was_asked(length, patch, data):
    overlap = data.draw(st.integers(0, patch - 1))
    row = plan_patches(length, 1, patch_width=patch, patch_height=patch, overlap=overlap)
    assert all(before.right - after.left >= overlap for before, after in pairwise(row))


@given(length=SIDE, patch=PATCH, data=st.data())
def test_no_patch_is_spare(length, patch, data):
    overlap = data.draw(st.integers(0, patch - 1))
    row = plan_patches(length, 1, patch_width=patch, patch_height=patch, overlap=overlap)
    assert len(row) == 1 or (len(row) - 1) * (patch - overlap) + patch < length + patch - overlap


def test_the_last_patch_is_shifted_in():
    row = plan_patches(1000, 400, patch_width=400, patch_height=400, overlap=100)
    assert row == [Patch(0, 0, 400, 400), Patch(300, 0, 700, 400), Patch(600, 0, 1000, 400)]
    assert plan_patches(900, 400, patch_width=400, patch_height=400, overlap=100)[-1] == Patch(500, 0, 900, 400)


def test_an_image_smaller_than_a_patch_is_one_patch():
    assert plan_patches(300, 200, patch_width=800, patch_height=800, overlap=200) == [Patch(0, 0, 300, 200)]


@pytest.mark.parametrize("overlap", [-1, 100, 150])
def test_an_overlap_that_leaves_no_step_is_refused(overlap):
    with pytest.raises(ValueError, match="overlap"):
        plan_patches(500, 500, patch_width=100, patch_height=100, overlap=overlap)


def test_the_pixels_of_a_patch_are_a_view():
    image = np.zeros((100, 200, 3), np.uint8)
    pixels = Window(image, Patch(50, 20, 90, 60)).pixels
    assert pixels.shape == (40, 40, 3)
    assert np.shares_memory(pixels, image)
