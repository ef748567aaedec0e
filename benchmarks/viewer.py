"""The image page in Chromium with 10,000 boxes: how much later than with 100 they are drawn, and how evenly it pans
against the page without any."""

import os
import random
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.report import report
from benchmarks.running import free_port, running
from benchmarks.scene import camera_jpeg

WIDTH, HEIGHT = 8256, 5504
FEW, MANY = 100, 10_000
ROUNDS = 5
DRAWN_LATER_LIMIT_MS, PAN_LIMIT = 250.0, 2.0

SAMPLE_FRAMES = """() => { window.frames_ms = []; let last = performance.now();
  const next = (now) => { window.frames_ms.push(now - last); last = now; ask(); };
  const ask = () => { window.sampling = requestAnimationFrame(next); };
  ask(); }"""
TAKE_FRAMES = "() => { cancelAnimationFrame(window.sampling); return window.frames_ms.slice(1); }"


class Figures(NamedTuple):
    drawn_ms: float  # from the start of the navigation
    p95_frame_ms: float  # while the image is dragged


def main() -> None:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("Chromium is absent: install the package chromium.")
    with tempfile.TemporaryDirectory() as name:
        session, images = _prepare(Path(name))
        port = free_port()
        command = [sys.executable, "manage.py", "web", "--port", str(port)]
        with running(command, port, dict(os.environ)), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            found: dict[int, list[Figures]] = {n: [] for n in images}
            for _ in range(1 + ROUNDS):
                for n, image in images.items():
                    found[n].append(_measure(browser, port, session, image))
            browser.close()
    _report({n: found[n][1:] for n in found})  # the first look warms the caches


def _prepare(folder: Path) -> tuple[str, dict[int, UUID]]:
    """A survey with three alike images of 0, 100 and 10,000 boxes, and the session of somebody who may see them."""
    os.environ.update(DATA_DIR=str(folder), DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="ERROR")
    for name in ("STORAGE_URL", "DATABASE_URL"):
        os.environ.pop(name, None)
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)
    call_command("collectstatic", verbosity=0, interactive=False, skip_checks=True)
    return _make_rows(folder)


def _make_rows(folder: Path) -> tuple[str, dict[int, UUID]]:
    from django.test import Client

    from tests.factories.inference import make_run
    from tests.factories.surveys import make_survey, make_user

    owner = make_user("owner")
    run = make_run(make_survey(owner=owner))
    jpeg = folder / "image.jpg"
    jpeg.write_bytes(camera_jpeg(WIDTH, HEIGHT))
    images = {n: _make_image(run, jpeg, n) for n in (0, FEW, MANY)}
    client = Client()
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value, images


def _make_image(run: Any, jpeg: Path, n_boxes: int) -> UUID:
    from imaging.preview import check_and_preview
    from imaging.pyramid import write_pyramid_from_file
    from inference.models import Detection
    from surveys.files import preview_path, pyramid_path
    from tests.factories.inference import make_result_set
    from tests.factories.surveys import make_image

    facts = {"search_state": "searched", "n_detections": n_boxes, "pyramid_state": "ready"}
    image = make_image(survey=run.survey, width=WIDTH, height=HEIGHT, **facts)
    check_and_preview(jpeg, preview_path(image.pk))
    write_pyramid_from_file(jpeg, pyramid_path(image.pk))
    make_result_set(run, image, state="searched", n_detections=n_boxes, searched_at="2026-01-01T00:00Z")
    boxes = [Detection(run=run, image=image, **box) for box in _boxes(n_boxes)]
    Detection.objects.bulk_create(boxes, batch_size=2000)
    return image.pk


def _boxes(n: int) -> list[dict[str, Any]]:
    choose = random.Random(1)
    boxes = []
    for _ in range(n):
        left, top = choose.uniform(0, WIDTH - 90), choose.uniform(0, HEIGHT - 90)
        sides = {"right": left + choose.uniform(20, 90), "bottom": top + choose.uniform(20, 90)}
        facts = {"label": choose.choice(("buffalo", "zebra")), "score": choose.uniform(0.25, 1)}
        boxes.append({"left": left, "top": top, **sides, **facts})
    return boxes


def _measure(browser: Browser, port: int, session: str, image: UUID) -> Figures:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=f"http://127.0.0.1:{port}")
    context.add_cookies([{"name": "sessionid", "value": session, "url": f"http://127.0.0.1:{port}"}])
    page = context.new_page()
    page.goto(f"/images/{image}/")
    page.wait_for_function("() => performance.getEntriesByName('boxes-drawn').length > 0")
    drawn = page.evaluate("performance.getEntriesByName('boxes-drawn')[0].startTime")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("+")
    page.wait_for_load_state("networkidle")
    frames = _drag_about(page)
    context.close()
    return Figures(drawn, statistics.quantiles(frames, n=20)[-1])


def _drag_about(page: Page) -> list[float]:
    """Frame times in ms of some drags to and fro, with the drawing at the end of each."""
    page.evaluate(SAMPLE_FRAMES)
    for turn in range(6):
        start, end = ((300, 600), (800, 300)) if turn % 2 else ((800, 300), (300, 600))
        page.mouse.move(*start)
        page.mouse.down()
        page.mouse.move(*end, steps=40)
        page.mouse.up()
        page.wait_for_timeout(300)
    frames: list[float] = page.evaluate(TAKE_FRAMES)
    return frames


def _report(found: dict[int, list[Figures]]) -> None:
    drawn = {n: statistics.median(figures.drawn_ms for figures in found[n]) for n in found}
    frame = {n: statistics.median(figures.p95_frame_ms for figures in found[n]) for n in found}
    print(f"drawn after {drawn[FEW]:.0f} ms with {FEW} boxes, {drawn[MANY]:.0f} ms with {MANY}", file=sys.stderr)
    report(
        bench="viewer",
        ratio=frame[MANY] / frame[0],
        limit=PAN_LIMIT,
        ours=frame[MANY],
        reference=frame[0],
        unit="ms a pan frame, p95",
        also={"drawn_later_ms": (drawn[MANY] - drawn[FEW], DRAWN_LATER_LIMIT_MS)},
    )


if __name__ == "__main__":
    main()
