"""The DeepZoom face: what OpenSeadragon and other programs ask for."""

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image as Picture

from jobs.models import Job
from surveys.files import original_path
from surveys.models import Image
from tests.factories.surveys import make_image
from tests.factories.viewer import make_pixels, make_shown_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(cast: SimpleNamespace) -> Image:
    return make_shown_image(survey=cast.survey)


def test_the_description_names_size_and_tiles(image: Image, cast: SimpleNamespace, as_user: Any) -> None:
    answer = as_user(cast.viewer).get(f"/api/v1/images/{image.pk}/pyramid.dzi")
    root = ElementTree.fromstring(answer.content)
    size = root[0].attrib
    assert (root.attrib["TileSize"], root.attrib["Overlap"], root.attrib["Format"]) == ("512", "0", "jpg")
    assert (size["Width"], size["Height"]) == ("1300", "900")


def test_an_edge_tile_is_as_small_as_what_is_left(image: Image, cast: SimpleNamespace, as_user: Any) -> None:
    answer = as_user(cast.viewer).get(f"/api/v1/images/{image.pk}/pyramid_files/11/2_1.jpg")
    tile = Picture.open(io.BytesIO(answer.content))
    assert tile.size == (1300 - 1024, 900 - 512)
    expected = make_pixels(1300, 900)[512 + 50, 1024 + 50]
    assert all(abs(int(a) - int(b)) < 8 for a, b in zip(tile.getpixel((50, 50)), expected, strict=True))


@pytest.mark.parametrize("tile", ["12/0_0", "11/3_0", "11/0_2"])
def test_outside_there_is_no_tile(image: Image, cast: SimpleNamespace, as_user: Any, tile: str) -> None:
    assert as_user(cast.viewer).get(f"/api/v1/images/{image.pk}/pyramid_files/{tile}.jpg").status_code == 404


def test_asking_before_the_pyramid_is_there_starts_it(cast: SimpleNamespace, as_user: Any) -> None:
    image = make_shown_image(survey=cast.survey, is_full=False)
    Image.objects.filter(pk=image.pk).update(pyramid_state="none")
    assert as_user(cast.viewer).get(f"/api/v1/images/{image.pk}/pyramid.dzi").status_code == 404
    assert Job.objects.get().kind == "pyramid"
    assert as_user(cast.viewer).get(f"/api/v1/images/{image.pk}/pyramid_files/9/0_0.jpg").status_code == 404


@pytest.mark.parametrize("path", ["pyramid.dzi", "pyramid_files/9/0_0.jpg"])
def test_strangers_find_nothing(image: Image, cast: SimpleNamespace, as_user: Any, path: str) -> None:
    for person in (None, cast.outsider):
        assert as_user(person).get(f"/api/v1/images/{image.pk}/{path}").status_code == 404


@pytest.mark.shared
@pytest.mark.slow
def test_a_slide_is_shown_as_it_is_on_both_faces(shared_data: Path, cast: SimpleNamespace, as_user: Any) -> None:
    import openslide

    slide = next(path for path in (shared_data / "slide").iterdir() if path.suffix == ".svs")
    with openslide.OpenSlide(slide) as opened:
        width, height = opened.dimensions
    image = make_image(survey=cast.survey, width=width, height=height, pyramid_state="as_is")
    original_path(image.pk).symlink_to(slide)
    client = as_user(cast.viewer)
    assert client.get(f"/images/{image.pk}/").status_code == 200
    for path in ("tiles/0/0/0.jpg", "pyramid_files/8/0_0.jpg"):
        tile = client.get(f"/api/v1/images/{image.pk}/{path}")
        assert Picture.open(io.BytesIO(tile.content)).format == "JPEG"
    assert client.get(f"/api/v1/images/{image.pk}/pyramid.dzi").status_code == 200
