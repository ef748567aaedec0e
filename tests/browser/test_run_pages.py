"""From a speed-up check to a search in that mode, and two searches beside each other, in Chromium."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from inference.models import Run
from inference.registry import register_model
from tests.factories.inference import a_detection, make_model_folder, make_model_version, make_run, make_searched
from tests.factories.jobs import run_jobs
from tests.factories.pictures import make_stored_image, noise
from tests.factories.viewer import make_shown_image

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_a_check_leads_to_a_search_in_the_fast_mode(
    page_as: Callable[..., Page], page_at: Any, assert_accessible: Callable[[Page], None], cast: SimpleNamespace,
    tmp_path: Path,
) -> None:  # fmt: skip
    make_stored_image(cast.survey, pixels=noise(2048, 1024))
    settings = {"score": 0.3, "fast": {"score": 0.26, "spacing": 700}}  # sees other animals
    register_model(make_model_folder(tmp_path / "m", settings=settings), for_tests=True)
    page = page_as(cast.analyst)
    page.goto("/surveys/ruaha/runs/")
    page.get_by_label("Mode", exact=True).select_option("fast")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("run a speed-up check first")).to_be_visible()
    page_at.problems.clear()  # the answer was no, as it should be
    page.get_by_role("link", name="Speed-up checks").click()
    expect(page.get_by_label("Mode", exact=True)).to_have_value("fast")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("0 of 60 patches compared")).to_be_visible()
    assert run_jobs() == 1
    expect(page.get_by_role("heading", name="Lost: the exact mode alone keeps these")).to_be_visible()
    crop = page.locator(".check-crops image").first
    assert page.request.get(crop.get_attribute("href") or "").headers["content-type"] == "image/jpeg"
    assert_accessible(page)
    page.get_by_role("link", name="Search in mode “fast”").click()
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("searches all images.")).to_be_visible()
    assert Run.objects.get().mode == "fast"


def test_two_searches_stand_beside_each_other_on_an_image(page_as: Callable[..., Page], cast: SimpleNamespace) -> None:
    image = make_shown_image(survey=cast.survey)
    first = make_run(cast.survey, model_version=make_model_version(name="plains"))
    second = make_run(cast.survey, is_current=False, model_version=make_model_version(name="savanna"))
    make_searched(first, image, buffalo=3)
    make_searched(second, image, buffalo=1)
    a_detection(second, image, left=600.0, top=500.0, score=0.5).save()
    page = page_as(cast.viewer)
    page.goto(f"/images/{image.pk}/compare/?run={first.pk}&and={second.pk}")
    page.wait_for_selector("[data-ready]")
    chips = page.locator(".chips .chip")
    expect(chips).to_have_count(3)
    assert [text.split()[-2] for text in chips.all_inner_texts()] == ["2", "1", "1"]
    page.get_by_role("button", name="both").click()
    expect(page.locator(".box-row")).to_have_count(3)
    page.get_by_role("tab", name="Searches").click()
    expect(page.get_by_label("Second search")).to_have_value(str(second.pk))
