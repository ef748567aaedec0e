"""The page of counts in Chromium: the slider of scores, by keyboard alone, and a workbook."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from inference.models import Detection
from tests.factories.inference import make_run, make_searched

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_the_slider_tells_what_is_left_without_asking_the_server(
    page_as: Callable[..., Page], cast: SimpleNamespace
) -> None:
    make_searched(make_run(cast.survey), buffalo=3)
    Detection.objects.filter(pk=Detection.objects.order_by("pk")[0].pk).update(score=0.29)
    page = page_as(cast.viewer)
    page.goto("/surveys/ruaha/counts/")
    asked: list[str] = []
    page.on("request", lambda request: "/static/" in request.url or asked.append(request.url))
    left = page.locator("[data-part=left]")
    expect(page.get_by_role("button", name="Show")).to_be_hidden()
    page.get_by_label("Model score, at least").focus()
    for score, n in (("0.26", "3"), ("0.27", "3"), ("0.28", "3"), ("0.29", "3"), ("0.30", "2")):
        page.keyboard.press("ArrowRight")
        expect(page.locator("[data-part=score]")).to_have_text(score)
        expect(left).to_have_text(n)
    page.keyboard.press("End")
    expect(left).to_have_text("0")
    assert asked == []


def test_a_workbook_is_downloaded_and_opens(page_as: Callable[..., Page], cast: SimpleNamespace) -> None:
    make_searched(make_run(cast.survey), buffalo=3)
    page = page_as(cast.viewer)
    page.goto("/surveys/ruaha/counts/")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="transect_counts.xlsx").click()
    assert waiting.value.suggested_filename.startswith("ruaha-transect-counts-")
    assert load_workbook(waiting.value.path().open("rb")).sheetnames == ["transect_counts", "about"]
