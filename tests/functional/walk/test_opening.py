"""A good file opens in the viewer: the right way up, in its colours, with its size, its time and its position."""

import io
import math
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PIL import Image as Pillow
from playwright.sync_api import Locator, Page, expect

from tests.functional.walk.journey import ACCEPTED, ZONE, Walk, open_image
from tests.imaging.looks import TOLERANCE, difference, look_of
from tests.imaging.outcomes import Accepted
from tests.services import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.shared]

MOST_ENLARGED = 8


@pytest.fixture(scope="module", params=sorted(ACCEPTED))
def opened(request: pytest.FixtureRequest, walk: Walk) -> str:
    """A good file that Ruth opened in the viewer, at its full resolution."""
    open_image(walk.page, walk.images[request.param])
    expect(walk.page.locator("[data-part=wait]")).to_be_hidden(timeout=60_000)
    layers, coming = walk.page.locator(".leaflet-tile-pane .leaflet-layer"), ".leaflet-tile:not(.leaflet-tile-loaded)"
    expect(layers).to_have_count(1)  # while the full resolution comes, the preview still lies under it
    expect(walk.page.locator(coming)).to_have_count(0)
    walk.page.get_by_role("tab", name="Image").click()
    return request.param


def fact(page: Page, name: str) -> Locator:
    return page.locator(f'xpath=//dl[@class="image-facts"]/dt[normalize-space()="{name}"]/following-sibling::dd[1]')


def test_it_is_shown_upright_in_its_colours(opened: str, walk: Walk) -> None:
    _put_aside_what_lies_over_the_image(walk.page)
    outcome = ACCEPTED[opened]

    def is_right() -> bool:
        return difference(look_of(_on_screen(walk.page, outcome)), outcome.look) <= TOLERANCE

    wait_until(is_right, timeout_s=10, what=f"the sight of {outcome.seen}")


def _put_aside_what_lies_over_the_image(page: Page) -> None:
    page.keyboard.press("o")
    page.evaluate(
        "document.querySelectorAll('.viewer-zoom, .viewer-mini, .viewer-wait')"
        ".forEach((part) => { part.style.visibility = 'hidden'; })"
    )


def _on_screen(page: Page, outcome: Accepted) -> np.ndarray:
    """The pixels of the screen where the whole image should be: in the middle of the stage, at the largest power of two
    of its size that has room there."""
    stage = page.locator("[data-part=map]").bounding_box()
    assert stage is not None
    room = min(stage["width"] / outcome.width, stage["height"] / outcome.height)
    scale = min(MOST_ENLARGED, 2.0 ** math.floor(math.log2(room)))
    width, height = round(outcome.width * scale), round(outcome.height * scale)
    left = round(stage["x"] + (stage["width"] - width) / 2)
    top = round(stage["y"] + (stage["height"] - height) / 2)
    screen = np.asarray(Pillow.open(io.BytesIO(page.screenshot())).convert("RGB"))
    return screen[top : top + height, left : left + width]


def test_its_preview_has_its_look(opened: str, walk: Walk) -> None:
    answer = walk.page.request.get(f"/api/v1/images/{walk.images[opened]['id']}/preview.jpg")
    with Pillow.open(io.BytesIO(answer.body())) as preview:
        assert difference(look_of(np.asarray(preview.convert("RGB"))), ACCEPTED[opened].look) <= TOLERANCE


def test_its_size_is_told(opened: str, walk: Walk) -> None:
    expect(fact(walk.page, "Size")).to_contain_text(f"{ACCEPTED[opened].width} × {ACCEPTED[opened].height} px")


def test_its_time_is_that_of_the_camera_in_the_surveys_time_zone(opened: str, walk: Walk) -> None:
    expected, told = ACCEPTED[opened].captured_at, walk.images[opened]["captured_at"]
    if expected is None:
        assert told is None
        expect(fact(walk.page, "Taken")).to_have_text("not known")
        return
    clock = datetime.fromisoformat(expected)
    assert datetime.fromisoformat(told) == clock.replace(tzinfo=ZoneInfo(ZONE))
    expect(fact(walk.page, "Taken")).to_have_text(f"{clock.day} {clock:%b %Y %H:%M:%S} {ZONE}")


def test_the_owner_sees_its_exact_position(opened: str, walk: Walk) -> None:
    expected, told = ACCEPTED[opened], walk.images[opened]
    if expected.position is None:
        assert (told["position"], told["position_is_exact"]) == (None, None)
        expect(fact(walk.page, "Position")).to_have_text("not known")
        return
    latitude, longitude = expected.position
    assert told["position_is_exact"] is True
    assert told["position"] == pytest.approx(
        {"latitude": latitude, "longitude": longitude, "altitude_m": expected.altitude_m}, abs=1e-6
    )
    height = f", {expected.altitude_m:.0f} m" if expected.altitude_m is not None else ""
    expect(fact(walk.page, "Position")).to_have_text(f"{latitude:.6f}, {longitude:.6f}{height}")
