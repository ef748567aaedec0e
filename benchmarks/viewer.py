"""The image page in Chromium with 10,000 boxes: how much later than with 100 they are drawn, and how evenly it pans
against the page without any."""

import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.many_boxes import page_of, prepare
from benchmarks.report import report
from benchmarks.running import free_port, running

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
        session, images = prepare(Path(name), (0, FEW, MANY))
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


def _measure(browser: Browser, port: int, session: str, image: UUID) -> Figures:
    page = page_of(browser, port, session, image)
    drawn = page.evaluate("performance.getEntriesByName('boxes-drawn')[0].startTime")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("+")
    page.wait_for_load_state("networkidle")
    frames = _drag_about(page)
    page.context.close()
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
