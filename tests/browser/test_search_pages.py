"""Models, searches and counts in Chromium: they fit, are accessible; a search is started, watched and cancelled."""

import csv
import io
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from inference.models import ResultSet, Run
from surveys.models import Image
from tests.factories.inference import make_model_version, make_result_set, make_run, make_searched
from tests.factories.surveys import make_image

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CARD = {
    "labels": ["buffalo", "a very long label of a rare animal", *(f"species {number}" for number in range(30))],
    "architecture": "YOLOX-nano", "licence": "Apache-2.0", "trained_gsd_cm": [1, 4], "view": ["nadir"],
    "intended_use": "Large mammals from above, on open ground.", "training_data": "Images of a made-up plain.",
}  # fmt: skip
PATHS = ("/models/", "/surveys/ruaha/runs/", "/surveys/ruaha/counts/")


@pytest.fixture
def searched(cast: SimpleNamespace) -> SimpleNamespace:
    """Three searches: one that was cancelled, one that is done with failures, the current one under way."""
    plains = make_model_version(name="plains", version="1", card=CARD)
    make_result_set(make_run(cast.survey, is_current=False, model_version=plains, state="cancelled"), state="cancelled")
    done = make_run(cast.survey, is_current=False, model_version=make_model_version(name="savanna"))
    make_searched(done, buffalo=2)
    make_result_set(done, state="failed", failure="This file was cut short while copying: part of it is missing.")
    cast.run = make_run(cast.survey, model_version=plains)
    make_searched(cast.run, buffalo=31)
    make_searched(cast.run)
    make_result_set(cast.run, make_image(survey=cast.survey, search_state="waiting"))
    make_image(survey=cast.survey, ingest_state="failed", failure="This file is empty.")
    return cast


@pytest.mark.parametrize(("width", "theme"), [(390, "light"), (390, "dark"), (1440, "light"), (1440, "dark")])
def test_pages_are_accessible_and_fit(
    page_as: Callable[..., Page], assert_accessible: Callable[[Page], None], searched, width: int, theme: str
) -> None:
    page = page_as(searched.owner, width, theme)
    for path in PATHS:
        page.goto(path)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0, path


def test_pages_without_anything_are_accessible_and_say_what_to_do(
    page_as: Callable[..., Page], assert_accessible: Callable[[Page], None], cast
) -> None:
    page = page_as(cast.owner)
    for path, sentence in zip(
        PATHS, ("No model is registered yet", *["Nothing has searched these images yet"] * 2), strict=True
    ):
        page.goto(path)
        expect(page.get_by_role("heading", name=sentence)).to_be_visible()
        assert_accessible(page)


def test_a_search_is_started_and_cancelled(page_as: Callable[..., Page], cast) -> None:
    make_model_version(name="plains", version="3")
    page = page_as(cast.analyst)
    page.goto("/surveys/ruaha/runs/")
    page.get_by_label("Lowest model score kept").fill("0.4")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("Keeps model scores of 0.4 and more.")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop the search").click()
    expect(page.get_by_text("The search is cancelled.")).to_be_visible()
    assert Run.objects.get().state == "cancelled"


def test_the_page_moves_on_by_itself_until_the_search_is_done(page_as: Callable[..., Page], searched) -> None:
    page = page_as(searched.viewer)
    page.goto("/surveys/ruaha/runs/")
    expect(page.get_by_text("2 of 3 images searched")).to_be_visible()
    ResultSet.objects.filter(run=searched.run, state="waiting").update(
        state="searched", n_detections=0, searched_at="2026-06-01T06:00Z"
    )
    expect(page.get_by_text("3 of 3 images searched.")).to_be_visible()
    expect(page.locator("#runs")).not_to_have_attribute("data-module", "poll")


def test_the_counts_are_downloaded(page_as: Callable[..., Page], searched) -> None:
    page = page_as(searched.viewer)
    page.goto("/surveys/ruaha/counts/")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="detection_counts.csv").click()
    assert waiting.value.suggested_filename.startswith("ruaha-detection-counts-")
    rows = list(csv.DictReader(io.StringIO(waiting.value.path().read_text(), newline="")))
    assert len(rows) == Image.objects.count() * 32
    assert sum(int(row["n_detections"] or 0) for row in rows) == 31
