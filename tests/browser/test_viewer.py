"""The image page in Chromium: what is on the screen, pixel by pixel, and what keys do."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image as Picture
from playwright.sync_api import Page, Route, expect

from imaging.pyramid import write_pyramid
from inference.models import Detection
from surveys.files import pyramid_path
from surveys.models import Image
from tests.conftest import skip_or_fail
from tests.factories.inference import make_result_set, make_run
from tests.factories.surveys import make_image
from tests.factories.viewer import make_pixels, make_shown_image

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WIDTH, HEIGHT = 1300, 900  # no multiples of 512
GROUND = (13, 12, 11)
SKY, OCHRE = (86, 180, 233), (230, 159, 0)  # the colours of the first two labels
BOXES = [
    # label, score, left, top, right, bottom, verdict
    ("buffalo", 0.9, 600, 400, 700, 480, "confirmed"),
    ("zebra", 0.6, 760, 420, 840, 520, ""),
    ("buffalo", 0.3, 480, 520, 560, 600, ""),
]


def make_searched_image(cast: SimpleNamespace, boxes: list[tuple[Any, ...]] = BOXES, **fields: Any) -> Image:
    image = make_shown_image(survey=cast.survey, width=WIDTH, height=HEIGHT, **fields)
    run = make_run(cast.survey)
    names = ("label", "score", "left", "top", "right", "bottom", "verdict")
    rows = [Detection(run=run, image=image, **dict(zip(names, box, strict=True))) for box in boxes]
    Detection.objects.bulk_create(rows, batch_size=2000)
    make_result_set(run, image, state="searched", n_detections=len(rows), searched_at="2026-01-01T00:00Z")
    Image.objects.filter(pk=image.pk).update(search_state="searched", n_detections=len(rows))
    return image


def open_image(page: Page, image: Image, place: str = "") -> Page:
    page.goto(f"/images/{image.pk}/{place}")
    page.wait_for_selector("[data-module=viewer][data-ready]")
    page.wait_for_load_state("networkidle")
    page.mouse.move(5, 5)
    return page


def stage_of(page: Page) -> dict[str, float]:
    return page.locator("[data-part=map]").bounding_box()


def screen(page: Page) -> np.ndarray:
    """The screenshot as (height, width, 3) in device pixels."""
    return np.asarray(Picture.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)


def near(pixels: np.ndarray, colour: tuple[int, int, int], tolerance: int = 40) -> np.ndarray:
    return np.abs(pixels - colour).max(axis=-1) <= tolerance


def share_on_edge(page: Page, box: tuple[Any, ...], colour: tuple[int, int, int]) -> float:
    """How much of a box's upper edge has the colour, with the image's middle in the middle of the stage at 1:1."""
    stage, pixels = stage_of(page), screen(page)
    left = round(stage["x"] + stage["width"] / 2 + box[2] - WIDTH / 2)
    top = round(stage["y"] + stage["height"] / 2 + box[3] - HEIGHT / 2)
    band = near(pixels[top - 2 : top + 3, left + 4 : left + box[4] - box[2] - 4], colour)
    return float(band.any(axis=0).mean())


MIDDLE = f"#x={WIDTH // 2}&y={HEIGHT // 2}&s=1"


@pytest.mark.parametrize("ratio", [1, 1.5, 2])
def test_the_image_ends_where_it_ends_without_a_band_around_it(
    cast: SimpleNamespace, page_as: Callable[..., Page], ratio: float
) -> None:
    page = open_image(page_as(cast.viewer, device_scale_factor=ratio), make_shown_image(survey=cast.survey))
    stage, pixels = stage_of(page), screen(page)
    # It fits at half its size, in the middle of the stage.
    left = round((stage["x"] + stage["width"] / 2 - WIDTH / 4) * ratio)
    top = round((stage["y"] + stage["height"] / 2 - HEIGHT / 4) * ratio)
    right, bottom = left + round(WIDTH / 2 * ratio), top + round(HEIGHT / 2 * ratio)
    assert pixels[top + 2 : bottom - 2, left + 2 : right - 2].max(axis=-1).min() > 100, "dark inside the image"
    around = [
        pixels[top - 20 : bottom + 20, left - 20 : left - 2], pixels[top - 20 : bottom + 20, right + 2 : right + 20],
        pixels[top - 20 : top - 2, left - 20 : right + 20], pixels[bottom + 2 : bottom + 20, left - 20 : right + 20],
    ]  # fmt: skip
    assert all(near(side, GROUND, 3).all() for side in around), "something outside the image"


def test_the_corner_at_full_size_has_the_colours_of_the_corner(
    cast: SimpleNamespace, page_as: Callable[..., Page]
) -> None:
    image = make_shown_image(survey=cast.survey)
    page = open_image(page_as(cast.viewer), image, f"#x={WIDTH}&y={HEIGHT}&s=1")
    stage, pixels = stage_of(page), screen(page)
    x, y = round(stage["x"] + stage["width"] / 2), round(stage["y"] + stage["height"] / 2)
    assert near(pixels[y - 100 : y - 2, x - 100 : x - 2], make_pixels(WIDTH, HEIGHT)[-50, -50], 12).all()
    assert near(pixels[y - 100 : y + 100, x + 2 : x + 100], GROUND, 3).all()
    assert near(pixels[y + 2 : y + 100, x - 100 : x + 100], GROUND, 3).all()


def test_boxes_are_drawn_where_the_api_says(cast: SimpleNamespace, page_as: Callable[..., Page]) -> None:
    page = open_image(page_as(cast.viewer), make_searched_image(cast), MIDDLE)
    solid, dashed = share_on_edge(page, BOXES[0], SKY), share_on_edge(page, BOXES[1], OCHRE)
    assert solid > 0.95, "a confirmed box is solid"
    assert 0.35 < dashed < 0.85, "a proposal is dashed"
    page.keyboard.press("o")
    assert share_on_edge(page, BOXES[0], SKY) == 0


def test_boxes_stay_on_their_animals_when_the_image_moves(cast: SimpleNamespace, page_as: Callable[..., Page]) -> None:
    page = open_image(page_as(cast.viewer), make_searched_image(cast))
    page.keyboard.press("=")  # from the whole image to full size, around its middle
    page.wait_for_load_state("networkidle")
    assert share_on_edge(page, BOXES[0], SKY) > 0.95


def test_a_click_selects_the_box_and_the_address_names_it(cast: SimpleNamespace, page_as: Callable[..., Page]) -> None:
    image = make_searched_image(cast)
    page = open_image(page_as(cast.viewer), image, MIDDLE)
    stage = stage_of(page)
    page.mouse.click(stage["x"] + stage["width"] / 2 + 150, stage["y"] + stage["height"] / 2 + 20)
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("zebra")
    zebra = Detection.objects.get(label="zebra")
    page.wait_for_url(re.compile(f"det={zebra.pk}"))
    again = open_image(page_as(cast.viewer), image, "#" + page.url.split("#")[1])
    expect(again.locator("[role=option][aria-selected=true]")).to_contain_text("zebra")


def test_a_link_leads_to_its_place_and_its_box_also_where_boxes_come_late(
    cast: SimpleNamespace, page_as: Callable[..., Page]
) -> None:
    image, page, held = make_searched_image(cast), page_as(cast.viewer), list[Route]()
    zebra = Detection.objects.get(label="zebra")
    page.route(re.compile("/detections/"), lambda route: held.append(route))
    page.goto(f"/images/{image.pk}/#x=600&y=400&s=1&det={zebra.pk}", wait_until="commit")
    page.wait_for_selector(".viewer-canvas-boxes", state="attached")
    page.wait_for_timeout(800)  # longer than the page waits before it writes where it is into the address
    assert page.url.endswith(f"#x=600&y=400&s=1&det={zebra.pk}")
    for route in held:
        route.continue_()
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("zebra")
    page.wait_for_timeout(400)
    assert page.url.endswith(f"#x=600&y=400&s=1&det={zebra.pk}")


def test_keys_walk_through_boxes_filters_and_images(cast: SimpleNamespace, page_as: Callable[..., Page]) -> None:
    image = make_searched_image(cast)
    after = make_shown_image(survey=cast.survey)
    page = open_image(page_as(cast.viewer), image)
    shown, selected = page.locator("[data-shown]"), page.locator("[role=option][aria-selected=true]")
    press = page.keyboard.press
    for key, text in (("n", "0.90"), ("n", "0.60"), ("p", "0.90"), ("p", "0.30")):
        press(key)
        expect(selected).to_contain_text(text)
    press("Escape")
    expect(selected).to_have_count(0)
    press("2")
    expect(shown).to_have_text("2 of 3 shown")
    press("f")
    expect(shown).to_have_text("3 of 3 shown")
    press("f")
    expect(shown).to_have_text("2 of 3 shown")
    press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    press("2")  # keys rest while the dialog is open
    press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(shown).to_have_text("2 of 3 shown")
    press("]")
    page.wait_for_url(f"**/images/{after.pk}/**")


def test_zoom_keys_go_in_out_to_full_size_and_to_the_whole(cast: SimpleNamespace, page_as: Callable[..., Page]) -> None:
    page = open_image(page_as(cast.viewer), make_searched_image(cast))
    for key, scale in (("+", "1"), ("+", "2"), ("-", "1"), ("0", "0.5"), ("=", "1")):
        page.keyboard.press(key)
        page.wait_for_url(re.compile(rf"s={re.escape(scale)}(&|$)"))


def test_everything_is_reached_with_the_tab_key(cast: SimpleNamespace, page_as: Callable[..., Page]) -> None:
    page = open_image(page_as(cast.viewer), make_searched_image(cast))
    names = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        names.add(page.evaluate("(e => e.getAttribute('aria-label') || e.textContent.trim())(document.activeElement)"))
    words = " ".join(names)
    wanted = (
        "Back",
        "Zoom in",
        "Fit",
        "1:1",
        "Boxes",
        "buffalo",
        "Filter off",
        "Hide boxes",
        "all keys",
        "move with the arrow",
    )
    assert [word for word in wanted if word not in words] == []


def test_the_list_moves_with_the_arrow_keys(cast: SimpleNamespace, page_as: Callable[..., Page]) -> None:
    page = open_image(page_as(cast.viewer), make_searched_image(cast))
    page.get_by_role("listbox").focus()
    page.keyboard.press("End")
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("0.30")
    assert page.get_by_role("listbox").get_attribute("aria-activedescendant") == "box-2"


def test_single_keys_can_be_switched_off(cast: SimpleNamespace, page_as: Callable[..., Page]) -> None:
    page = open_image(page_as(cast.viewer), make_searched_image(cast))
    page.keyboard.press("?")
    page.get_by_label("Single keys are on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator("[role=option][aria-selected=true]")).to_have_count(0)


def test_the_score_slider_filters(cast: SimpleNamespace, page_as: Callable[..., Page]) -> None:
    page = open_image(page_as(cast.viewer), make_searched_image(cast))
    page.locator("#min-score").fill("0.5")
    expect(page.locator("[data-shown]")).to_have_text("2 of 3 shown")
    expect(page.get_by_text("Model score at least 0.50")).to_be_visible()


def test_ten_thousand_boxes_make_a_short_list_of_rows(cast: SimpleNamespace, page_as: Callable[..., Page]) -> None:
    boxes = [("buffalo", i / 10_000, i % 1200, i // 12, i % 1200 + 20, i // 12 + 20, "") for i in range(10_000)]
    page = open_image(page_as(cast.viewer), make_searched_image(cast, boxes))
    assert page.locator("[role=option]").count() < 60
    page.keyboard.press("p")  # the last one, far down
    expect(page.locator("[role=option][aria-selected=true]")).to_be_in_viewport()


def test_sharper_tiles_come_in_as_soon_as_they_are_made(cast: SimpleNamespace, page_as: Callable[..., Page]) -> None:
    image = make_shown_image(survey=cast.survey, width=5200, height=3600, is_full=False)
    page = open_image(page_as(cast.viewer), image, "#x=2600&y=1800&s=1")
    expect(page.get_by_text("Full resolution is being made")).to_be_visible()
    write_pyramid(make_pixels(5200, 3600), pyramid_path(image.pk))
    with page.expect_request(re.compile(r"/tiles/4/")):
        Image.objects.filter(pk=image.pk).update(pyramid_state="ready")
    expect(page.get_by_text("Full resolution is being made")).to_be_hidden()


def test_boxes_come_in_as_soon_as_the_image_was_searched(cast: SimpleNamespace, page_as: Callable[..., Page]) -> None:
    image = make_shown_image(survey=cast.survey, search_state="waiting")
    page = open_image(page_as(cast.viewer), image)
    expect(page.get_by_text("Waiting to be searched", exact=True)).to_be_visible()
    Image.objects.filter(pk=image.pk).update(search_state="searched", n_detections=0)
    expect(page.get_by_text("Searched, nothing found")).to_be_visible(timeout=10_000)


def test_the_minimap_moves_the_view(cast: SimpleNamespace, page_as: Callable[..., Page]) -> None:
    page = open_image(page_as(cast.viewer), make_searched_image(cast), MIDDLE)
    place = page.locator("[data-part=minimap]").bounding_box()
    page.mouse.click(place["x"] + place["width"] * 0.25, place["y"] + place["height"] * 0.5)
    page.wait_for_url(re.compile(rf"x={WIDTH // 4 - 4}|x=32[0-9]"))


@pytest.mark.parametrize("width", [1440, 390])
def test_no_rule_of_accessibility_is_broken(
    cast: SimpleNamespace, page_as: Callable[..., Page], assert_accessible: Callable[[Page], None], width: int
) -> None:
    page = open_image(page_as(cast.viewer, width), make_searched_image(cast))
    page.keyboard.press("n")
    assert_accessible(page)
    page.get_by_role("tab", name="Image").click()
    assert_accessible(page)
    page.keyboard.press("?")
    assert_accessible(page)


def test_pages_without_an_image_break_no_rule_either(
    cast: SimpleNamespace, page_as: Callable[..., Page], assert_accessible: Callable[[Page], None]
) -> None:
    unread = {"sha256": "", "width": None, "height": None}
    failed = make_image(survey=cast.survey, ingest_state="failed", failure="It was cut short.", **unread)
    waiting = make_image(survey=cast.survey, ingest_state="waiting", **unread)
    page = page_as(cast.owner)
    for image in (failed, waiting):
        page.goto(f"/images/{image.pk}/")
        assert_accessible(page)
    page.keyboard.press("[")
    page.wait_for_url(f"**/images/{failed.pk}/")


def test_on_a_narrow_screen_nothing_sticks_out_and_the_sheet_opens(
    cast: SimpleNamespace, page_as: Callable[..., Page]
) -> None:
    page = open_image(page_as(cast.viewer, 390), make_searched_image(cast))
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    before = stage_of(page)["height"]
    page.get_by_role("button", name="Show more or less of the list").click()
    page.wait_for_function(f"() => document.querySelector('[data-part=map]').clientHeight < {before}")
    expect(page.locator("#min-score")).to_be_visible()


OPENSEADRAGON = Path(__file__).parents[2] / "node_modules/openseadragon/build/openseadragon/openseadragon.min.js"
HOST_PAGE = """<!doctype html><div id="view" style="width: 800px; height: 600px"></div><script src="/osd.js"></script>
<script>const view = OpenSeadragon({id: "view", tileSources: "%s", showNavigationControl: false, immediateRender: true,
  animationTime: 0}); view.addHandler("open", () => view.world.getItemAt(0).whenFullyLoaded(
  () => document.body.dataset.loaded = "true"));</script>"""


def test_openseadragon_opens_the_deepzoom_face(cast: SimpleNamespace, page_as: Callable[..., Page]) -> None:
    if not OPENSEADRAGON.exists():
        skip_or_fail("OpenSeadragon is absent: run npm ci")
    image = make_shown_image(survey=cast.survey)
    page = page_as(cast.viewer)
    address = f"/api/v1/images/{image.pk}/pyramid.dzi"
    page.route("**/osd.js", lambda route: route.fulfill(path=OPENSEADRAGON, content_type="text/javascript"))
    page.route("**/osd.html", lambda route: route.fulfill(body=HOST_PAGE % address, content_type="text/html"))
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto("/osd.html")
    page.wait_for_selector("body[data-loaded]")
    page.wait_for_timeout(300)
    pixels = np.asarray(Picture.open(io.BytesIO(page.locator("#view").screenshot())).convert("RGB")).astype(int)
    # 800 x 600 shows all of 1300 x 900, with bands of 23 pixels above and below
    assert near(pixels[300, 400], make_pixels(WIDTH, HEIGHT)[450, 650], 8)
    assert near(pixels[560, 780], make_pixels(WIDTH, HEIGHT)[round((560 - 23) / 800 * 1300), 1267], 8)
