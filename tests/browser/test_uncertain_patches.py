"""The patches that a pre-filter could not judge, on the image page in Chromium."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from surveys.models import Image
from tests.factories.screens import make_screened
from tests.factories.viewer import make_shown_image

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1440, 390])
def test_uncertain_patches_are_outlined_and_a_key_brings_each_into_view(
    cast: SimpleNamespace, page_as: Callable[..., Page], assert_accessible: Callable[[Page], None], width: int
) -> None:
    image = make_shown_image(survey=cast.survey)
    make_screened(cast, image, [0, 3, 2, 0, 3, 0])
    Image.objects.filter(pk=image.pk).update(search_state="searched")
    page = page_as(cast.viewer, width=width)
    page.goto(f"/images/{image.pk}/")
    page.wait_for_selector("[data-module=viewer][data-ready]")
    expect(page.locator("path.uncertain-patch")).to_have_count(2)
    if width == 390:
        page.locator("[data-grip]").click()
    assert_accessible(page)
    before = page.locator("path.uncertain-patch").first.bounding_box()
    page.locator("[data-patch]").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "before => document.querySelector('path.uncertain-patch').getBoundingClientRect().width > 1.2 * before",
        arg=before["width"],
    )
    stage, patch = (
        page.locator("[data-part=map]").bounding_box(),
        page.locator("path.uncertain-patch").first.bounding_box(),
    )
    middle = patch["x"] + patch["width"] / 2, patch["y"] + patch["height"] / 2
    assert abs(middle[0] - stage["x"] - stage["width"] / 2) < 3
    assert abs(middle[1] - stage["y"] - stage["height"] / 2) < 3
