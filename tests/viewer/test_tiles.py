"""Tiles over HTTP: the same answers by the short way (the pass) and the long one (session, token)."""

import io
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from PIL import Image as Picture
from rest_framework.authtoken.models import Token

from surveys.files import pyramid_path
from surveys.models import Image
from tests.factories.viewer import make_pixels, make_shown_image
from viewer import gate, grants

pytestmark = pytest.mark.django_db


def address(image: Image, z: int, x: int, y: int) -> str:
    return f"/api/v1/images/{image.pk}/tiles/{z}/{x}/{y}.jpg"


class GateClient(Client):
    """Comes to Django through the gate, as every request of the web process does."""

    def request(self, **request: Any) -> Any:
        return gate.answer(self._base_environ(**request)) or super().request(**request)


def with_pass(image: Image, *, now: float | None = None) -> Client:
    """A client that has nothing but the pass of one image."""
    import time

    client = GateClient()
    client.cookies[grants.COOKIE] = grants.sign(image.pk, grants.Grant.of(image), now=now or time.time())
    return client


@pytest.fixture
def image(cast: SimpleNamespace) -> Image:
    return make_shown_image(survey=cast.survey)


def test_a_tile_is_the_part_of_the_image_it_names(image: Image) -> None:
    answer = with_pass(image).get(address(image, 2, 1, 1))
    tile = Picture.open(io.BytesIO(answer.content))
    assert tile.size == (512, 512)
    expected = make_pixels(1300, 900)[512 + 100, 512 + 200]
    assert all(abs(int(a) - int(b)) < 8 for a, b in zip(tile.getpixel((200, 100)), expected, strict=True))


def test_the_pass_alone_opens_a_tile_without_any_query(image: Image, django_assert_num_queries: Any) -> None:
    client = with_pass(image)
    with django_assert_num_queries(0):
        assert client.get(address(image, 0, 0, 0)).status_code == 200


def test_a_tile_is_a_jpeg_that_no_browser_takes_for_anything_else(image: Image) -> None:
    answer = with_pass(image).get(address(image, 0, 0, 0))
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_browsers_keep_versioned_tiles_for_themselves(image: Image) -> None:
    client = with_pass(image)
    assert client.get(address(image, 0, 0, 0) + "?v=1a")["Cache-Control"] == "private, max-age=31536000, immutable"
    assert client.get(address(image, 0, 0, 0))["Cache-Control"] == "private, max-age=60"


@pytest.mark.parametrize("place", [(3, 0, 0), (2, 3, 0), (2, 0, 2), (0, 1, 0), (9, 999999, 0)])
def test_outside_the_image_there_is_no_tile(image: Image, place: tuple[int, int, int]) -> None:
    assert with_pass(image).get(address(image, *place)).status_code == 404


def test_without_pass_session_or_token_there_is_no_image(image: Image) -> None:
    assert Client().get(address(image, 0, 0, 0)).status_code == 404


def test_a_pass_of_another_image_opens_nothing(image: Image, cast: SimpleNamespace) -> None:
    other = make_shown_image(survey=cast.survey)
    assert with_pass(other).get(address(image, 0, 0, 0)).status_code == 404


def test_an_outdated_pass_opens_nothing(image: Image) -> None:
    assert with_pass(image, now=1000).get(address(image, 0, 0, 0)).status_code == 404


@pytest.mark.parametrize(
    ("who", "status"), [("viewer", 200), ("owner", 200), ("administrator", 200), ("outsider", 404)]
)
def test_without_a_pass_the_session_decides(
    image: Image, cast: SimpleNamespace, as_user: Any, who: str, status: int
) -> None:
    assert as_user(getattr(cast, who)).get(address(image, 0, 0, 0)).status_code == status


@pytest.mark.parametrize(("who", "status"), [("viewer", 200), ("outsider", 404)])
def test_programs_come_with_a_token(image: Image, cast: SimpleNamespace, who: str, status: int) -> None:
    token = Token.objects.create(user=getattr(cast, who))
    answer = Client().get(address(image, 0, 0, 0), headers={"Authorization": f"Token {token.key}"})
    assert answer.status_code == status


def test_a_token_counts_more_than_a_pass(image: Image, cast: SimpleNamespace) -> None:
    token = Token.objects.create(user=cast.outsider)
    answer = with_pass(image).get(address(image, 0, 0, 0), headers={"Authorization": f"Token {token.key}"})
    assert answer.status_code == 404


def test_until_the_pyramid_is_there_low_zooms_come_from_the_preview(cast: SimpleNamespace) -> None:
    image = make_shown_image(survey=cast.survey, width=8400, height=1100, is_full=False)
    client = with_pass(image)
    statuses = [client.get(address(image, z, 0, 0)).status_code for z in range(6)]
    assert statuses == [200, 200, 200, 404, 404, 404]


def test_a_pyramid_that_appears_is_seen_at_once(cast: SimpleNamespace) -> None:
    from imaging.pyramid import write_pyramid

    image = make_shown_image(survey=cast.survey, width=8400, height=1100, is_full=False)
    client = with_pass(image)
    assert client.get(address(image, 5, 16, 2)).status_code == 404
    write_pyramid(make_pixels(8400, 1100), pyramid_path(image.pk))
    assert client.get(address(image, 5, 16, 2)).status_code == 200


def test_an_image_without_any_file_has_no_tiles_yet(cast: SimpleNamespace) -> None:
    from tests.factories.surveys import make_image

    image = make_image(survey=cast.survey)
    assert with_pass(image).get(address(image, 0, 0, 0)).status_code == 404


def test_the_page_hands_out_the_pass_for_its_own_image_only(image: Image, cast: SimpleNamespace, as_user: Any) -> None:
    cookie = as_user(cast.viewer).get(f"/images/{image.pk}/").cookies[grants.COOKIE]
    assert cookie["path"] == f"/api/v1/images/{image.pk}/"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["max-age"] == 60


def test_the_pass_is_renewed_with_news_of_the_pyramid(image: Image, cast: SimpleNamespace, as_user: Any) -> None:
    answer = as_user(cast.viewer).get(f"/api/v1/images/{image.pk}/tile-pass/")
    assert answer.json()["pyramid"] == "ready"
    assert grants.read(str(image.pk), answer.cookies[grants.COOKIE].value, now=0) == grants.Grant(1300, 900, False)


def test_strangers_get_no_pass(image: Image, cast: SimpleNamespace, as_user: Any) -> None:
    for person in (None, cast.outsider):
        answer = as_user(person).get(f"/api/v1/images/{image.pk}/tile-pass/")
        assert answer.status_code == 404
        assert grants.COOKIE not in answer.cookies
