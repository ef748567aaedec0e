"""Megapixels a second of the starter model through the engine, against YOLOX-nano through the same engine.

Both search the whole of one 24-megapixel image with the patches of their cards: the starter's, and 416 px with 128 px
overlap for YOLOX-nano, whose weights are read from the shared data (SHARED_DATA). The speed does not depend on what the
image shows; that of CPU seconds does not depend on what else runs.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import alternate, report
from benchmarks.scene import scene
from inference.engine import ModelCard, SearchSettings, load_card, load_detector, search_image, write_card
from inference.engine.card import InputRule, PatchRule
from inference.engine.detector import Pixels

ROOT = Path(__file__).parent.parent
STARTER = ROOT / "models" / "starter"
SHARED_DATA = Path(os.environ.get("SHARED_DATA", ROOT.parent / "shared" / "data"))
WIDTH, HEIGHT = 6000, 4000
LEAST_RATIO = 2.0


def yolox_folder(folder: Path) -> Path:
    weights = SHARED_DATA / "models" / "yolox_nano.onnx"
    labels = (SHARED_DATA / "models" / "coco_classes.txt").read_text().split("\n")
    shutil.copy(weights, folder / "model.onnx")
    card = ModelCard(
        name="yolox-nano",
        version="1",
        format="onnx",
        labels=tuple(label for label in labels if label),
        patch=PatchRule(416, 416, 128),
        score_threshold=0.25,
        nms_threshold=0.45,
        channel_order="BGR",
        input=InputRule(416, 416, "letterbox", 114.0),
        head="yolox",
        sha256=hashlib.sha256(weights.read_bytes()).hexdigest(),
    )
    write_card(card, folder)
    return folder


def searching(folder: Path, image: Pixels) -> Callable[[], object]:
    detector, settings = load_detector(folder, device="cpu"), SearchSettings.from_card(load_card(folder))
    return lambda: search_image(image, detector, settings)


def main() -> None:
    if not (SHARED_DATA / "models").is_dir():
        sys.exit(f"YOLOX-nano is not in {SHARED_DATA}: set SHARED_DATA.")
    image = scene(WIDTH, HEIGHT)
    with tempfile.TemporaryDirectory() as folder:
        reference_search = searching(yolox_folder(Path(folder)), image)
        ours, reference = alternate(searching(STARTER, image), reference_search)
    megapixels = WIDTH * HEIGHT / 1e6
    report(
        bench="starter",
        ratio=reference / ours,
        limit=LEAST_RATIO,
        ours=megapixels / ours,
        reference=megapixels / reference,
        unit="megapixels a CPU second",
        at_least=True,
    )


if __name__ == "__main__":
    main()
