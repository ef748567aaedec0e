"""What is walked with, and who walks: the files, their outcomes, Ruth's and Petra's pages."""

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.chromium import PageFactory
from tests.imaging.measured import peak_mb
from tests.imaging.outcomes import OUTCOMES, Accepted, Refused
from tests.services import Stack, wait_until

ZONE = "Africa/Dar_es_Salaam"
NAMES = sorted(name for name in OUTCOMES if name.startswith(("odd/", "sealions/test/"))) + [
    "caliterra/IMG_9354.jpg",
    "caliterra/IMG_9360.jpg",
    "buffalo/koger_4096x2160.jpg",
]
PATHS = {Path(name).name: name for name in NAMES}
ACCEPTED = {name: outcome for name, path in PATHS.items() if isinstance(outcome := OUTCOMES[path], Accepted)}
REFUSED = {name: outcome for name, path in PATHS.items() if isinstance(outcome := OUTCOMES[path], Refused)}
PASSWORD = "tree-on-the-plain"
PEOPLE = f"""
from django.contrib.auth import get_user_model
for name in ("ruth", "petra"):
    get_user_model().objects.create_user(name, password="{PASSWORD}")
"""


@dataclass
class Walk:
    """`page` is that of Ruth, who owns the survey; `theirs` that of Petra, who may only look. `images` as the API tells
    Ruth, by file name; `said_on_upload` what the upload page said of each refused file; `peaks_mb` the memory of each
    process of the worker that was there before the refused files came, when they were through."""

    stack: Stack
    pages: PageFactory
    page: Page
    theirs: Page
    images: dict[str, dict[str, Any]] = field(default_factory=dict)
    said_on_upload: dict[str, str] = field(default_factory=dict)
    peaks_mb: dict[int, float] = field(default_factory=dict)

    def table(self, name: str) -> list[dict[str, str]]:
        """A table as Ruth downloads it from the page of counts."""
        self.page.goto("/surveys/ruaha/counts/")
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name=f"{name}.csv", exact=True).click()
        with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


def log_in(page: Page, name: str) -> None:
    page.goto("/login/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


def make_survey(page: Page) -> None:
    page.goto("/surveys/new/")
    page.fill("input[name=name]", "Ruaha")
    page.select_option("select[name=time_zone]", ZONE)
    page.get_by_label("yolox-nano").check()
    page.locator("main form .btn-primary").click()
    page.wait_for_url(re.compile("/surveys/ruaha/"))
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    member = {"username": "petra", "role": "viewer"}
    headers = {"X-CSRFToken": cookies["csrftoken"]}
    added = page.request.post("/api/v1/surveys/ruaha/members/", data=member, headers=headers)
    assert added.ok, added.text()


def bring_in_refused(walk: Walk, worker: int, files: list[Path]) -> None:
    """They come first, so that no search of another image adds to the memory that they take."""
    children = children_of(worker)
    _upload(walk.page, files)
    rows = walk.page.locator(".upload-rows li[data-state=refused]")
    wait_until(lambda: rows.count() == len(files), timeout_s=120, what="every bad file to be refused")
    shown = ((row.locator(".name").text_content(), row.locator(".why").text_content()) for row in rows.all())
    walk.said_on_upload = dict(shown)
    walk.peaks_mb = {child: peak_mb(child) for child in children}


def bring_in_accepted(walk: Walk, files: list[Path]) -> None:
    _upload(walk.page, files)
    wait_until(lambda: len(images_of(walk.page)) == len(PATHS), timeout_s=120, what="every file to arrive")
    wait_until(lambda: _is_over(walk.page), timeout_s=600, what="every image to be read and searched")
    walk.images = images_of(walk.page)


def _upload(page: Page, files: list[Path]) -> None:
    page.goto("/surveys/ruaha/upload/", wait_until="networkidle")
    page.locator("[data-part=input-files]").set_input_files(files)


def images_of(page: Page) -> dict[str, dict[str, Any]]:
    """As the API tells whose page it is, by file name."""
    found, url = [], "/api/v1/surveys/ruaha/images/"
    while url:
        answer = page.request.get(url).json()
        found, url = found + answer["results"], answer["next"]
    return {image["file_name"]: image for image in found}


def _is_over(page: Page) -> bool:
    states = [image["states"] for image in images_of(page).values()]
    return all(state["ingest"] == "failed" or state["search"] in ("searched", "failed") for state in states)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def open_image(page: Page, image: dict[str, Any], place: str = "") -> None:
    page.goto("about:blank")  # or only another place of the same image would be gone to
    page.goto(f"/images/{image['id']}/{place}")
    page.wait_for_selector("[data-module=viewer][data-ready]")
    page.wait_for_load_state("networkidle")
    page.mouse.move(5, 5)
