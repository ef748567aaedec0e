"""A model's way in, in Chromium: chosen, sent with a bar, tried by a worker, and looked at on its card."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from inference.models import ModelVersion
from tests.factories.jobs import run_jobs
from tests.inference.uploads import STARTER, starter_files, zipped

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def choose(page: Page, paths: list[Path]) -> None:
    page.goto("/models/")
    page.get_by_role("link", name="Upload a model").click()
    page.get_by_label("Model folder").set_input_files(paths)
    page.get_by_role("button", name="Upload the model").click()


def test_an_uploaded_model_has_its_card_page(
    page_as: Callable[..., Page], assert_accessible: Callable[[Page], None], cast: Any
) -> None:
    page = page_as(cast.administrator)
    choose(page, sorted(STARTER.iterdir()))
    expect(page.get_by_role("heading", name="Waiting for a worker")).to_be_visible()
    assert_accessible(page)
    run_jobs()
    expect(page.get_by_role("heading", name="starter, version 1 is registered")).to_be_visible(timeout=15_000)
    page.get_by_role("link", name="Look at its card").click()
    expect(page.get_by_role("heading", name="starter, version 1")).to_be_visible()
    expect(page.get_by_text("Rendered scenes", exact=True)).to_be_visible()
    assert_accessible(page)


def test_what_is_wrong_is_said_at_the_field_and_can_be_put_right(
    page_as: Callable[..., Page], page_at: Any, assert_accessible: Callable[[Page], None], cast: Any, tmp_path: Path
) -> None:
    page = page_as(cast.administrator, 390, "dark")
    choose(page, [STARTER / "model.onnx"])
    expect(page.get_by_text("There is no card.json among the files")).to_be_visible()
    assert_accessible(page)
    (tmp_path / "wrong.zip").write_bytes(zipped(starter_files(channel_order="BGR")))
    page.get_by_label("Model folder").set_input_files(tmp_path / "wrong.zip")
    page.get_by_role("button", name="Upload the model").click()
    page.wait_for_url("**/model-uploads/*/")
    run_jobs()
    expect(page.get_by_text("The self-test of starter, version 1, failed")).to_be_visible(timeout=15_000)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not ModelVersion.objects.exists()
    page_at.problems[:] = [problem for problem in page_at.problems if "status of 422" not in problem]


def test_a_version_is_retired_after_a_question_and_taken_back(page_as: Callable[..., Page], cast: Any) -> None:
    from tests.factories.inference import make_model_version

    make_model_version(name="plains", version="3")
    page = page_as(cast.administrator)
    page.goto("/models/plains/3/")
    page.get_by_role("button", name="Retire this version").click()
    page.get_by_role("dialog").get_by_role("button", name="Retire").click()
    expect(page.get_by_text("This version is retired")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("may be chosen for searches again")).to_be_visible()
    assert ModelVersion.objects.available().exists()
