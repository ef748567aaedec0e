"""Positions of animals are sensitive: no channel gives a viewer or reviewer an exact one."""

import io
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponseBase
from django.test import Client
from PIL import Image as Pillow

from surveys.files import original_path
from tests.access.routes import close, routes
from tests.access.scene import Scene, make_scene
from tests.access.test_table import address

LATITUDE, LONGITUDE = -7.654321, 34.123456
TELLING = (b"7.654", b"34.123", b"7.6543", b"34.1234")
GPS_IFD, XMP_MARK = 0x8825, b"http://ns.adobe.com/xap/"
EXPORTS = ("detection_counts", "image_counts_wide", "detections", "images")


@pytest.fixture
def scene(cast: SimpleNamespace) -> Scene:
    """The image's original carries its position in EXIF and in an XMP packet."""
    scene = make_scene(cast)
    path = original_path(scene.arguments["image_id"])
    exif = Pillow.Exif()
    exif[0x0110] = "Camera of the plane"
    exif.get_ifd(GPS_IFD).update({1: "S", 2: (7.0, 39.0, 15.5556), 3: "E", 4: (34.0, 7.0, 24.4416)})
    with Pillow.open(path) as image:
        image.save(
            path, "JPEG", exif=exif, xmp=b'<x:xmpmeta xmlns:x="adobe:ns:meta/">GpsLatitude="-7.654321"</x:xmpmeta>'
        )
    return scene


def channels(scene: Scene) -> Iterator[str]:
    for route in routes():
        yield address(route, scene)
    for table in EXPORTS:
        yield f"/api/v1/surveys/{scene.arguments['slug']}/exports/{table}.csv"
    yield f"/api/v1/images/{scene.arguments['image_id']}/detections/?layout=rows"


def body(response: HttpResponseBase) -> bytes:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    close(response)
    return content


def has_position(content: bytes) -> bool:
    return any(digits in content for digits in TELLING) or (content[:2] == b"\xff\xd8" and _jpeg_has_position(content))


def _jpeg_has_position(content: bytes) -> bool:
    with Pillow.open(io.BytesIO(content)) as image:
        return bool(image.getexif().get_ifd(GPS_IFD)) or XMP_MARK in content


def leaks(client: Client, scene: Scene) -> set[str]:
    found = set()
    for url in channels(scene):
        cache.clear()
        response = client.get(url)
        if response.status_code < 300 and has_position(body(response)):
            found.add(url)
    return found


@pytest.mark.parametrize("who", ["viewer", "reviewer", "outsider", "anonymous"])
def test_nobody_below_analyst_gets_an_exact_position(who: str, scene: Scene, as_user: Callable[[Any], Client]) -> None:
    assert leaks(as_user(scene.people[who]), scene) == set()


def test_an_analyst_does_get_it_where_positions_are_shown(scene: Scene, as_user: Callable[[Any], Client]) -> None:
    image = f"/api/v1/images/{scene.arguments['image_id']}/"
    page = f"/images/{scene.arguments['image_id']}/"
    found = leaks(as_user(scene.people["analyst"]), scene)
    assert {image, page, f"{image}original"} <= found


def test_a_viewer_is_told_the_middle_of_a_cell(scene: Scene, as_user: Callable[[Any], Client]) -> None:
    answer = as_user(scene.people["viewer"]).get(f"/api/v1/images/{scene.arguments['image_id']}/").json()
    assert (answer["position"]["latitude"], answer["position"]["longitude"]) == (-7.65, 34.15)
    assert answer["position_is_exact"] is False


def test_sharing_positions_is_the_owners_choice(
    scene: Scene, cast: SimpleNamespace, as_user: Callable[[Any], Client]
) -> None:
    cast.survey.are_positions_shared = True
    cast.survey.save()
    assert leaks(as_user(scene.people["viewer"]), scene) != set()
