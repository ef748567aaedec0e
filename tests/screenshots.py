"""Pictures of every page for the documents: `make pictures`, or `python -m tests.screenshots`.

Without --url it starts a demonstration of its own in a temporary folder, waits for the sample survey, brings in two
broken files and a survey without images, and looks at every page: light and dark at 1280 pixels, light at 390.
With --url and --login it looks at a Kopje that runs already, and changes nothing there but these.
"""

import argparse
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
import numpy as np
import simplejpeg
from PIL import Image as Picture
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()  # what tests share is made of models

from tests.chromium import find_chromium  # noqa: E402
from tests.nursery import Child  # noqa: E402
from tests.pages import PAGES, ShownPage  # noqa: E402
from tests.picture_scene import BLANK, SAMPLE  # noqa: E402
from tests.services import ROOT, Stack, wait_until  # noqa: E402

OUT = ROOT / "docs" / "pictures"
READY = re.compile(r"^Kopje is ready: (\S+)\nLogin: (\S+) / (\S+)$", re.MULTILINE)
PATIENCE_S = 600
IN_VIEW_PX = 350  # from the middle of a viewer at full size, about
TALLEST = 1500  # longer pages are cut: nobody scrolls through a picture
QUALITIES = (60, 48, 36, 28)
MOST_BYTES = 21_000
VERDICTS = ("confirmed", "confirmed", "confirmed", "rejected", "confirmed", "uncertain", "confirmed", "duplicate")
LINKS = "import json; from tests.picture_scene import prepare; print(json.dumps(prepare()))"


@dataclass(frozen=True)
class Look:
    """One way of looking at every page."""

    name: str
    width: int
    height: int
    theme: str


LOOKS = (Look("light", 1280, 800, "light"), Look("dark", 1280, 800, "dark"), Look("narrow", 390, 844, "light"))


@dataclass(frozen=True)
class Running:
    """A Kopje that can be looked at; `names` fill the addresses of pages."""

    url: str
    username: str
    password: str
    names: dict[str, str]


@contextmanager
def own_demonstration() -> Iterator[Running]:
    with tempfile.TemporaryDirectory(prefix="kopje-pictures-") as folder:
        stack = Stack(Path(folder))
        log = Path(folder) / "up.log"
        try:
            up = stack.start("up", "--demo", "--port", str(stack.port), name="up")
            found = wait_until(lambda: READY.search(log.read_text()), timeout_s=PATIENCE_S, what="the demonstration")
            yield Running(*found.groups(), names=json.loads(stack.shell(LINKS)))
        finally:
            up.terminate()
            with_patience(up)
            stack.stop()


def with_patience(process: Child) -> None:
    """Its own processes end with it, if it is let."""
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()


