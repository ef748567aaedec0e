"""The first hour: an empty folder, one command, killed half-way and given again, a login, boxes where animals are."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from config.environment import STARTER
from config.sample_images import SAMPLE_IMAGES
from inference.engine import Boxes, load_card
from inference.engine.evaluation import Tally, match, tally, tally_by_label
from tests.chromium import PageFactory
from tests.services import Stack, wait_until
from training.render import KINDS

pytestmark = pytest.mark.slow

LINES = re.compile(r"^Kopje is ready: (http://\S+)\nLogin: demo / (\S+)$", re.MULTILINE)
SLUG = "sample-survey"


def start(stack: Stack, name: str) -> tuple[subprocess.Popen[bytes], Path]:
    process = stack.start("up", "--demo", "--port", str(stack.port), name=name)
    return process, stack.folder / f"{name}.log"


def wait_for_lines(log: Path, *, timeout_s: float) -> tuple[str, str]:
    found = wait_until(lambda: LINES.search(log.read_text()), timeout_s=timeout_s, what="the two lines")
    return found[1], found[2]


def pull_the_plug(process: subprocess.Popen[bytes]) -> None:
    """Every process at once, the supervisor first, so that it starts nothing again."""
    for pid in [process.pid, *descendants(process.pid)]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait(10)


def descendants(pid: int) -> list[int]:
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    threads = [task for task in Path(f"/proc/{pid}/task").iterdir() if task.name != str(pid)]
    children += [int(child) for task in threads for child in (task / "children").read_text().split()]
    return [found for child in children for found in (child, *descendants(child))]


def count(stack: Stack, table: str, where: str = "1 = 1") -> int:
    return int(stack.sql(f"select count(*) from {table} where {where}")[0][0])


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[SimpleNamespace]:
    """A first start that is killed when a few images are searched; then the same command again, to its end."""
    stack = Stack(tmp_path_factory.mktemp("hour"), JOB_LEASE_S="3", JOB_RETRY_WAIT_S="0")
    pages = PageFactory(browser)
    try:
        process, _log = start(stack, "killed")
        wait_until(lambda: is_half_way(stack), timeout_s=300, what="a few images of the sample survey to be searched")
        pull_the_plug(process)
        n_before = count(stack, "surveys_image")
        process, log = start(stack, "up")
        url, password = wait_for_lines(log, timeout_s=420)
        page = pages(base_url=url)
        log_in(page, password)
        yield SimpleNamespace(
            stack=stack, process=process, n_before=n_before, page=page, password=password, images=images_of(page)
        )
        assert pages.problems == []
    finally:
        pages.close()
        stack.stop()
        stack.print_logs()


def is_half_way(stack: Stack) -> bool:
    with suppress(Exception):  # the tables are being made
        return count(stack, "surveys_image", "search_state = 'searched'") >= 3
    return False


def log_in(page: Page, password: str) -> None:
    page.goto("/login/")
    page.fill("input[name=username]", "demo")
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


def images_of(page: Page) -> dict[str, dict[str, Any]]:
    answer = page.request.get(f"/api/v1/surveys/{SLUG}/images/").json()
    return {image["file_name"]: image for image in answer["results"]}


def test_after_a_kill_the_first_start_goes_on_and_doubles_nothing(hour: SimpleNamespace) -> None:
    assert 3 <= hour.n_before < 12, "the kill came in the middle"
    assert set(hour.images) == {image.file_name for image in SAMPLE_IMAGES}
    assert {image["states"]["search"] for image in hour.images.values()} == {"searched"}
    tables = ("surveys_survey", "surveys_image", "surveys_upload", "inference_resultset", "inference_run")
    assert [count(hour.stack, table) for table in tables] == [1, 12, 12, 12, 1]
    assert hour.stack.manage("verify_survey", SLUG).strip() == ""


def test_images_know_their_transect_their_camera_their_time_and_their_place(hour: SimpleNamespace) -> None:
    for planned in SAMPLE_IMAGES:
        image = hour.images[planned.file_name]
        assert (image["width"], image["height"], image["transect"]) == (6000, 4000, planned.transect)
        assert image["camera"] == {"L": "left", "R": "right"}[planned.side]
        assert image["position"]["latitude"] == pytest.approx(planned.latitude, abs=1e-5)
        assert image["captured_at"].startswith(f"{planned.taken_at:%Y-%m-%d}")


@pytest.fixture(scope="module")
def tallies(hour: SimpleNamespace) -> dict[str, Tally]:
    """What the API answers against what the renderer drew: by kind, and under "" for all, whatever they are called."""
    sums = dict.fromkeys(("", *KINDS), Tally())
    for name, image in hour.images.items():
        truth = json.loads((hour.stack.folder / "data" / "sample_truth" / f"{name}.json").read_text())
        known = Boxes.of([one["box"] for one in truth], [1] * len(truth), [KINDS.index(one["label"]) for one in truth])
        found = found_on(hour.page, image)
        partner = match(found, known)
        for kind, one in {"": tally(found, known, partner), **tally_by_label(found, known, partner, KINDS)}.items():
            sums[kind] += one
    for kind, one in sums.items():
        print(f"{kind or 'all':10} {one.wanted:4} animals, recall {one.recall:.3f}, precision {one.precision:.3f}")
    return sums


def test_every_kind_is_somewhere_in_the_sample_survey(tallies: dict[str, Tally]) -> None:
    assert all(one.wanted for one in tallies.values())


def test_the_boxes_are_about_as_good_as_the_card_says(tallies: dict[str, Tally]) -> None:
    said = load_card(STARTER).metrics["rendered_scenes"]
    assert tallies[""].recall > said["recall"] - 0.15
    assert tallies[""].precision > said["precision"] - 0.15


def test_the_boxes_are_where_the_renderer_drew_animals(tallies: dict[str, Tally]) -> None:
    assert tallies[""].recall >= 0.9
    assert tallies[""].precision >= 0.9


def found_on(page: Page, image: dict[str, Any]) -> Boxes:
    columns = page.request.get(f"/api/v1/images/{image['id']}/detections/").json()
    corners = list(zip(*(columns[side] for side in ("left", "top", "right", "bottom")), strict=True))
    return Boxes.of(corners, columns["score"], [KINDS.index(columns["labels"][label]) for label in columns["label"]])


def test_an_image_opens_from_the_grid_with_its_boxes(hour: SimpleNamespace) -> None:
    page, image = hour.page, max(hour.images.values(), key=lambda image: image["n_detections"])
    page.goto(f"/surveys/{SLUG}/images/")
    page.get_by_role("link", name=image["file_name"]).first.click()
    page.wait_for_url(re.compile(f"/images/{image['id']}/"))
    page.wait_for_selector("[data-module=viewer][data-ready]")
    expect(page.locator("[data-shown]")).to_have_text(f"{image['n_detections']} of {image['n_detections']} shown")
    wait_until(lambda: page.locator("img.leaflet-tile-loaded").count() > 0, timeout_s=15, what="a tile")


def test_the_pages_say_that_the_survey_is_not_real(hour: SimpleNamespace) -> None:
    hour.page.goto(f"/surveys/{SLUG}/")
    expect(hour.page.locator("h1").first).to_contain_text("rendered")
    expect(hour.page.locator("body")).to_contain_text("Not real")


def test_a_second_start_is_quick_and_keeps_everything(hour: SimpleNamespace) -> None:
    hour.process.send_signal(signal.SIGINT)
    assert hour.process.wait(30) == 0
    detections, began_at = count(hour.stack, "inference_detection"), time.monotonic()
    hour.process, log = start(hour.stack, "second")
    _url, password = wait_for_lines(log, timeout_s=60)
    took_s = time.monotonic() - began_at
    print(f"the second start took {took_s:.1f} s")
    assert took_s < 15
    assert password == hour.password
    assert (count(hour.stack, "surveys_image"), count(hour.stack, "inference_detection")) == (12, detections)
