"""The review grid in Chromium: a thousand boxes in one action and back, the mouse, the keyboard, a lost link."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from inference.models import Detection
from review.models import Review
from review.said import Said
from review.verdicts import judge, judge_image
from surveys.models import Image, ImageLabel
from tests.factories.inference import a_detection, make_result_set, make_run
from tests.factories.viewer import make_shown_image
from tests.review.test_bulk import state
from tests.services import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def make_boxes(cast: Any, n: int, n_images: int = 2) -> list[Detection]:
    """Surest first, from left to right and image by image, with all the rows that follow from them."""

    run = make_run(cast.survey)
    images = [make_shown_image(survey=cast.survey) for _ in range(n_images)]
    rows = [
        a_detection(run, images[i % n_images], score=0.95 - i / (2 * n), left=(i * 11) % 1250, top=(i * 17) % 850)
        for i in range(n)
    ]
    Detection.objects.bulk_create(rows, batch_size=1000)
    for k, image in enumerate(images):
        here = len(rows[k::n_images])
        ImageLabel.objects.create(image=image, run=run.pk, label="buffalo", n_detections=here, max_score=0.9)
        make_result_set(run, image, state="searched", n_detections=here, searched_at="2026-01-01T00:00Z")
        Image.objects.filter(pk=image.pk).update(search_state="searched", n_detections=here)
    return rows


def open_grid(page: Page, query: str = "") -> Page:
    page.goto(f"/surveys/ruaha/review/{query}")
    page.wait_for_selector("[data-module=review-grid][data-ready]")
    return page


def cells(page: Page) -> Locator:
    return page.locator(".cell")


def selected(page: Page) -> Locator:
    return page.locator("[data-part=selected]")


def saved(page: Page) -> None:
    expect(page.locator("[data-part=saving]")).to_have_text("Saved")


def chosen(page: Page) -> list[int]:
    return page.evaluate(
        "[...document.querySelectorAll('.cell[aria-selected=true]')].map((e) => Number(e.dataset.number))"
    )


def verdicts() -> list[str]:
    return list(Detection.objects.order_by("-score").values_list("verdict", flat=True))


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_thousand_boxes_are_rejected_in_one_action_and_undone(cast: Any, page_as: Callable[..., Page]) -> None:
    boxes = make_boxes(cast, 1000, n_images=20)
    judge(boxes[0], Said("confirmed", count=3), cast.analyst)  # stands above the reviewer's
    judge(boxes[1], Said("uncertain"), cast.reviewer)
    judge_image(boxes[0].image, Said("reviewed"), cast.reviewer)
    before, posted = state(), []
    page = open_grid(page_as(cast.reviewer), "?state=all")
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    press(page, "A")
    expect(selected(page)).to_have_text("1,000 of 1,000 selected", timeout=60_000)
    press(page, "r")
    wait_until(lambda: verdicts().count("rejected") == 999, what="all but one to be rejected")
    saved(page)
    assert state() != before
    assert len(posted) == 1
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    wait_until(lambda: Review.objects.exclude(detection=None).count() == 2002, what="all to be taken back")
    saved(page)
    assert len(posted) == 2
    assert state() == before


def test_boxes_are_selected_by_click_shift_ctrl_and_by_drawing_a_band(cast: Any, page_as: Callable[..., Page]) -> None:
    make_boxes(cast, 30)
    page = open_grid(page_as(cast.reviewer))
    cells(page).nth(2).click()
    cells(page).nth(5).click(modifiers=["Shift"])
    assert chosen(page) == [2, 3, 4, 5]
    cells(page).nth(8).click(modifiers=["Control"])
    assert chosen(page) == [2, 3, 4, 5, 8]
    first, last = cells(page).nth(0).bounding_box(), cells(page).nth(2).bounding_box()
    assert first
    assert last
    page.mouse.move(first["x"] + 20, first["y"] + 20)
    page.mouse.down()
    page.mouse.move(last["x"] + 40, last["y"] + 60, steps=5)
    expect(page.locator(".band")).to_be_visible()
    page.mouse.up()
    assert chosen(page) == [0, 1, 2]
    expect(page.locator(".band")).to_have_count(0)
    expect(selected(page)).to_have_text("3 of 30 selected")


def test_boxes_are_judged_by_keyboard_alone(cast: Any, page_as: Callable[..., Page]) -> None:
    make_boxes(cast, 6)
    page = open_grid(page_as(cast.reviewer))
    press(page, "ArrowRight", "c")  # no selection: the box that the keys are at; then the next one
    press(page, "Shift+ArrowRight", "r")
    press(page, " ", "l")
    page.keyboard.type("Eland")
    press(page, "Enter", "End", "d")
    wait_until(
        lambda: verdicts() == ["confirmed", "rejected", "rejected", "relabelled", "", "duplicate"], what="verdicts"
    )
    expect(page.locator("[data-left]")).to_have_text("1 left")
    press(page, "z", "z", "z", "z", "z")
    wait_until(lambda: verdicts() == [""] * 6, what="all to be taken back")
    press(page, "y")
    wait_until(lambda: verdicts()[0] == "confirmed", what="the first to be said again")
    saved(page)


def test_a_box_is_opened_in_its_image(cast: Any, page_as: Callable[..., Page]) -> None:
    box = make_boxes(cast, 3)[1]
    page = open_grid(page_as(cast.viewer))
    with page.context.expect_page() as opened:
        press(page, "ArrowRight", "ArrowRight", "Enter")
    opened.value.wait_for_url(f"**/images/{box.image_id}/#*det={box.pk}*")
    expect(opened.value.locator("[role=option][aria-selected=true]")).to_contain_text("buffalo")


def test_pages_come_as_one_scrolls_and_every_box_has_its_picture(cast: Any, page_as: Callable[..., Page]) -> None:
    make_boxes(cast, 200)
    page = open_grid(page_as(cast.viewer))
    for n in (180, 200):
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        expect(cells(page)).to_have_count(n)
    expect(page.locator("[data-part=more]")).to_be_hidden()
    cells(page).last.scroll_into_view_if_needed()
    width = "document.querySelector('.cell:last-child img').naturalWidth"
    wait_until(lambda: page.evaluate(width) == 64, what="the last picture")


def test_with_the_link_down_nothing_is_lost(cast: Any, page_as: Callable[..., Page], page_at: Any) -> None:
    make_boxes(cast, 4)
    page = open_grid(page_as(cast.reviewer))
    page.route("**/reviews/", lambda route: route.abort())
    press(page, "a", "r")
    expect(page.locator("[data-part=saving]")).to_contain_text("Offline: 1 waiting")
    page.unroute("**/reviews/")
    open_grid(page)  # what waited goes out with the next visit
    wait_until(lambda: verdicts() == ["rejected"] * 4, what="what waited to be saved")
    page_at.problems[:] = [p for p in page_at.problems if "ERR_FAILED" not in p]


def test_where_a_colleague_was_quicker_the_colleagues_verdict_shows(cast: Any, page_as: Callable[..., Page]) -> None:
    boxes = make_boxes(cast, 3)
    page = open_grid(page_as(cast.reviewer))
    judge(boxes[1], Said("confirmed"), cast.analyst)
    press(page, "a", "r")
    expect(page.locator("#toasts")).to_contain_text("1 could not be saved: Somebody else judged this")
    expect(cells(page).nth(1)).to_have_attribute("data-verdict", "confirmed")
    wait_until(lambda: verdicts() == ["rejected", "confirmed", "rejected"], what="the others to be saved")


def test_a_viewer_has_no_keys_that_judge(cast: Any, page_as: Callable[..., Page]) -> None:
    make_boxes(cast, 3)
    page = open_grid(page_as(cast.viewer))
    press(page, "a", "r", "z", "l")
    expect(page.get_by_text("reviewers judge")).to_be_visible()
    assert not Review.objects.exists()
