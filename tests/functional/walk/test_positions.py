"""Where an image was taken: exact for who may know it, a cell of 0.1 degrees for everybody else, on every channel."""

import csv
import io
from typing import Any

import pytest
from PIL import Image as Pillow
from playwright.sync_api import Page, expect

from tests.functional.walk.journey import ACCEPTED, Walk, images_of, open_image

pytestmark = [pytest.mark.slow, pytest.mark.shared]

PLACED = {
    "DSCN0010.jpg": (43.45, 11.85),
    "DSCN0021.jpg": (43.45, 11.85),
    "IMG_9354.jpg": (30.15, -98.05),
    "IMG_9360.jpg": (30.15, -98.05),
}
"""The files that have a position, with the middle of the cell of 0.1 degrees that it lies in."""


def test_the_files_with_a_position_are_these() -> None:
    assert set(PLACED) == {name for name, outcome in ACCEPTED.items() if outcome.position}


def _cell(name: str) -> dict[str, Any]:
    latitude, longitude = PLACED[name]
    return {"latitude": latitude, "longitude": longitude, "altitude_m": None}


def test_a_viewer_is_told_the_cell_only_by_the_api(walk: Walk) -> None:
    told = {name: (image["position"], image["position_is_exact"]) for name, image in images_of(walk.theirs).items()}
    assert told == {name: (_cell(name), False) if name in PLACED else (None, None) for name in told}


@pytest.mark.parametrize("name", PLACED)
def test_a_viewer_is_told_the_cell_only_on_the_page(name: str, walk: Walk) -> None:
    open_image(walk.theirs, walk.images[name])
    walk.theirs.get_by_role("tab", name="Image").click()
    latitude, longitude = PLACED[name]
    expect(walk.theirs.locator("[data-fact=position]")).to_have_text(f"about {latitude:.2f}, {longitude:.2f}")
    for exact in ACCEPTED[name].position or ():
        assert f"{abs(exact):.6f}"[:-3] not in walk.theirs.content()


@pytest.mark.parametrize("name", PLACED)
def test_the_original_that_a_viewer_downloads_has_no_position(name: str, walk: Walk) -> None:
    address = f"/api/v1/images/{walk.images[name]['id']}/original"
    for page, has_position in ((walk.page, True), (walk.theirs, False)):
        with Pillow.open(io.BytesIO(page.request.get(address).body())) as picture:
            assert picture.size == (ACCEPTED[name].width, ACCEPTED[name].height)
            assert bool(dict(picture.getexif().get_ifd(0x8825))) == has_position


@pytest.mark.parametrize("table", ["images", "detections"])
def test_tables_tell_the_owner_the_place_and_a_viewer_the_cell(table: str, walk: Walk) -> None:
    exact, about = _places(walk.page, table), _places(walk.theirs, table)
    assert exact == {
        name: (*(pytest.approx(degrees, abs=1e-6) for degrees in ACCEPTED[name].position or ()), "true")
        if name in PLACED
        else None
        for name in exact
    }
    assert about == {name: (*PLACED[name], "false") if name in PLACED else None for name in exact}
    assert set(exact) & set(PLACED)


def _places(page: Page, table: str) -> dict[str, tuple[float, float, str] | None]:
    text = page.request.get(f"/api/v1/surveys/ruaha/exports/{table}.csv").body().decode("utf-8-sig")
    return {row["file_name"]: _place_in(row) for row in csv.DictReader(io.StringIO(text))}


def _place_in(row: dict[str, str]) -> tuple[float, float, str] | None:
    if not row["latitude"]:
        assert (row["longitude"], row["position_is_exact"]) == ("", "")
        return None
    return float(row["latitude"]), float(row["longitude"]), row["position_is_exact"]
