"""A picture, written as a file, read, cut into patches and searched: all the way to boxes."""

import io
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from PIL import Image as Pillow

from config.doctor.finding import Finding
from config.environment import STARTER
from imaging.errors import UnreadableImageError
from inference.engine import EngineError, ModelCard, SearchSettings, load_card, load_detector, search_image, write_card
from inference.engine.card import CARD_FILE, PatchRule
from inference.pixels import open_pixels

WIDTH, HEIGHT = 1600, 1200
SEED = 8
FAKE_SPACING = 400  # the fake detector sees an animal in the middle of every cell of so many px
FAKE = ModelCard(
    name="doctor",
    version="1",
    format="fake",
    labels=("animal",),
    patch=PatchRule(800, 800, 200),
    score_threshold=0.25,
    nms_threshold=0.5,
    licence="CC0-1.0",
    source="made for the doctor",
    settings={"spacing": FAKE_SPACING},
)


@dataclass(frozen=True)
class Sample:
    """A picture and the model for it; `least` boxes must be found."""

    pixels: Any
    model: Path
    named: str
    least: int


def search(*, device: str) -> Finding:
    try:
        with tempfile.TemporaryDirectory(prefix="kopje-doctor-") as folder:
            return _search(make_sample(Path(folder)), Path(folder) / "sample.jpg", device)
    except (UnreadableImageError, EngineError, OSError) as error:
        return Finding(
            "sample", f"A sample image did not come to boxes: {error}", "Run: make install; then make doctor"
        )


def make_sample(folder: Path) -> Sample:
    if not (STARTER / CARD_FILE).exists():
        write_card(FAKE, folder)
        n_animals = (WIDTH // FAKE_SPACING) * (HEIGHT // FAKE_SPACING)
        return Sample(_noise(), folder, "the made-up detector (there is no starter model)", n_animals)
    from training.render import render_scene

    scene = render_scene(SEED, WIDTH, HEIGHT, landscape="savanna", view="nadir", n_animals=12)
    return Sample(scene.pixels, STARTER, "the starter model", 1)  # how many it finds is its card's affair


def _noise() -> Any:
    return np.random.default_rng(SEED).integers(60, 200, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def _search(sample: Sample, path: Path, device: str) -> Finding:
    began_at = time.monotonic()
    content = io.BytesIO()
    Pillow.fromarray(sample.pixels).save(content, "JPEG", quality=90)
    path.write_bytes(content.getvalue())
    wanted = SearchSettings.from_card(load_card(sample.model))
    pixels = open_pixels(path, wanted, max_pixels=settings.IMAGE_MAX_PIXELS)
    found = search_image(pixels, load_detector(sample.model, device=device), wanted)
    says = (
        f"{WIDTH} x {HEIGHT} px read, cut into {len(found.patches)} patches, {len(found.boxes)} boxes found with "
        f"{sample.named} in {time.monotonic() - began_at:.1f} s"
    )
    if len(found.boxes) < sample.least:
        return Finding("sample", f"{says}, where {sample.least} are expected.", "Run: make install; then make doctor")
    return Finding("sample", says)
