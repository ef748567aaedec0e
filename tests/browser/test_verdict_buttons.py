"""Where the buttons of a reviewer stand in the viewer, and which of them is the filled one."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from surveys.models import Image
from tests.browser.test_reviewing import BOXES, press, saved
from tests.browser.test_viewer import make_searched_image, open_image
from tests.factories.inference import make_run, make_searched
from tests.factories.review import make_review_task
from tests.factories.viewer import make_shown_image

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
VERDICTS = ("Confirm", "Reject", "Duplicate", "Uncertain")


@pytest.fixture
def image(cast: SimpleNamespace) -> Image:
    return make_searched_image(cast, BOXES)


def expect_filled(page: Page, command: str) -> None:
    filled = page.locator(".btn-primary:visible")
    expect(filled).to_have_count(1)
    expect(filled).to_have_attribute("data-command", command)


ON_TOP = """part => {
  const { left, top, width, height } = part.getBoundingClientRect();
  const at = (share) => document.elementFromPoint(left + share * width, top + height / 2);
  return [0.05, 0.5, 0.95].every((share) => part.contains(at(share)));
}"""


@pytest.mark.parametrize(("width", "height"), [(1440, 560), (390, 844)])
def test_a_note_covers_no_verdict_and_nothing_covers_it(
    cast: Any, page_as: Callable[..., Page], image: Image, width: int, height: int
) -> None:
    page = page_as(cast.reviewer)
    page.set_viewport_size({"width": width, "height": height})
    press(open_image(page, image), "n=m")
    note = page.locator(".toast-note")
    expect(note).to_be_visible()
    assert note.evaluate(ON_TOP)
    for button in page.locator(".verdicts .btn").all():
        assert button.evaluate(ON_TOP), button.inner_text()
    saved(page)


def assert_bar_fits(page: Page) -> None:
    """Nothing in it is squeezed into less than it needs but the names."""
    bar = page.locator(".viewer-bar")
    assert bar.evaluate("bar => bar.scrollWidth <= bar.clientWidth")
    for part in bar.locator(":scope > *:visible, .btn:visible").all():
        is_name = "e.matches('h1, .where, .task-of, .visually-hidden')"
        assert part.evaluate(f"e => {is_name} || e.scrollWidth <= e.clientWidth + 1"), part.inner_text()


def test_the_filled_button_is_what_to_do_next(cast: Any, page_as: Callable[..., Page], image: Image) -> None:
    page = open_image(page_as(cast.reviewer), image)
    expect_filled(page, "confirm")
    press(page, "ncr")
    expect_filled(page, "confirm")
    press(page, "d")
    expect_filled(page, "reviewed")
    press(page, "z")
    expect_filled(page, "confirm")
    press(page, "d")
    press(page, "m")
    expect(page.locator(".btn-primary:visible")).to_have_count(0)


def test_of_an_image_without_boxes_the_whole_image_is_next(cast: Any, page_as: Callable[..., Page]) -> None:
    page = open_image(page_as(cast.reviewer), make_searched_image(cast, []))
    expect_filled(page, "reviewed")


@pytest.mark.parametrize(("width", "height"), [(1440, 860), (1280, 560), (720, 1000), (390, 844)])
def test_verdicts_are_at_hand_in_every_window(
    cast: Any, page_as: Callable[..., Page], image: Image, width: int, height: int
) -> None:
    """Also while one scans, when much more stands above them."""
    page = page_as(cast.reviewer)
    page.set_viewport_size({"width": width, "height": height})
    open_image(page, image)
    for keys in ("n", "s"):
        press(page, keys)
        for name in (*VERDICTS, "Reviewed"):
            expect(page.get_by_role("button", name=name, exact=False).first).to_be_in_viewport(ratio=1)
    assert_bar_fits(page)


@pytest.mark.parametrize("width", [1280, 1010, 860, 720, 390])
def test_the_bar_of_a_task_fits_in_every_window(cast: Any, page_as: Callable[..., Page], width: int) -> None:
    shown = make_shown_image(survey=cast.survey, file_name="T1_R_20250816_0001.jpg")
    make_searched(make_run(cast.survey), shown, buffalo=1)
    task = make_review_task(cast.survey, [cast.reviewer], [shown], name="North block, the first fortnight")
    page = page_as(cast.reviewer, width=width)
    page.goto(f"/review-tasks/{task.pk}/next/")
    page.wait_for_selector("[data-module=viewer][data-ready]")
    expect(page.get_by_role("link", name="Next image of the task")).to_be_in_viewport(ratio=1)
    assert_bar_fits(page)
