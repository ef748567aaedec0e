"""The pre-filter of a model folder: any detector, or a classifier of patches."""

import importlib
import os

from inference.engine.backends import load_detector
from inference.engine.card import load_card
from inference.engine.classes import HEAD, ignored_labels, uncertain_scores
from inference.engine.patches import PatchPlan
from inference.engine.screen import ClassifierScreen, DetectorScreen, Screen

LOWEST_SCORE = 0.05  # below this the looks of a detector say nothing, and boxes by the thousand cost time


def load_screen(
    folder: str | os.PathLike[str], *, device: str = "cpu", threads: int | None = None, threshold: float = 1.0
) -> Screen:
    """The pre-filter of a model folder, with the card's patch size and overlap; `device` and `threads` as for
    `load_detector`. `threshold`: the lowest score at which it will let patches pass. Raises CardError,
    ModelFileError, or DetectorError where the device is absent."""
    card = load_card(folder)
    plan = PatchPlan(card.patch.width, card.patch.height, card.patch.overlap)
    if card.head == HEAD:
        classifiers = importlib.import_module("inference.engine.backends.onnxclasses")  # imported only when used
        classifier = classifiers.load_classifier(folder, device=device, threads=threads)
        return ClassifierScreen(classifier, plan, uncertain_scores(card), ignored_labels(card))
    lowest = min(LOWEST_SCORE, threshold)
    return DetectorScreen(load_detector(folder, device=device, threads=threads, score_threshold=lowest), plan)
