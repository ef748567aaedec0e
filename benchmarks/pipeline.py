"""What Kopje adds to the detector: an image from its arrival to boxes and pyramid, through the real jobs on SQLite.

The other side hashes and decodes the same bytes once and encodes the same pixels: those of all levels of the pyramid,
which it finds ready made. For information it is also compared with encoding the full size alone. Every image holds
animals, so every one gets its pyramid. The detector is a fake of fixed cost; what it takes is measured and taken off.
"""

import atexit
import hashlib
import os
import shutil
import struct
import tempfile
import time
from pathlib import Path
from typing import Any

FOLDER = Path(tempfile.mkdtemp(prefix="kopje-pipeline-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
os.environ.update(DATA_DIR=str(FOLDER / "data"), DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="WARNING")
for name in ("DATABASE_URL", "STORAGE_URL", "BROKER_URL"):
    os.environ.pop(name, None)

import django

django.setup()

import numpy as np
import simplejpeg
from django.core.management import call_command
from PIL import Image as Pillow

from benchmarks.report import alternate_by, cpu_seconds, report
from benchmarks.scene import camera_jpeg
from imaging.pyramidfile import QUALITY, TILE
from inference.engine.backends.fake import FakeDetector
from inference.engine.card import ModelCard, PatchRule, write_card
from inference.models import ResultSet
from inference.registry import register_model
from inference.runs import start_run
from jobs import run
from jobs.models import Job
from surveys.files import original_path
from surveys.models import Image, Survey
from surveys.signals import image_uploaded

WIDTH, HEIGHT = 6000, 4000
RATIO_LIMIT, CPU_LIMIT_S = 1.6, 1.0
SECONDS_PER_PATCH = 0.01


def main() -> None:
    call_command("migrate", verbosity=0)
    survey = make_survey()
    content = camera_jpeg(WIDTH, HEIGHT)
    levels = levels_of(content)
    clock = watch(FakeDetector)
    ours, reference = alternate_by(
        lambda: process(survey, content, clock), lambda: cpu_seconds(lambda: bare(content, levels)), 7
    )
    full_size_only = cpu_seconds(lambda: bare(content, levels[:1]))
    results = ResultSet.objects.filter(state=ResultSet.State.SEARCHED, n_detections__gt=0)
    finished = Image.objects.filter(pyramid_state=Image.Pyramid.READY, pk__in=results.values("image")).count()
    assert finished == Image.objects.count(), f"{finished} of {Image.objects.count()} images went all the way"
    print(f"against one encode of the full size alone: {ours / full_size_only:.2f}")
    also = {"cpu_s_an_image": (ours, CPU_LIMIT_S)}
    report(
        bench="pipeline",
        ratio=ours / reference,
        limit=RATIO_LIMIT,
        ours=ours,
        reference=reference,
        unit="CPU s",
        also=also,
    )


def make_survey() -> Survey:
    """A survey that searches what comes in with a fake detector."""
    from django.contrib.auth import get_user_model

    owner = get_user_model().objects.create_user("bench")
    survey = Survey.objects.create(slug="bench", name="Bench", created_by=owner)
    start_run(survey, register_model(make_model(FOLDER / "model"), for_tests=True)[0], owner)
    run_jobs()
    return survey


def make_model(folder: Path) -> Path:
    folder.mkdir()
    costs = {"seconds_per_patch": SECONDS_PER_PATCH}
    patch = PatchRule(1024, 1024, 128)
    card = ModelCard("bench", "1", "fake", ("animal",), patch, 0.25, 0.5, settings=costs)
    write_card(card, folder)
    return folder


class Clock:
    seconds = 0.0


def watch(detector: type[FakeDetector]) -> Clock:
    """CPU seconds inside the detector, from now on."""
    clock, detect = Clock(), detector.detect

    def timed(self: FakeDetector, windows: Any) -> Any:
        start = time.process_time()
        found = detect(self, windows)
        clock.seconds += time.process_time() - start
        return found

    detector.detect = timed
    return clock


def levels_of(content: bytes) -> list[Any]:
    """The pixels of every level of the pyramid."""
    levels = [simplejpeg.decode_jpeg(content)]
    while max(levels[-1].shape[:2]) > TILE:
        levels.append(np.asarray(Pillow.fromarray(levels[-1]).reduce(2)))
    return levels


def process(survey: Survey, content: bytes, clock: Clock) -> float:
    """CPU seconds outside the detector for one image that has just arrived."""
    number = Image.objects.count()
    image = Image.objects.create(survey=survey, file_name=f"{number}.jpg", size_bytes=0)
    original_path(image.pk).write_bytes(with_comment(content, struct.pack(">Q", number)))
    image_uploaded.send(Image, image=image)
    clock.seconds = 0.0
    return cpu_seconds(run_jobs) - clock.seconds


def run_jobs() -> None:
    while job := Job.objects.live().order_by("id").first():
        run.run(job.pk)


def with_comment(content: bytes, comment: bytes) -> bytes:
    """The same image with another hash: a survey stores no file twice."""
    return content[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + content[2:]


def bare(content: bytes, levels: list[Any]) -> Any:
    hashlib.sha256(content).digest()
    simplejpeg.decode_jpeg(content)
    return [simplejpeg.encode_jpeg(pixels, quality=QUALITY, colorsubsampling="420") for pixels in levels]


if __name__ == "__main__":
    main()
