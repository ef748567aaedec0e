"""Looking through an image screen by screen, in Chromium."""

import zlib
from base64 import b64decode
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from inference.models import Detection
from review.coverage import Cells, unpack
from review.models import Coverage
from surveys.models import Image
from tests.browser.test_viewer import make_searched_image, open_image
from tests.factories.viewer import make_shown_image
from tests.services import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
STILL_MS = 900


@pytest.fixture
def image(cast: SimpleNamespace) -> Image:
    return make_shown_image(survey=cast.survey, width=3001, height=2003)


def shares(image: Image) -> list[float]:
    found = Coverage.objects.filter(image=image).first()
    cells = Cells.of(image)
    return cells.shares(unpack(cells, found)) if found else [0.0] * 4


def place_of(page: Page) -> str:
    page.wait_for_timeout(800)  # until the address holds it
    return str(page.evaluate("location.hash"))


def share_of(page: Page) -> Any:
    return page.locator("[data-part=scan-share]")


def test_a_scan_shows_all_of_the_image_and_is_kept(cast: Any, page_as: Callable[..., Page], image: Image) -> None:
    page = open_image(page_as(cast.reviewer), image)
    expect(share_of(page)).to_have_text("Not looked through yet")
    places = []
    for _ in range(30):
        page.keyboard.press("s")
        if page.get_by_text("The whole image was looked at, at full size or closer.").is_visible():
            break
        page.wait_for_timeout(STILL_MS)
        places.append(place_of(page))
    assert 6 <= len(set(places)) == len(places) < 25
    assert all("s=1" in place for place in places)
    expect(share_of(page)).to_have_text("Looked at: 100 % at full size")
    wait_until(lambda: shares(image)[0] == 1, what="all that was looked at")


def test_it_goes_on_where_it_was_left_and_back(cast: Any, page_as: Callable[..., Page], image: Image) -> None:
    page = open_image(page_as(cast.reviewer), image)
    for _ in range(3):
        page.keyboard.press("s")
        page.wait_for_timeout(STILL_MS)
    third = place_of(page)
    page.keyboard.press("b")
    second = place_of(page)
    assert second != third
    # The page is left before anything was sent: the browser has kept it, and the next page tells it.
    page.reload()
    page.wait_for_selector("[data-ready]")
    wait_until(lambda: shares(image)[0] > 0.2, what="what the browser kept")
    page.goto(page.url.split("#")[0])
    page.reload()
    page.wait_for_selector("[data-ready]")
    expect(share_of(page)).to_contain_text("Looked at: ")
    page.keyboard.press("s")
    page.wait_for_timeout(STILL_MS)
    assert place_of(page) not in (second, third)


def test_what_is_hidden_or_too_small_or_gone_at_once_does_not_count(
    cast: Any, page_as: Callable[..., Page], image: Image
) -> None:
    page = open_image(page_as(cast.reviewer), image)
    page.keyboard.press("=")
    page.wait_for_timeout(STILL_MS)
    page.keyboard.press("0")
    page.wait_for_timeout(6000)
    coverage = Coverage.objects.get(image=image)
    seen = unpack(Cells.of(image), coverage)
    stage = page.locator("[data-part=map]").bounding_box()
    hidden = page.locator("[data-part=minimap]").bounding_box()
    assert stage is not None
    assert hidden is not None
    left = 3001 / 2 - stage["width"] / 2 + (hidden["x"] + hidden["width"] / 2 - stage["x"])
    top = 2003 / 2 - stage["height"] / 2 + (hidden["y"] + hidden["height"] / 2 - stage["y"])
    assert seen[31, 47] == 4  # the middle of the image
    assert seen[int(top // 32), int(left // 32)] < 4
    page.keyboard.press("s")
    page.keyboard.press("s")
    page.wait_for_timeout(6000)
    assert shares(image)[0] < 2 * (seen == 4).mean() + 0.2


def test_a_viewer_leaves_no_trace(cast: Any, page_as: Callable[..., Page], image: Image) -> None:
    page = open_image(page_as(cast.viewer), image)
    page.keyboard.press("=")
    page.wait_for_timeout(6500)
    assert not Coverage.objects.exists()


def test_without_a_link_it_waits(cast: Any, page_at: Any, page_as: Callable[..., Page], image: Image) -> None:
    page = open_image(page_as(cast.reviewer), image)
    page.context.set_offline(True)
    page.wait_for_timeout(6000)
    assert not Coverage.objects.exists()
    page.context.set_offline(False)
    page.reload()
    wait_until(lambda: shares(image)[3] == 1, what="what was looked at without a link")
    page_at.problems[:] = [problem for problem in page_at.problems if "ERR_INTERNET_DISCONNECTED" not in problem]


def test_what_others_looked_at_is_said_and_the_api_says_it_too(
    cast: Any, page_as: Callable[..., Page], as_user: Any, image: Image
) -> None:
    looks = [{"left": 0, "top": 0, "right": 3001, "bottom": 1024, "halvings": 0}]
    path = f"/api/v1/images/{image.pk}/coverage/"
    assert as_user(cast.analyst).post(path, {"looks": looks}, content_type="application/json").status_code == 200
    page = open_image(page_as(cast.reviewer), image)
    expect(page.locator("[data-part=scan-others]")).to_have_text("analyst looked at 51 % at full size or closer.")
    people = as_user(cast.viewer).get(path).json()["people"]
    assert {each["person"] for each in people} >= {"analyst"}
    assert set(zlib.decompress(b64decode(people[0]["cells"]))) == {0, 4}


def test_keys_lead_to_what_is_left(cast: Any, page_as: Callable[..., Page], image: Image) -> None:
    other = make_searched_image(
        cast, [("buffalo", 0.9, 600, 400, 700, 480, "uncertain"), ("zebra", 0.6, 100, 100, 140, 140, "")]
    )
    page = open_image(page_as(cast.reviewer), image)
    page.keyboard.press("i")
    page.wait_for_url(f"**/images/{other.pk}/#det={Detection.objects.get(label='buffalo').pk}")
    page.wait_for_selector("[data-ready]")
    page.keyboard.press("v")
    expect(page.locator("[data-part=said]")).to_contain_text("zebra")
    page.keyboard.press("m")
    expect(page.locator("[data-part=image-state]")).to_have_text("reviewed, empty")
    page.keyboard.press("h")
    page.wait_for_url(f"**/images/{image.pk}/**")
    page.wait_for_selector("[data-ready]")
    page.keyboard.press("h")
    expect(page.get_by_text("No other image that can be reviewed is left.")).to_be_visible()


def test_lines_have_names_and_stay_for_the_next_image(cast: Any, page_as: Callable[..., Page], image: Image) -> None:
    page = open_image(page_as(cast.viewer), image)
    page.keyboard.press("g")
    expect(page.locator(".grid-name")).to_have_count(8 * 6)
    other = make_shown_image(survey=cast.survey)
    open_image(page, other)
    expect(page.locator(".grid-name").first).to_have_text("A1")
    page.keyboard.press("g")
    expect(page.locator(".grid-name")).to_have_count(0)
