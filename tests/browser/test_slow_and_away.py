"""Slow lines, and none: how heavy a page is, what is fetched ahead, what stands there while the server is away."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from imaging.preview import check_and_preview
from imaging.pyramid import write_pyramid
from inference.models import Detection
from surveys.files import original_path, preview_path, pyramid_path
from surveys.models import Image
from tests.chromium import PageFactory
from tests.factories.inference import make_run
from tests.factories.pictures import noise, write_jpeg
from tests.factories.surveys import make_image, make_survey
from tests.factories.viewer import make_shown_image
from tests.services import Stack

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
HOME_KB = 300
SAVING = "Object.defineProperty(navigator, 'connection', {value: {saveData: true, effectiveType: '4g'}})"


def weigh(page: Page, path: str) -> dict[str, int]:
    """Bytes on the line for each address of a page opened for the first time, headers included."""
    addresses, sizes = {}, {}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.responseReceived", lambda e: addresses.setdefault(e["requestId"], e["response"]["url"]))
    session.on("Network.loadingFinished", lambda e: sizes.setdefault(e["requestId"], e["encodedDataLength"]))
    page.goto(path)
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    return {addresses[request]: size for request, size in sizes.items() if request in addresses}


def make_busy_survey(owner: Any, number: int) -> None:
    """With one image that is hard to compress, and an animal on it."""
    survey = make_survey(owner=owner, name=f"Plains {number}, dry season", description="Six strata, two cameras.")
    image = make_image(
        survey=survey, width=1600, height=1100, extension=".jpg", pyramid_state="ready", search_state="searched",
        n_detections=1,
    )  # fmt: skip
    pixels = noise(1600, 1100, seed=number) // 3 + np.uint8(60)
    write_jpeg(original_path(image.pk), pixels)
    check_and_preview(original_path(image.pk), preview_path(image.pk))
    write_pyramid(pixels, pyramid_path(image.pk))
    run = make_run(survey)
    box = {"left": 700, "top": 500, "right": 740, "bottom": 530}
    Detection.objects.create(run=run, image=image, label=run.model_version.labels[0], score=0.8, **box)


def test_the_home_page_with_twelve_surveys_stays_light(stack_page: Callable[[], Page]) -> None:
    weights = weigh(stack_page(n_surveys=12), "/")
    covers = [size for url, size in weights.items() if "highlight.jpg" in url]
    print(f"home page: {sum(weights.values()) / 1000:.0f} kB, of these {sum(covers) / 1000:.0f} kB in 12 covers")
    assert len(covers) == 12
    assert sum(weights.values()) <= HOME_KB * 1000, weights


RUTHS = """
from django.contrib.auth import get_user_model
from tests.browser.test_slow_and_away import make_busy_survey
owner = get_user_model().objects.create_user("ruth", password="tree-on-the-plain")
for number in range(%d):
    make_busy_survey(owner, number)
"""


@pytest.fixture
def stack_page(make_stack: Callable[..., Stack], page_at: PageFactory, login: Any) -> Callable[..., Page]:
    """Pages of a Kopje as it is served: compressed files under names that say what is in them."""
    stack = make_stack()

    def open_page(*, n_surveys: int = 0, **options: Any) -> Page:
        stack.shell(RUTHS % n_surveys)
        stack.start_web()
        page = page_at(base_url=stack.url, **options)
        login(page, stack.url, "ruth")
        other = page_at(base_url=stack.url, storage_state=page.context.storage_state(), **options)  # an empty cache
        other.stack = stack
        return other

    return open_page


def test_without_a_server_one_page_says_so_and_nothing_else_was_kept(
    stack_page: Callable[..., Page], page_at: PageFactory
) -> None:
    page = stack_page(service_workers="allow")
    page.goto("/")
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("caches.keys().then((names) => names.length === 1)")
    kept = "caches.keys().then((n) => caches.open(n[0])).then((c) => c.keys()).then((k) => k.map((r) => r.url))"
    page.goto("/account/")
    addresses = page.evaluate(kept)
    assert all(re.search(r"/offline/$|/static/", address) for address in addresses), addresses
    page.stack.stop()
    page.goto("/account/")
    expect(page.get_by_role("heading", name="The server cannot be reached")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(244, 239, 230)"
    page_at.problems.clear()  # the browser itself reports what it could not load


def next_tiles(page: Page, first: Image, second: Image) -> list[str]:
    """Addresses of the second image's tiles that were asked for while the first was looked at."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if str(second.pk) in request.url else None)
    page.goto(f"/images/{first.pk}/")
    page.wait_for_selector("[data-ready]")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    return [url for url in asked if "/tiles/" in url]


@pytest.fixture
def two(cast: SimpleNamespace) -> tuple[Image, Image]:
    return make_shown_image(survey=cast.survey), make_shown_image(survey=cast.survey)


def test_the_next_images_first_tiles_are_fetched_ahead(page_as: Callable[..., Page], cast, two) -> None:
    assert next_tiles(page_as(cast.viewer), *two)


def test_nothing_is_fetched_ahead_where_data_are_to_be_saved(page_as: Callable[..., Page], cast, two) -> None:
    page = page_as(cast.viewer)
    page.add_init_script(SAVING)
    assert next_tiles(page, *two) == []


@pytest.mark.parametrize("path", ["/", "/surveys/ruaha/", "/surveys/ruaha/images/"])
def test_nothing_jumps_while_pictures_come_in(page_as: Callable[..., Page], cast, two, path: str) -> None:
    """Pictures without room jump every time; news that come late on a busy machine may move a line once."""
    assert any(shift_of(page_as(cast.owner), path) < 0.01 for _attempt in range(2))


def shift_of(page: Page, path: str) -> float:
    """How much the page moved while it came in: the sum of the browser's layout shifts."""
    page.add_init_script(
        "window.shift = 0; const add = (list) => list.getEntries().forEach((entry) => (window.shift += entry.value));"
        "new PerformanceObserver(add).observe({type: 'layout-shift', buffered: true})"
    )
    page.goto(path)
    page.wait_for_load_state("networkidle")
    return page.evaluate("window.shift")
