"""Reviewing an image of 10,000 boxes in Chromium against one of 100: from a key to the paint that shows what it did;
and how much memory two thousand verdicts leave behind."""

import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.many_boxes import page_of, prepare
from benchmarks.report import report
from benchmarks.running import free_port, running

FEW, MANY = 100, 10_000
KEYS = {"confirm": "c", "next": "n", "filter": "f"}
PRESSES, ROUNDS = 30, 2
PAUSE_MS = 250  # a quick reviewer; by then the answer has come, and the map has moved
RATIO_LIMIT, P95_LIMIT_MS = 3.0, 120.0
ACTIONS, HEAP_LIMIT_MB = 2000, 20.0
MEMORY_KEYS = "cnrnczyu"  # verdicts, steps, undo and redo, as people mix them

# A frame is on its way to the screen when a message sent from its callback arrives.
WATCH = """() => { window.painted_ms = [];
  document.addEventListener("keydown", (event) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.painted_ms.push(performance.now() - event.timeStamp);
    channel.port2.postMessage(0);
  }), { capture: true }); }"""


def main() -> None:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("Chromium is absent: install the package chromium.")
    with tempfile.TemporaryDirectory() as name:
        session, images = prepare(Path(name), (FEW, MANY))
        port = free_port()
        command = [sys.executable, "manage.py", "web", "--port", str(port)]
        with running(command, port, dict(os.environ)), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            found = _measure_both(browser, port, session, images)
            grown = _heap_growth_mb(page_of(browser, port, session, images[MANY]))
            browser.close()
    _report(found, grown)


def _measure_both(
    browser: Browser, port: int, session: str, images: dict[int, UUID]
) -> dict[int, dict[str, list[float]]]:
    found: dict[int, dict[str, list[float]]] = {n: {name: [] for name in KEYS} for n in images}
    for turn in range(1 + ROUNDS):
        for n, image in images.items():
            page = page_of(browser, port, session, image)
            times = _measure(page)
            page.context.close()
            if turn:  # the first look warms the caches
                for name in KEYS:
                    found[n][name] += times[name]
    return found


def _measure(page: Page) -> dict[str, list[float]]:
    """Milliseconds from a key to its paint; the filter hides about half of the boxes."""
    page.wait_for_load_state("networkidle")
    page.locator("#min-score").fill("0.6")
    page.keyboard.press("n")
    page.wait_for_load_state("networkidle")
    page.evaluate(WATCH)
    return {name: _times(page, key) for name, key in KEYS.items()}


def _times(page: Page, key: str) -> list[float]:
    page.evaluate("() => { window.painted_ms = []; }")
    for n in range(PRESSES):
        page.keyboard.press(key)
        page.wait_for_function("(n) => window.painted_ms.length > n", arg=n)
        page.wait_for_timeout(PAUSE_MS)
    times: list[float] = page.evaluate("window.painted_ms")
    return times


def _heap_growth_mb(page: Page) -> float:
    page.wait_for_load_state("networkidle")
    page.keyboard.press("n")
    _press_many(page, 100)
    before = _heap_mb(page)
    _press_many(page, ACTIONS)
    return _heap_mb(page) - before


def _press_many(page: Page, n: int) -> None:
    for turn in range(n):
        page.keyboard.press(MEMORY_KEYS[turn % len(MEMORY_KEYS)])
    saved = "document.querySelector('[data-part=saving]').textContent === 'Saved'"
    page.wait_for_function(f"() => {saved}", timeout=300_000)


def _heap_mb(page: Page) -> float:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used: float = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return used / 1e6


def _report(found: dict[int, dict[str, list[float]]], grown: float) -> None:
    median = {n: {name: statistics.median(times) for name, times in of.items()} for n, of in found.items()}
    ratios = {name: median[MANY][name] / median[FEW][name] for name in KEYS}
    p95 = {name: statistics.quantiles(found[MANY][name], n=20)[-1] for name in KEYS}
    for name in KEYS:
        print(f"{name}: {median[FEW][name]:.1f} and {median[MANY][name]:.1f} ms to paint", file=sys.stderr)
    worst = max(ratios, key=ratios.__getitem__)
    report(
        bench="viewer-review",
        ratio=ratios[worst],
        limit=RATIO_LIMIT,
        ours=median[MANY][worst],
        reference=median[FEW][worst],
        unit=f"ms to paint after {worst}, the slowest of {', '.join(KEYS)}",
        also={f"{name}_p95_ms": (value, P95_LIMIT_MS) for name, value in p95.items()}
        | {"heap_growth_mb": (grown, HEAP_LIMIT_MB)},
    )


if __name__ == "__main__":
    main()
