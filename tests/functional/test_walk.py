"""One image after the other, all the way through the house: real files, real processes, a real browser."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PIL import Image as Pillow
from playwright.sync_api import Page, expect

from tests.chromium import PageFactory
from tests.factories.models import make_yolox_folder
from tests.imaging.outcomes import OUTCOMES, Accepted, Refused
from tests.services import Stack, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.shared]

ZONE = "Africa/Dar_es_Salaam"
NAMES = sorted(name for name in OUTCOMES if name.startswith(("odd/", "sealions/test/"))) + [
    "caliterra/IMG_9354.jpg",
    "caliterra/IMG_9360.jpg",
    "buffalo/koger_4096x2160.jpg",
]
EXPECTED = {Path(name).name: OUTCOMES[name] for name in NAMES}
ACCEPTED = {name: outcome for name, outcome in EXPECTED.items() if isinstance(outcome, Accepted)}
REFUSED = {name: outcome for name, outcome in EXPECTED.items() if isinstance(outcome, Refused)}
PEOPLE = """
from django.contrib.auth import get_user_model
for name in ("ruth", "petra"):
    get_user_model().objects.create_user(name, password="tree-on-the-plain")
"""


@pytest.fixture(scope="module")
def walk(
    tmp_path_factory: pytest.TempPathFactory, fresh_data: Path, shared_data: Path, browser: Any
) -> Iterator[SimpleNamespace]:
    """Ruth makes the survey Ruaha on its page, chooses the model and brings in every file through the upload page."""
    import shutil

    folder = tmp_path_factory.mktemp("walk")
    shutil.copytree(fresh_data, folder / "data")
    stack = Stack(folder)
    try:
        stack.shell(PEOPLE)
        stack.manage("register_model", str(make_yolox_folder(shared_data, folder / "yolox")))
        stack.start_all()
        pages = PageFactory(browser)
        page = pages(base_url=stack.url)
        _bring_in(page, [shared_data / name for name in NAMES])
        yield SimpleNamespace(stack=stack, page=page, pages=pages, images=_images(page))
        pages.close()
    finally:
        stack.stop()
        stack.print_logs()


def _bring_in(page: Page, files: list[Path]) -> None:
    _log_in(page, "ruth")
    page.goto("/surveys/new/")
    page.fill("input[name=name]", "Ruaha")
    page.select_option("select[name=time_zone]", ZONE)
    page.get_by_label("yolox-nano").check()
    page.locator("main form .btn-primary").click()
    page.wait_for_url(re.compile("/surveys/ruaha/"))
    page.goto("/surveys/ruaha/upload/")
    page.locator("input[type=file]:not([webkitdirectory])").set_input_files(files)
    wait_until(lambda: len(_images(page)) == len(files), timeout_s=120, what="every file to arrive")
    wait_until(lambda: _is_over(page), timeout_s=600, what="every image to be read and searched")


def _log_in(page: Page, name: str) -> None:
    page.goto("/login/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", "tree-on-the-plain")
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


def _images(page: Page) -> dict[str, dict[str, Any]]:
    found, url = [], "/api/v1/surveys/ruaha/images/"
    while url:
        answer = page.request.get(url).json()
        found, url = found + answer["results"], answer["next"]
    return {image["file_name"]: image for image in found}


def _is_over(page: Page) -> bool:
    states = [image["states"] for image in _images(page).values()]
    return all(state["ingest"] == "failed" or state["search"] in ("searched", "failed") for state in states)


def _table(walk: SimpleNamespace, table: str) -> list[dict[str, str]]:
    answer = walk.page.request.get(f"/api/v1/surveys/ruaha/exports/{table}.csv")
    return list(csv.DictReader(io.StringIO(answer.body().decode("utf-8-sig"))))


def _open(page: Page, image: dict[str, Any], place: str = "") -> None:
    page.goto(f"/images/{image['id']}/{place}")
    page.wait_for_selector("[data-module=viewer][data-ready]")
    page.wait_for_load_state("networkidle")


def test_every_file_has_its_outcome(walk: SimpleNamespace) -> None:
    assert set(walk.images) == set(EXPECTED)
    for name, outcome in ACCEPTED.items():
        image = walk.images[name]
        assert (image["width"], image["height"], image["media_type"]) == (
            outcome.width,
            outcome.height,
            outcome.media_type,
        ), name
        assert image["states"]["search"] == "searched", (name, image["failure"])
    codes = dict(walk.stack.sql("select file_name, failure_code from surveys_image"))
    for name, outcome in REFUSED.items():
        image = walk.images[name]
        assert image["states"]["ingest"] == "failed", name
        assert codes[name] == outcome.code, name
        assert image["failure"].endswith("."), name


def test_refusals_are_quick(walk: SimpleNamespace) -> None:
    rows = walk.stack.sql("select started_at, finished_at from jobs_job where kind = 'ingest' and state = 'failed'")
    seconds = [(datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() for start, end in rows]
    assert len(seconds) == len(REFUSED)
    assert max(seconds) < 2


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_the_page_of_a_refused_file_says_why_and_offers_another_try(name: str, walk: SimpleNamespace) -> None:
    image = walk.images[name]
    walk.page.goto(f"/images/{image['id']}/")
    expect(walk.page.locator("body")).to_contain_text(image["failure"])
    expect(
        walk.page.get_by_role("button", name="Retry").or_(walk.page.get_by_role("button", name="Try again"))
    ).to_be_visible()


@pytest.mark.parametrize("name", sorted(ACCEPTED))
def test_a_good_file_opens_with_its_time(name: str, walk: SimpleNamespace) -> None:
    image, outcome = walk.images[name], ACCEPTED[name]
    _open(walk.page, image)
    walk.page.get_by_role("tab", name="Image").click()
    facts = walk.page.locator(".image-facts")
    expect(facts).to_contain_text(f"{outcome.width} × {outcome.height} px")
    expect(facts).to_contain_text(_shown_time(outcome))
    assert _stage_has_picture(walk.page)


def _shown_time(outcome: Accepted) -> str:
    return f"{datetime.fromisoformat(outcome.captured_at):%Y %H:%M:%S}" if outcome.captured_at else "not known"


def _stage_has_picture(page: Page) -> bool:
    loaded = page.locator("img.leaflet-tile-loaded")
    wait_until(lambda: loaded.count() > 0, timeout_s=15, what="a tile")
    return all(loaded.nth(index).evaluate("tile => tile.naturalWidth > 0") for index in range(loaded.count()))


def test_times_without_a_zone_are_the_surveys(walk: SimpleNamespace) -> None:
    local = datetime.fromisoformat(ACCEPTED["IMG_9354.jpg"].captured_at or "").replace(tzinfo=ZoneInfo(ZONE))
    assert datetime.fromisoformat(walk.images["IMG_9354.jpg"]["captured_at"]) == local


def test_a_position_is_exact_for_the_owner_and_about_for_a_viewer(walk: SimpleNamespace) -> None:
    image = walk.images["IMG_9354.jpg"]
    latitude, longitude = ACCEPTED["IMG_9354.jpg"].position
    assert (image["position"]["latitude"], image["position"]["longitude"]) == pytest.approx(
        (latitude, longitude), abs=1e-5
    )
    token = walk.page.context.cookies()
    csrf = next(cookie["value"] for cookie in token if cookie["name"] == "csrftoken")
    added = walk.page.request.post(
        "/api/v1/surveys/ruaha/members/", data={"username": "petra", "role": "viewer"}, headers={"X-CSRFToken": csrf}
    )
    assert added.ok, added.text()
    theirs = walk.pages(base_url=walk.stack.url)
    _log_in(theirs, "petra")
    _open(theirs, image)
    theirs.get_by_role("tab", name="Image").click()
    expect(theirs.locator("[data-fact=position]")).to_have_text("about 30.15, -98.05")
    original = theirs.request.get(f"/api/v1/images/{image['id']}/original").body()
    with Pillow.open(io.BytesIO(original)) as picture:
        assert picture.size == (4000, 3000)
        assert dict(picture.getexif().get_ifd(0x8825)) == {}


def test_boxes_are_drawn_where_the_api_says(walk: SimpleNamespace) -> None:
    image = walk.images["koger_4096x2160.jpg"]
    columns = walk.page.request.get(f"/api/v1/images/{image['id']}/detections/").json()
    best = int(np.argmax(columns["score"]))
    left, top, right, bottom = (columns[side][best] for side in ("left", "top", "right", "bottom"))
    _open(walk.page, image, f"#x={(left + right) / 2}&y={(top + bottom) / 2}&s=1")
    stage = walk.page.locator("[data-part=map]").bounding_box()
    shown, hidden = _screen(walk.page), _without_boxes(walk.page)
    changed = np.abs(shown.astype(int) - hidden.astype(int)).max(axis=2) > 30
    x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
    edge = changed[
        round(y - (bottom - top) / 2) - 3 : round(y - (bottom - top) / 2) + 4,
        round(x - (right - left) / 2) : round(x + (right - left) / 2),
    ]
    assert edge.any(axis=0).mean() > 0.35, "dashes along the upper edge"


def _screen(page: Page) -> np.ndarray:
    page.mouse.move(5, 5)
    return np.asarray(Pillow.open(io.BytesIO(page.screenshot())).convert("RGB"))


def _without_boxes(page: Page) -> np.ndarray:
    page.keyboard.press("o")
    page.wait_for_timeout(300)
    return _screen(page)


def test_tables_agree_with_api_and_rows(walk: SimpleNamespace) -> None:
    rows = _table(walk, "detection_counts")
    (run,) = walk.page.request.get("/api/v1/surveys/ruaha/runs/").json()["results"]
    assert len(rows) == len(EXPECTED) * len(run["labels"])
    counted: dict[str, int] = {}
    for row in rows:
        if row["file_name"] in ACCEPTED:
            counted[row["file_name"]] = counted.get(row["file_name"], 0) + int(row["n_detections"])
    assert counted == {name: walk.images[name]["n_detections"] for name in ACCEPTED}
    stored = dict(
        walk.stack.sql(
            "select file_name, count(*) from inference_detection d join surveys_image i on i.id = d.image_id group by 1"
        )
    )
    assert {name: n for name, n in counted.items() if n} == stored
    assert len(_table(walk, "detections")) == sum(stored.values())


def test_a_zero_is_a_searched_image_and_a_failed_one_is_blank(walk: SimpleNamespace) -> None:
    rows = _table(walk, "detection_counts")
    assert {row["n_detections"] for row in rows if row["file_name"] in REFUSED} == {""}
    empty = [name for name in ACCEPTED if walk.images[name]["n_detections"] == 0]
    assert empty, "some image must be searched and empty for this to prove anything"
    assert {row["n_detections"] for row in rows if row["file_name"] in empty} == {"0"}
    wide = {row["file_name"]: row for row in _table(walk, "image_counts_wide")}
    assert wide[empty[0]]["bird"] == "0"
    assert wide[sorted(REFUSED)[0]]["bird"] == ""


def test_the_survey_holds_together(walk: SimpleNamespace) -> None:
    assert walk.stack.manage("verify_survey", "ruaha").strip() == ""


def test_nothing_went_wrong_in_the_browser(walk: SimpleNamespace) -> None:
    assert walk.pages.problems == []
