"""The upload page in Chromium, against the real processes."""

import hashlib
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image as Pillow
from playwright.sync_api import Page, expect

from tests.services import Stack, wait_until
from tests.uploads.conftest import MAKE_PEOPLE

pytestmark = [pytest.mark.slow]


def jpeg(number: int, size: int = 400) -> bytes:
    noise = Pillow.effect_noise((size, size), 60 + number).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=90)
    return out.getvalue()


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A card with three images, a broken one, a flight log and what a Mac leaves behind."""
    folder = tmp_path / "card"
    (folder / "DCIM" / "100").mkdir(parents=True)
    for number in range(3):
        (folder / "DCIM" / "100" / f"DSC_{number}.JPG").write_bytes(jpeg(number))
    (folder / "DCIM" / "DSC_9.JPG").write_bytes(jpeg(9)[:-3000])
    (folder / "DCIM" / "flight.csv").write_text("a,b")
    (folder / "DCIM" / "._DSC_1.JPG").write_bytes(b"x")
    return folder


@pytest.fixture
def open_page(make_stack: Callable[..., Stack], page_at, login) -> Callable[..., Page]:
    """The upload page of a Kopje; `open_page(everything=False)` has a web process only."""

    def open_it(
        *, everything: bool = True, width: int = 1440, theme: str = "light", via: Callable[[Stack], str] | None = None
    ) -> Page:
        stack = make_stack()
        stack.shell(MAKE_PEOPLE)
        stack.start_web()
        if everything:
            stack.start_dispatcher()
            stack.start_worker(concurrency=1)
        page = page_at(width, theme)
        url = via(stack) if via else stack.url
        login(page, url, "ana")
        page.goto(f"{url}/surveys/ruaha/upload/", wait_until="networkidle")
        page.stack = stack
        return page

    return open_it


def choose(page: Page, files: list[Path] | Path, kind: str = "files") -> None:
    page.locator(f"[data-part=input-{kind}]").set_input_files(files)


def row(page: Page, name: str):
    return page.locator(".upload-rows li").filter(has=page.get_by_text(name, exact=True))


def test_a_folder_is_brought_in_and_each_file_comes_to_its_end(open_page, card, page_at, assert_accessible):
    page = open_page()
    choose(page, card, "folder")
    expect(page.locator("[data-part=note]")).to_contain_text("Left out because they are no images: 1 (csv)")
    for number in range(3):
        expect(row(page, f"DSC_{number}.JPG")).to_have_attribute("data-state", "stored", timeout=60_000)
    refused = row(page, "DSC_9.JPG")
    expect(refused).to_have_attribute("data-state", "refused", timeout=30_000)
    expect(refused.locator(".why")).to_contain_text(re.compile("cut short|damaged"))
    expect(page.locator("[data-part=headline]")).to_have_text("3 of 4 files arrived. 1 could not be used.")
    assert_accessible(page)
    rows = page.stack.sql("SELECT file_name, path FROM surveys_image ORDER BY file_name")
    assert rows[0] == ("DSC_0.JPG", "card/DCIM/100")
    _add_again(page, card)
    page_at.problems.clear()  # the browser notes each answer of 409 as an error


def _add_again(page: Page, card: Path) -> None:
    """A day later the card is put in once more."""
    page.reload()
    choose(page, card, "folder")
    for number in range(3):
        expect(row(page, f"DSC_{number}.JPG")).to_have_attribute("data-state", "duplicate", timeout=30_000)
    expect(row(page, "DSC_1.JPG").get_by_role("link")).to_have_attribute("href", re.compile("/images/[0-9a-f-]+/"))
    assert len(page.stack.sql("SELECT id FROM surveys_image")) <= 5  # the broken one may be sent again


def test_a_line_that_breaks_holds_the_queue_and_it_goes_on_by_itself(open_page, tmp_path, cutter, page_at):
    files = []
    for number in range(3):
        files.append(tmp_path / f"big_{number}.jpg")
        files[-1].write_bytes(jpeg(number) + bytes([number]) * 9_000_000)
    page = open_page(everything=False, via=lambda stack: _line_to(stack, cutter))
    line = cutter.lines[0]
    line.after = 3_000_000
    choose(page, files)
    wait_until(lambda: line.breaks >= 3, timeout_s=30, what="three breaks")
    line.heal()
    expect(page.locator("[data-part=headline]")).to_have_text("3 of 3 files arrived.", timeout=60_000)
    stored = sorted((page.stack.folder / "data" / "store" / "originals").glob("*/*"))
    assert {_sum(path) for path in stored} == {_sum(path) for path in files}
    page_at.problems.clear()


def _line_to(stack: Stack, cutter) -> str:
    return cutter.to(stack.port).url


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_pausing_stops_and_going_on_after_a_reload_sends_only_the_rest(open_page, tmp_path, cutter, page_at):
    file = tmp_path / "huge.jpg"
    file.write_bytes(jpeg(1) + bytes(40_000_000))
    page = open_page(everything=False, via=lambda stack: _line_to(stack, cutter))
    line = cutter.lines[0]
    line.bytes_per_second = 8_000_000
    choose(page, [file])
    wait_until(lambda: line.carried > 15_000_000, timeout_s=60, what="some of the file")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    line.bytes_per_second = None
    carried = line.carried
    choose(page, [file])
    expect(page.locator("[data-part=headline]")).to_have_text("1 of 1 files arrived.", timeout=60_000)
    assert line.carried - carried < 30_000_000
    assert [_sum(path) for path in (page.stack.folder / "data" / "store" / "originals").glob("*/*")] == [_sum(file)]


def test_who_is_logged_out_meanwhile_logs_in_elsewhere_and_it_goes_on(open_page, tmp_path, page_at):
    file = tmp_path / "a.jpg"
    file.write_bytes(jpeg(1))
    page = open_page(everything=False)
    page.stack.shell("from django.contrib.sessions.models import Session; Session.objects.all().delete()")
    choose(page, [file])
    expect(page.locator("[data-part=hold]")).to_contain_text("Log in again in another tab")
    other = page.context.new_page()
    other.goto(f"{page.stack.url}/login/")
    other.fill("input[name=username]", "ana")
    other.fill("input[name=password]", "tree-on-the-plain")
    other.press("input[name=password]", "Enter")
    expect(page.locator("[data-part=headline]")).to_have_text("1 of 1 files arrived.", timeout=60_000)
    page_at.problems.clear()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_files_are_dropped_and_the_page_is_narrow(open_page, assert_accessible, theme):
    page = open_page(everything=False, width=390, theme=theme)
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(["<html>"], "a-rather-long-name-of-an-image-from-the-north-camera-0001.jpg"));
          document.querySelector("[data-part=drop]").dispatchEvent(
            new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }"""
    )
    expect(page.locator(".upload-rows li")).to_have_attribute("data-state", "arrived", timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert_accessible(page)


def test_a_file_that_is_too_large_is_refused_without_being_sent(open_page, tmp_path):
    file = tmp_path / "large.jpg"
    with file.open("wb") as out:
        out.truncate(512 * 2**20 + 1)
    page = open_page(everything=False)
    choose(page, [file])
    expect(row(page, "large.jpg").locator(".why")).to_contain_text("An image may have at most 512 MB")
    row(page, "large.jpg").get_by_role("button", name="Remove").click()
    expect(page.locator(".upload-rows li")).to_have_count(0)
    assert page.stack.sql("SELECT id FROM surveys_upload") == []
