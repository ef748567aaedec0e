"""Setting transects as a person does who has never seen the page."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from surveys.models import Image
from tests.factories.inference import make_run
from tests.factories.surveys import make_image

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PAGE = "/surveys/ruaha/transects/"


@pytest.fixture
def named(cast: SimpleNamespace) -> SimpleNamespace:
    """Three transects with two cameras, ten images each, and one image that belongs to none."""
    make_run(cast.survey)
    unread = {"survey": cast.survey, "ingest_state": "waiting", "sha256": "", "width": None, "height": None}
    for n in range(30):
        make_image(path="card1", file_name=f"RKE_T{n // 10 + 1:02}_20181001A_RSO{'LR'[n % 2]}_{n}.JPG", **unread)
    make_image(file_name="runway.JPG", **unread)
    return cast


def test_transects_are_set_by_a_pattern_and_then_by_a_table(
    page_as: Callable[..., Page], assert_accessible: Callable[[Page], None], named: SimpleNamespace, tmp_path: Path
) -> None:
    page = page_as(named.analyst)
    page.goto(PAGE)
    summary = page.locator("#pattern-preview-sum")
    expect(summary).to_contain_text("30 of 31 images fit")

    page.get_by_label("Pattern", exact=True).fill("RKE_T{transect}_*_{cam")
    expect(summary).to_contain_text("Known are {transect}")
    page.get_by_label("Pattern", exact=True).press_sequentially("era}_*")
    expect(summary).to_contain_text("30 of 31 images fit")
    expect(page.locator(".transect-names")).to_contain_text("3 transects")
    assert_accessible(page)
    assert not Image.objects.exclude(transect="").exists()

    page.get_by_role("button", name="Save for 30 images").click()
    expect(page.get_by_text("Transect and camera of 30 images are set.")).to_be_visible()
    assert_accessible(page)

    table = tmp_path / "flights.csv"
    rows = ["File name;Transect;Side", "runway.JPG;9;nadir", "RKE_T01_20181001A_RSOL_0.JPG;7;L", "unknown.JPG;1;L"]
    table.write_bytes("\r\n".join(rows).encode("utf-16"))
    page.get_by_label("CSV file").set_input_files(table)
    page.get_by_role("button", name="Look at the table").click()
    expect(page.locator(".plan-replaced")).to_contain_text(re.compile("01, left.*7, left"))
    expect(page.locator(".plan-trouble")).to_contain_text("unknown.JPG")
    assert_accessible(page)
    page.get_by_role("button", name="Save for 2 images").click()
    expect(page.get_by_text("Transect and camera of 2 images are set.")).to_be_visible()
    assert Image.objects.get(file_name="runway.JPG").camera == "nadir"

    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("2 images are as they were before.")).to_be_visible()
    page.goto("/surveys/ruaha/images/")
    page.get_by_label("Transect").select_option("02")
    page.get_by_label("Camera").select_option("left")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".image-card")).to_have_count(5)
    expect(page.locator(".transect-badge").first).to_contain_text("02 left")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_fit_a_narrow_screen_and_work_without_a_mouse(
    page_as: Callable[..., Page], assert_accessible: Callable[[Page], None], named: SimpleNamespace, theme: str
) -> None:
    page = page_as(named.analyst, 390, theme)
    for path in (PAGE, f"{PAGE}?pattern=RKE_{{transect}}_*", "/surveys/ruaha/counts/"):
        page.goto(path)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    page.goto(PAGE)
    page.get_by_label("Pattern", exact=True).focus()
    for _stop in ("the names that do not fit", "later images", "save"):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Save for 30 images")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Transect and camera of 30 images are set.")).to_be_visible()
