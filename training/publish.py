"""From trained weights to a model folder: the ONNX file, the threshold, the figures, the card."""

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from inference.engine.backends import load_detector
from inference.engine.card import InputRule, ModelCard, PatchRule, write_card
from inference.engine.detector import Window
from inference.engine.evaluation import Tally, match, tally
from inference.engine.patches import Patch
from inference.engine.selftest import FILES as SELFTEST_FILES
from inference.engine.selftest import write_selftest
from training.evaluate import measure
from training.export import export
from training.figures import full_scene
from training.network import Starter
from training.render import KINDS
from training.scenes import VALIDATION_SEEDS, truth_of
from training.searching import LOWEST, Ask, asker
from training.second import SecondLook
from training.story import STORY, shortfall

VERSION = "1"
# Measured: of the patches that hold the longest animal in their overlap, the least pixels looked at twice in images of
# the usual sizes.
PATCH = PatchRule(1056, 1056, 64)
NMS_IOU = 0.45
SELFTEST_PX = 352
THRESHOLDS = tuple(round(0.1 + 0.02 * step, 2) for step in range(43))
N_VALIDATION = 20


def publish(first: Starter, second: SecondLook, folder: Path, data: Path) -> ModelCard:
    """Writes model.onnx and card.json into `folder`, with figures of the test sets in `data`."""
    folder.mkdir(parents=True, exist_ok=True)
    content = export(first, second, PATCH.width, PATCH.height)
    (folder / "model.onnx").write_bytes(content)
    for name in SELFTEST_FILES:
        (folder / name).unlink(missing_ok=True)  # of other weights
    card = _card(content)
    write_card(card, folder)
    with tempfile.TemporaryDirectory() as scratch:
        _, ask = asker(folder, Path(scratch))
        threshold = best_threshold(ask, VALIDATION_SEEDS[:N_VALIDATION])
        figures = measure(ask, threshold, data)
    intended_use = card.intended_use + shortfall(figures["rendered_scenes"])
    card = replace(card, score_threshold=threshold, metrics=figures, intended_use=intended_use)
    write_card(card, folder)
    write_own_selftest(folder)
    return card


def write_own_selftest(folder: Path) -> None:
    """What the file finds, on the machine that trained it, around the most crowded animal of a scene."""
    scene = full_scene(VALIDATION_SEEDS[0])
    middles = truth_of(scene).as_boxes().corners.reshape(-1, 2, 2).mean(axis=1)
    apart = np.abs(middles[:, None] - middles[None]).max(axis=2)
    middle = middles[(apart < SELFTEST_PX / 2).sum(axis=1).argmax()]
    height, width = scene.pixels.shape[:2]
    left, top = np.clip(middle.astype(int) - SELFTEST_PX // 2, 0, (width - SELFTEST_PX, height - SELFTEST_PX)).tolist()
    pixels = np.ascontiguousarray(scene.pixels[top : top + SELFTEST_PX, left : left + SELFTEST_PX])
    detector = load_detector(folder, device="cpu")
    [found] = detector.detect([Window(pixels, Patch(0, 0, SELFTEST_PX, SELFTEST_PX))])
    write_selftest(folder, pixels, found, detector.labels)


def best_threshold(ask: Ask, seeds: Sequence[int]) -> float:
    """The threshold at which, on full-size scenes of these seeds, about as many animals are missed as boxes are wrong:
    there the number of boxes is nearest to that of the animals."""
    totals = dict.fromkeys(THRESHOLDS, Tally())
    for seed in seeds:
        scene = full_scene(seed)
        answer, known = ask(scene.pixels), truth_of(scene).as_boxes()
        for threshold in THRESHOLDS:
            kept = answer.at(threshold)
            totals[threshold] += tally(kept, known, match(kept, known))
    return max(THRESHOLDS, key=lambda threshold: min(totals[threshold].recall, totals[threshold].precision))


def _card(content: bytes) -> ModelCard:
    return ModelCard(
        name="starter",
        version=VERSION,
        format="onnx",
        labels=KINDS,
        patch=PATCH,
        score_threshold=LOWEST,
        nms_threshold=NMS_IOU,
        channel_order="RGB",
        input=InputRule(PATCH.width, PATCH.height, "none", 0.0),
        head="boxes_scores_labels",
        sha256=hashlib.sha256(content).hexdigest(),
        view=("nadir", "oblique"),
        **STORY,
    )