def broken_files() -> list[dict[str, Any]]:
    """A photograph of which half is missing, and a text that calls itself one."""
    pixels = np.random.default_rng(7).integers(0, 255, (60, 90, 3), np.uint8).repeat(20, 0).repeat(20, 1)
    jpeg = bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(pixels)))
    return [
        {"name": "T3_R_0013.jpg", "mimeType": "image/jpeg", "buffer": jpeg[: len(jpeg) // 2]},
        {"name": "field notes.jpg", "mimeType": "image/jpeg", "buffer": b"Wind from the east, 12 knots."},
    ]


def bring_in_broken_files(page: Page, out: Path) -> None:
    """And a picture of how the upload page tells of them."""
    page.goto(f"/surveys/{SAMPLE}/upload/")
    page.locator("input[type=file]:not([webkitdirectory])").set_input_files(broken_files())
    page.wait_for_selector(".upload-rows .why >> nth=1", timeout=60_000)
    save(page, out / "uploading.webp")


def images_of(page: Page) -> dict[str, str]:
    """One image with something to see, one that was searched and is empty, one that could not be read."""
    found = page.request.get(f"/api/v1/surveys/{SAMPLE}/images/?limit=200").json()["results"]
    searched = [image for image in found if image["states"]["search"] == "searched"]
    by_number = sorted(searched, key=lambda image: image["n_detections"])
    telling = max(by_number[-5:], key=lambda image: much_to_see(page, image["id"]))
    failed = next(image for image in found if image["states"]["ingest"] == "failed")
    return {"image": telling["id"], "empty": by_number[0]["id"], "failed": failed["id"]}


def begin_to_talk(page: Page, image_id: str) -> str:
    """A thread on the surest box, with an answer, and one on the whole image."""
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    image = f"/api/v1/images/{image_id}/"
    surest = page.request.get(f"{image}detections/").json()["id"][0]

    def say(text: str, **on: str) -> str:
        told = page.request.post(f"{image}comments/", data={"text": text, **on}, headers={"X-CSRFToken": token})
        return str(told.json()["id"])

    say("The light is low: shadows look like animals along the *left* edge.")
    first = say("A goat, or is it a sheep? Compare it with the ones on the next image.", detection=surest)
    say("A sheep, I think:\n\n- broad back\n- `1.2 m` long", parent=first)
    return first


def begin_to_judge(page: Page, images: dict[str, str]) -> None:
    """Some boxes of the telling image, and the image on which nothing was found: reviewed, empty."""
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")

    def say(path: str, verdict: str) -> None:
        told = page.request.post(f"/api/v1/{path}/reviews/", data={"verdict": verdict}, headers={"X-CSRFToken": token})
        assert told.status == 201, told.text()

    ids = page.request.get(f"/api/v1/images/{images['image']}/detections/").json()["id"]
    for box, verdict in zip(ids, VERDICTS, strict=False):
        say(f"detections/{box}", verdict)
    say(f"images/{images['empty']}", "reviewed")


def scan_a_little(page: Page, image_id: str, out: Path) -> None:
    """A picture of an image that is looked through screen by screen."""
    page.goto(f"/images/{image_id}/")
    page.wait_for_selector("[data-ready]")
    for _ in range(5):
        page.keyboard.press("s")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(1200)  # it counts once it has stood still
    save(page, out / "scanning.webp")


def much_to_see(page: Page, image_id: str) -> int:
    """Boxes that are in view when the surest one is: a herd makes a better picture than one animal and much grass."""
    boxes = page.request.get(f"/api/v1/images/{image_id}/detections/").json()
    x, y = boxes["left"][0], boxes["top"][0]
    return sum(
        abs(left - x) < IN_VIEW_PX and abs(top - y) < IN_VIEW_PX
        for left, top in zip(boxes["left"], boxes["top"], strict=True)
    )


def new_context(browser: Browser, running: Running, look: Look) -> BrowserContext:
    context = browser.new_context(
        base_url=running.url,
        viewport={"width": look.width, "height": look.height},
        color_scheme=look.theme,
        reduced_motion="reduce",
        locale="en-GB",
        service_workers="block",
    )
    context.add_init_script("try { localStorage.setItem('hints', 'none'); } catch { /* no storage there */ }")
    return context


def log_in(context: BrowserContext, running: Running) -> Page:
    page = context.new_page()
    page.goto("/login/")
    page.fill("input[name=username]", running.username)
    page.fill("input[name=password]", running.password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    return page


def open_page(page: Page, shown: ShownPage, names: dict[str, str]) -> None:
    page.goto(shown.path.format(**names))
    page.wait_for_load_state("networkidle")
    if shown.name == "viewer":
        page.wait_for_selector("[data-ready]")
        page.keyboard.press("n")  # the surest box, at a zoom at which there is something to see
        page.keyboard.press("=")
        page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(250)  # pictures that were decoded last are painted in the next frames


def save(page: Page, path: Path) -> None:
    """The whole page up to a height, as small as it stays legible."""
    height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
    width = page.viewport_size["width"] if page.viewport_size else 1280
    clip = {"x": 0, "y": 0, "width": width, "height": height}
    picture = Picture.open(io.BytesIO(page.screenshot(full_page=True, clip=clip))).convert("RGB")
    for quality in QUALITIES:
        kept = io.BytesIO()
        picture.save(kept, "WEBP", quality=quality, method=6)
        if kept.tell() <= MOST_BYTES:
            break
    path.write_bytes(kept.getvalue())


def take_all(browser: Browser, running: Running, out: Path, only: set[str]) -> None:
    names = {"slug": SAMPLE, "blank": BLANK, "model": "starter/1", **running.names}
    with new_context(browser, running, LOOKS[0]) as context:
        page = log_in(context, running)
        bring_in_broken_files(page, out)
        names |= images_of(page)
        names["comment"] = begin_to_talk(page, names["image"])
        begin_to_judge(page, names)
        scan_a_little(page, names["image"], out)
    for look in LOOKS:
        with new_context(browser, running, look) as mine, new_context(browser, running, look) as nobodys:
            mine_page, nobodys_page = log_in(mine, running), nobodys.new_page()
            for shown in PAGES:
                if only and shown.name not in only:
                    continue
                page = nobodys_page if shown.is_public else mine_page
                open_page(page, shown, names)
                save(page, out / f"{shown.name}-{look.name}.webp")
        print(f"{look.name}: done", flush=True)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--url", help="Of a Kopje that runs already, with the sample survey.")
    parser.add_argument("--login", help="username:password of its administrator.")
    parser.add_argument("--names", default="{}", help="JSON: the names of links that pages for strangers need.")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--only", nargs="*", default=[], help="Names of pages.")
    return parser.parse_args()


def main() -> None:
    given = read_arguments()
    executable = find_chromium()
    if executable is None:
        sys.exit("Chromium is absent: install the package chromium.")
    given.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        if given.url:
            running = Running(given.url, *given.login.split(":", 1), names=json.loads(given.names))
            take_all(browser, running, given.out, set(given.only))
        else:
            with own_demonstration() as running:
                take_all(browser, running, given.out, set(given.only))
        browser.close()
    pictures = list(given.out.glob("*.webp"))
    total = sum(picture.stat().st_size for picture in pictures)
    print(f"{len(pictures)} pictures, {total / 1e6:.1f} MB in {given.out}")


if __name__ == "__main__":
    main()
