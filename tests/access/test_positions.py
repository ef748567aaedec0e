"""Positions of animals are sensitive: no channel gives a viewer or reviewer an exact one."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponseBase
from django.test import Client

from imaging.pyramid import is_shown_as_is
from surveys.corrections import correct_image
from surveys.files import original_path
from surveys.models import Image
from tests.access.places import LATITUDE, LONGITUDE, ORIGINALS, jpeg, tells_place
from tests.access.routes import close, routes
from tests.access.scene import Scene, make_scene
from tests.access.test_table import address

EXPORTS = ("detection_counts", "image_counts_wide", "detections", "images", "observations", "transect_counts")
MAPS = ("detections", "images", "observations")
TILES = ("tiles/2/1/0.jpg", "pyramid_files/11/1_0.jpg")  # of full size; the routes' own are the smallest
OTHERS = ("reviewer", "outsider", "anonymous")
OF_FILE = ("original", "annotated.jpg", "preview.jpg", "highlight.jpg", "pyramid.dzi", *TILES)


@pytest.fixture
def scene(cast: SimpleNamespace) -> Scene:
    """The image's original carries its position, and people have just corrected it."""
    scene = make_scene(cast)
    image = Image.objects.get(pk=scene.arguments["image_id"])
    original_path(image.pk).write_bytes(jpeg())
    place = {"latitude": LATITUDE, "longitude": LONGITUDE, "altitude_m": 1500.0}
    correct_image(image, cast.owner, {"position": place}, reason="read off the flight log")
    return scene


@pytest.fixture(params=ORIGINALS)
def file(cast: SimpleNamespace, request: pytest.FixtureRequest) -> str:
    """The address of an image whose original is a file of that kind, with an exact position in all its corners."""
    image = Image.objects.get(pk=make_scene(cast).arguments["image_id"])
    original_path(image.pk).write_bytes(ORIGINALS[request.param]())
    if is_shown_as_is(original_path(image.pk)):
        Image.objects.filter(pk=image.pk).update(pyramid_state=Image.Pyramid.AS_IS)
    return f"/api/v1/images/{image.pk}/"


def channels(scene: Scene) -> Iterator[str]:
    for route in routes():
        yield address(route, scene)
    image = f"/api/v1/images/{scene.arguments['image_id']}/"
    yield from (f"/api/v1/surveys/{scene.arguments['slug']}/exports/{table}.csv" for table in EXPORTS)
    yield from (f"/api/v1/surveys/{scene.arguments['slug']}/exports/{table}.geojson" for table in MAPS)
    yield from (image + name for name in (*OF_FILE, "detections/?layout=rows"))


def told(response: HttpResponseBase) -> bytes:
    """Its body, and its headers: names of files stand there."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    close(response)
    return content + repr(response.headers).encode()


def leaks(client: Client, urls: Any) -> set[str]:
    found = set()
    for url in urls:
        cache.clear()
        if tells_place(told(client.get(url))):
            found.add(url)
    return found


def test_a_place_is_told_from_a_time_of_the_same_digits() -> None:
    assert tells_place(b'{"at":"2026-11-28T15:59:34.123456Z","longitude":34.123456}')
    assert not tells_place(b'{"at":"2026-11-28T15:59:34.123456Z","later":"2026-11-28T15:59:07.654321Z"}')


@pytest.mark.parametrize("who", ["viewer", *(pytest.param(who, marks=pytest.mark.slow) for who in OTHERS)])
def test_nobody_below_analyst_gets_an_exact_position(who: str, scene: Scene, as_user: Callable[[Any], Client]) -> None:
    assert leaks(as_user(scene.people[who]), channels(scene)) == set()


def test_an_analyst_does_get_it_where_positions_are_shown(scene: Scene, as_user: Callable[[Any], Client]) -> None:
    assert leaks(as_user(scene.people["analyst"]), telling(scene)) == set(telling(scene))


def telling(scene: Scene) -> list[str]:
    image, slug = scene.arguments["image_id"], scene.arguments["slug"]
    names = (f"{table}.{form}" for table in MAPS for form in ("csv", "geojson"))
    tables = [f"/api/v1/surveys/{slug}/exports/{name}" for name in names]
    return [f"/api/v1/images/{image}/", f"/images/{image}/", f"/api/v1/images/{image}/original", *tables]


@pytest.mark.parametrize("who", ["viewer", pytest.param("reviewer", marks=pytest.mark.slow)])
def test_no_file_tells_an_exact_position(
    who: str, file: str, cast: SimpleNamespace, as_user: Callable[[Any], Client]
) -> None:
    client = as_user(getattr(cast, who))
    assert {name: client.get(file + name).status_code for name in OF_FILE} == dict.fromkeys(OF_FILE, 200)
    assert leaks(client, [file + name for name in OF_FILE]) == set()


def test_the_original_of_every_kind_tells_it_to_an_analyst(
    file: str, cast: SimpleNamespace, as_user: Callable[[Any], Client]
) -> None:
    assert leaks(as_user(cast.analyst), [file + name for name in OF_FILE]) == {file + "original"}


def test_a_viewer_is_told_the_middle_of_a_cell(scene: Scene, as_user: Callable[[Any], Client]) -> None:
    answer = as_user(scene.people["viewer"]).get(f"/api/v1/images/{scene.arguments['image_id']}/").json()
    assert (answer["position"]["latitude"], answer["position"]["longitude"]) == (-7.65, 34.15)
    assert answer["position_is_exact"] is False


def test_sharing_positions_is_the_owners_choice(
    scene: Scene, cast: SimpleNamespace, as_user: Callable[[Any], Client]
) -> None:
    cast.survey.are_positions_shared = True
    cast.survey.save()
    assert leaks(as_user(scene.people["viewer"]), telling(scene)) == set(telling(scene))
