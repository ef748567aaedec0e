"""From an empty data folder to "Kopje is ready": what `make demo` does once everything is installed.

The other side decodes the twelve images of the sample survey and asks the same model about their patches, with nothing
around it, on as many processes as there are processors. That leaves out what the first side does besides: starting six
processes, making a database, rendering 24 megapixels twelve times, reading, merging, writing boxes and pyramids.
"""

import multiprocessing
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import simplejpeg

from benchmarks.report import report
from benchmarks.running import ROOT, free_port
from inference.engine import SearchSettings, Window, load_card, load_detector, plan_patches

STARTER = ROOT / "models" / "starter"
N_IMAGES = 12
RATIO_LIMIT, LIMIT_S = 2.5, 90.0
PATIENCE_S = 600


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="kopje-demo-") as folder:
        data = Path(folder) / "data"
        ours = first_start(data)
        say_where_time_went(data / "kopje.sqlite3")
        again = first_start(data)
        originals = sorted(path for path in (data / "store" / "originals").glob("*/*"))
        assert len(originals) == N_IMAGES, f"{len(originals)} images of {N_IMAGES}"
        reference = bare(originals)
    also = {"seconds": (ours, LIMIT_S), "second_start_s": (again, 15.0)}
    report(bench="demo", ratio=ours / reference, limit=RATIO_LIMIT, ours=ours, reference=reference, unit="s", also=also)


def first_start(data: Path) -> float:
    """Seconds from the command to the line that says that it is ready."""
    began_at = time.perf_counter()
    with running(data) as process:
        for line in process.stdout or ():
            sys.stdout.write(f"{time.perf_counter() - began_at:6.1f} s  {line}")
            if re.match("Kopje is ready: http", line):
                return time.perf_counter() - began_at
    raise RuntimeError(f"`manage.py up --demo` ended with {process.returncode} before it was ready.")


def say_where_time_went(database: Path) -> None:
    """Jobs that run side by side share the processors: these seconds add up to more than went by."""
    seconds = "round(sum(julianday(finished_at) - julianday(started_at)) * 86400, 1)"
    with closing(sqlite3.connect(database)) as rows:
        for kind, n, spent in rows.execute(f"select kind, count(*), {seconds} from jobs_job group by kind"):
            print(f"{n:4} x {kind:14} {spent} s")


@contextmanager
def running(data: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "manage.py", "up", "--demo", "--port", str(free_port())]
    left_out = ("DATABASE_URL", "STORAGE_URL", "BROKER_URL", "LOG_LEVEL")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    environment |= {"DATA_DIR": str(data), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def bare(originals: list[Path]) -> float:
    """Seconds for decoding and forward passes alone, on all processors; their processes are warm before."""
    n_processes = len(os.sched_getaffinity(0))
    with multiprocessing.get_context("spawn").Pool(n_processes, _load, (STARTER,)) as pool:
        pool.map(_look, originals[:n_processes], chunksize=1)
        began_at = time.perf_counter()
        pool.map(_look, originals, chunksize=1)
        return time.perf_counter() - began_at


_loaded: Any = None


def _load(model: Path) -> None:
    global _loaded
    detector = load_detector(model, device="cpu", threads=1)
    _loaded = detector, SearchSettings.from_card(load_card(model))


def _look(path: Path) -> None:
    detector, settings = _loaded
    pixels = simplejpeg.decode_jpeg(path.read_bytes())
    height, width = pixels.shape[:2]
    size = {"patch_width": settings.patch_width, "patch_height": settings.patch_height, "overlap": settings.overlap}
    patches = [Window(pixels, patch).pixels for patch in plan_patches(width, height, **size)]
    at_once = detector.input.batch or settings.batch
    for at in range(0, len(patches), at_once):
        batch = detector.fit.batch(patches[at : at + at_once], detector.input.kind)
        detector.session.run(None, {detector.input.name: batch})


if __name__ == "__main__":
    main()
