"""Brightness and contrast of the image page."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_viewer import (
    BOXES,
    MIDDLE,
    SKY,
    make_searched_image,
    open_image,
    screen,
    share_on_edge,
    stage_of,
)
from tests.factories.viewer import make_shown_image

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_they_change_the_image_and_not_the_boxes_and_stay_for_the_next_image(
    cast: SimpleNamespace, page_as: Callable[..., Page]
) -> None:
    image, other = make_searched_image(cast), make_shown_image(survey=cast.survey)
    page = open_image(page_as(cast.viewer), image, MIDDLE)
    before = screen(page)
    page.get_by_role("tab", name="Image").click()
    page.get_by_label("Brightness").fill("50")
    page.mouse.move(5, 5)
    stage = stage_of(page)
    x, y = round(stage["x"] + stage["width"] / 2 + 300), round(stage["y"] + stage["height"] / 2 + 200)
    assert screen(page)[y, x].mean() == pytest.approx(before[y, x].mean() / 2, abs=8)
    assert share_on_edge(page, BOXES[0], SKY) > 0.9
    open_image(page, other)
    page.get_by_role("tab", name="Image").click()
    expect(page.get_by_label("Brightness")).to_have_value("50")
    page.get_by_role("button", name="As it was taken").click()
    expect(page.get_by_label("Brightness")).to_have_value("100")
