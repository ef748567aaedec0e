"""Searching pictures with a model folder the way the product does, at many thresholds for the price of one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.engine.backends import load_detector
from inference.engine.boxes import Boxes
from inference.engine.card import ModelCard, load_card, write_card
from inference.engine.merge import merge
from inference.engine.search import SearchResult, SearchSettings, search_image

LOWEST = 0.05


@dataclass(frozen=True, eq=False)
class Answer:
    """What a model says of one picture, down to very low scores."""

    result: SearchResult
    settings: SearchSettings
    size: tuple[int, int]

    def at(self, threshold: float) -> Boxes:
        """The boxes of a search with this score threshold."""
        good = [boxes.take(boxes.score >= threshold) for boxes in self.result.patch_boxes]
        settings = self.settings
        boxes = merge(
            good, self.result.patches, iou=settings.iou, image_size=self.size, across_labels=settings.across_labels
        )
        return boxes.clipped(*self.size).by_score()


Ask = Callable[[NDArray[np.uint8]], Answer]


def asker(folder: Path, scratch: Path) -> tuple[ModelCard, Ask]:
    """The card of a model folder, and a function that searches one picture. `scratch` is an empty folder: a copy of
    the model whose card lets low scores through lies there."""
    card = load_card(folder)
    (scratch / "model.onnx").write_bytes((folder / "model.onnx").read_bytes())
    low = replace(card, score_threshold=min(LOWEST, card.score_threshold))
    write_card(low, scratch)
    detector, settings = load_detector(scratch, device="cpu"), SearchSettings.from_card(low)

    def ask(pixels: NDArray[np.uint8]) -> Answer:
        return Answer(search_image(pixels, detector, settings), settings, (pixels.shape[1], pixels.shape[0]))

    return card, ask
