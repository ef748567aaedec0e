"""Fitting patches into the network's input and boxes back into the patch."""

import numpy as np
import pytest

from inference.engine import Boxes, DetectorError
from inference.engine.backends.fitting import Fit
from inference.engine.card import InputRule, PatchRule
from tests.factories.models import make_card


def make_fit(resize="letterbox", *, size=(64, 64), patch=(128, 128), **card):
    rule = InputRule(*size, resize, 114)
    return Fit(make_card(input=rule, patch=PatchRule(*patch, 0), **card), *size)


def solid(width, height, colour=(10, 20, 30)):
    return np.full((height, width, 3), colour, np.uint8)


def test_letterbox_keeps_proportions_and_fills_below_and_right():
    batch = make_fit(patch=(128, 64)).batch([solid(128, 64)])
    assert batch.shape == (1, 3, 64, 64)
    assert batch.dtype == np.float32
    assert batch[0, :, 31, 63].tolist() == [10, 20, 30]
    assert batch[0, :, 32, 0].tolist() == [114, 114, 114]


def test_stretch_fills_the_whole_input():
    assert (make_fit("stretch", patch=(128, 64)).batch([solid(128, 64)])[0, 0] == 10).all()


def test_without_resizing_pixels_stay_as_they_are():
    random = np.random.default_rng(0).integers(0, 255, (50, 40, 3), dtype=np.uint8)
    batch = make_fit("none", patch=(64, 64)).batch([random])
    assert (batch[0, :, :50, :40] == random.transpose(2, 0, 1)).all()


def test_a_patch_that_cannot_fit_is_refused():
    with pytest.raises(DetectorError, match="does not fit into the model's input of 64 x 64"):
        make_fit("none").batch([solid(128, 128)])


def test_a_small_image_is_not_enlarged_beyond_the_scale_of_a_full_patch():
    assert make_fit().size_of(solid(60, 128)) == (30, 64)
    assert make_fit().size_of(solid(60, 20)) == (30, 10)


def test_a_patch_larger_than_the_cards_is_shrunk_to_fit():
    assert make_fit().size_of(solid(256, 256)) == (64, 64)


def test_channels_can_be_turned_round():
    assert make_fit(channel_order="BGR").batch([solid(128, 128)])[0, :, 0, 0].tolist() == [30, 20, 10]


def test_pixels_are_scaled_then_centred_then_divided():
    fit = make_fit(pixel_scale=0.1, pixel_mean=(1, 1, 1), pixel_std=(2, 1, 0.5))
    assert fit.batch([solid(128, 128)])[0, :, 5, 5].tolist() == pytest.approx([0, 1, 4])


def test_a_half_precision_input_is_made():
    assert make_fit().batch([solid(128, 128)], np.float16).dtype == np.float16


@pytest.mark.parametrize("resize", ["letterbox", "stretch"])
def test_boxes_come_back_where_they_were(resize):
    fit, patch = make_fit(resize, patch=(128, 96)), solid(128, 96)
    width, height = fit.size_of(patch)
    seen = Boxes.of([[20 * width / 128, 10 * height / 96, 100 * width / 128, 90 * height / 96]], [0.9], [1])
    assert fit.back(seen, patch).corners[0].tolist() == pytest.approx([20, 10, 100, 90], abs=1e-3)


def test_boxes_in_the_fill_are_dropped():
    assert len(make_fit(patch=(128, 64)).back(Boxes.of([[0, 40, 10, 60]], [0.9], [0]), solid(128, 64))) == 0
