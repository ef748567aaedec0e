"""The image ends where it ends, without a band around it, also where its tiles are not those of a finished pyramid."""

import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import openslide
import pytest
from PIL import Image as Picture
from playwright.sync_api import Page

from surveys.files import original_path
from surveys.models import Image
from tests.access.places import map_with_pyramid
from tests.browser.test_viewer import GROUND, near, open_image, screen, stage_of
from tests.factories.viewer import make_shown_image
from tests.surveys.ingesting import make_uploaded, run_ingest

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SLIDE = "slide/CMU-1-Small-Region.svs"


def with_preview_only(cast: SimpleNamespace, _request: pytest.FixtureRequest) -> Image:
    """Its preview is 526 x 151 px: two tiles, both of them mostly padding."""
    return make_shown_image(survey=cast.survey, width=4203, height=1207, is_full=False)


def map_as_it_is(cast: SimpleNamespace, _request: pytest.FixtureRequest) -> Image:
    return ingested(cast, map_with_pyramid())


def slide_as_it_is(cast: SimpleNamespace, request: pytest.FixtureRequest) -> Image:
    return ingested(cast, request.getfixturevalue("shared_data") / SLIDE)


def ingested(cast: SimpleNamespace, content: bytes | Path) -> Image:
    image = run_ingest(make_uploaded(cast.survey, content))
    assert image is not None
    assert image.pyramid_state == Image.Pyramid.AS_IS
    return image


@pytest.fixture(
    params=[
        with_preview_only,
        map_as_it_is,
        pytest.param(slide_as_it_is, marks=pytest.mark.shared),
    ]
)
def image(cast: SimpleNamespace, request: pytest.FixtureRequest) -> Image:
    image = request.param(cast, request)
    assert image.width % 512
    assert image.height % 512
    return image


def original(image: Image) -> np.ndarray[Any, Any]:
    try:
        with openslide.OpenSlide(original_path(image.pk)) as slide:
            return np.asarray(slide.read_region((0, 0), 0, slide.dimensions).convert("RGB"))
    except openslide.OpenSlideUnsupportedFormatError:
        return np.asarray(Picture.open(original_path(image.pk)).convert("RGB"))


@pytest.mark.parametrize("ratio", [1, 1.5])
def test_the_whole_image_has_no_band_around_it(
    image: Image, cast: SimpleNamespace, page_as: Callable[..., Page], ratio: float
) -> None:
    page = open_image(page_as(cast.viewer, device_scale_factor=ratio), image)
    stage, pixels = stage_of(page), screen(page)
    scale = 2 ** math.floor(math.log2(min(stage["width"] / image.width, stage["height"] / image.height)))
    width, height = round(image.width * scale * ratio), round(image.height * scale * ratio)
    left = round((stage["x"] + stage["width"] / 2) * ratio - width / 2)
    top = round((stage["y"] + stage["height"] / 2) * ratio - height / 2)
    shown = pixels[top : top + height, left : left + width]
    expected = np.asarray(Picture.fromarray(original(image)).resize((width, height), Picture.Resampling.BOX))
    rim = np.ones((height, width), bool)
    rim[8:-8, 8:-8] = False
    rim[:2], rim[-2:], rim[:, :2], rim[:, -2:] = False, False, False, False
    assert np.abs(shown - expected)[rim].mean() < 8, "inside the image"
    around = pixels[top - 20 : top + height + 20, left - 20 : left + width + 20].copy()
    around[18:-18, 18:-18] = GROUND
    assert near(around, GROUND, 3).all(), "outside the image"


def test_the_corner_at_full_size_has_no_band_beyond_it(
    image: Image, cast: SimpleNamespace, page_as: Callable[..., Page]
) -> None:
    page = open_image(page_as(cast.viewer), image, f"#x={image.width}&y={image.height}&s=1")
    stage, pixels = stage_of(page), screen(page)
    x, y = round(stage["x"] + stage["width"] / 2), round(stage["y"] + stage["height"] / 2)
    corner = original(image)[-100:-2, -100:-2].astype(int)
    assert np.abs(pixels[y - 100 : y - 2, x - 100 : x - 2].mean(axis=(0, 1)) - corner.mean(axis=(0, 1))).max() < 12
    assert pixels[y - 8 : y - 2, x - 8 : x - 2].max(axis=-1).min() > 100, "dark in the corner"
    assert near(pixels[y - 100 : y + 100, x + 2 : x + 100], GROUND, 3).all()
    assert near(pixels[y + 2 : y + 100, x - 100 : x + 100], GROUND, 3).all()
