"""Searching one image: plan the patches, ask the detector batch by batch, merge what it saw. A pre-filter, where there
is one, leaves patches out."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from inference.engine.asking import Asking, OnBatch
from inference.engine.boxes import Boxes
from inference.engine.card import ModelCard
from inference.engine.detector import Detector, Pixels, Window
from inference.engine.merge import merge, merge_seen
from inference.engine.patches import Patch, PatchPlan
from inference.engine.screen import Decision, Screened, Screening, count_lost, decide


@dataclass(frozen=True)
class SearchSettings:
    """Patch size and overlap in px; boxes below `score_threshold` are dropped; boxes of two patches whose common
    parts agree by `iou` or more are one animal; `across_labels` lets a fragment at a patch's border yield to a whole
    box of another label; `batch` patches go to the detector at once."""

    patch_width: int
    patch_height: int
    overlap: int
    score_threshold: float = 0.0
    iou: float = 0.4
    across_labels: bool = True
    batch: int = 8

    @classmethod
    def from_card(cls, card: ModelCard) -> Self:
        return cls(card.patch.width, card.patch.height, card.patch.overlap, card.score_threshold)

    @property
    def plan(self) -> PatchPlan:
        return PatchPlan(self.patch_width, self.patch_height, self.overlap)


@dataclass(frozen=True, eq=False)
class SearchResult:
    """`boxes`: the animals, in full-image pixels, clipped to the image, best first. `patches` and `patch_boxes`:
    what the detector said of each patch, in that patch's pixels; nothing of one that the pre-filter left out.
    Seconds are of the detector alone: wall clock and CPU of the whole process. `batch`: the batch size that fitted
    into memory. `screened`: what the pre-filter said, where there was one."""

    boxes: Boxes
    patches: list[Patch]
    patch_boxes: list[Boxes]
    detector_seconds: float
    detector_cpu_seconds: float
    batch: int
    screened: Screened | None = None


def search_image(
    pixels: Pixels,
    detector: Detector,
    settings: SearchSettings,
    *,
    on_batch: OnBatch | None = None,
    screening: Screening | None = None,
) -> SearchResult:
    """Finds the animals of one image, a (height, width, 3) uint8 RGB array.

    With a `screening` the detector is asked only of the patches that the pre-filter lets pass, and of those that
    chance has searched all the same. `on_batch(patches done, patches in all)` is called before the first and after
    every batch, of the pre-filter too; whatever it raises ends the search. Running out of memory halves the batch.
    Raises DetectorError.
    """
    size = (pixels.shape[1], pixels.shape[0])
    patches, tell = settings.plan.patches(*size), on_batch or _say_nothing
    screened = _screen(pixels, patches, screening, tell) if screening else None
    wanted = range(len(patches)) if screened is None else np.flatnonzero(screened.decisions).tolist()
    asking = Asking(max(1, settings.batch))
    answers = asking.all(detector.detect, [Window(pixels, patches[number]) for number in wanted], tell)
    patch_boxes = answers if screened is None else _spread(answers, wanted, len(patches))
    if screened is not None:
        screened = _with_lost(screened, patch_boxes, patches, settings, size)
    boxes = combine(patch_boxes, patches, settings, size)
    return SearchResult(boxes, patches, patch_boxes, asking.seconds, asking.cpu_seconds, asking.batch, screened)


def combine(
    patch_boxes: Sequence[Boxes], patches: Sequence[Patch], settings: SearchSettings, size: tuple[int, int]
) -> Boxes:
    """The animals of an image of `size` px out of what the detector said of each patch: the last step of a search."""
    boxes = merge(_good(patch_boxes, settings), patches, **_how(settings, size))
    return boxes.clipped(*size).by_score()


def _screen(pixels: Any, patches: list[Patch], screening: Screening, on_batch: OnBatch) -> Screened:
    """The pre-filter reads an image that comes in bands by itself: what it has read is let go."""
    screen = screening.screen
    own = pixels.again(screen.plan, screen.batch) if hasattr(pixels, "again") else pixels
    wall, cpu = time.perf_counter(), time.process_time()
    looks = screen.look(own, patches, lambda *_done: on_batch(0, len(patches)))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    decisions = decide(looks, threshold=screening.threshold, share=screening.share, seed=screening.seed)
    return Screened(looks, decisions, seconds=wall, cpu_seconds=cpu)


def _spread(answers: Sequence[Boxes], wanted: Sequence[int], n_patches: int) -> list[Boxes]:
    """No boxes for every patch that was not asked about."""
    spread = [Boxes.none()] * n_patches
    for number, boxes in zip(wanted, answers, strict=True):
        spread[number] = boxes
    return spread


def _with_lost(
    screened: Screened,
    patch_boxes: Sequence[Boxes],
    patches: list[Patch],
    settings: SearchSettings,
    size: tuple[int, int],
) -> Screened:
    """Merged a second time only where chance found something."""
    by_chance = screened.decisions == Decision.AT_RANDOM
    if not any(len(boxes) for boxes, is_drawn in zip(patch_boxes, by_chance, strict=True) if is_drawn):
        return screened
    boxes, seen_by = merge_seen(_good(patch_boxes, settings), patches, **_how(settings, size))
    return replace(screened, lost=count_lost(boxes, seen_by, patches, screened.decisions, size))


def _good(patch_boxes: Sequence[Boxes], settings: SearchSettings) -> list[Boxes]:
    return [boxes.take(boxes.score >= settings.score_threshold) for boxes in patch_boxes]


def _how(settings: SearchSettings, size: tuple[int, int]) -> dict[str, Any]:
    return {"iou": settings.iou, "image_size": size, "across_labels": settings.across_labels}


def _say_nothing(_done: int, _total: int) -> None:
    pass
