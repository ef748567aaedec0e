"""Searching one image: plan the patches, ask the detector batch by batch, merge what it saw."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from imaging.wording import gettext as _
from inference.engine.boxes import Boxes
from inference.engine.card import ModelCard
from inference.engine.detector import Detector, Pixels, Window
from inference.engine.errors import DetectorError, DetectorMemoryError
from inference.engine.merge import merge
from inference.engine.patches import Patch, plan_patches

OnBatch = Callable[[int, int], None]


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


@dataclass(frozen=True, eq=False)
class SearchResult:
    """`boxes`: the animals, in full-image pixels, clipped to the image, best first. `patches` and `patch_boxes`:
    what the detector said of each patch, in that patch's pixels. Seconds are of the detector alone: wall clock and
    CPU of the whole process. `batch`: the batch size that fitted into memory."""

    boxes: Boxes
    patches: list[Patch]
    patch_boxes: list[Boxes]
    detector_seconds: float
    detector_cpu_seconds: float
    batch: int


def search_image(
    pixels: Pixels, detector: Detector, settings: SearchSettings, *, on_batch: OnBatch | None = None
) -> SearchResult:
    """Finds the animals of one image, a (height, width, 3) uint8 RGB array.

    `on_batch(patches done, patches in all)` is called before the first and after every batch; whatever it raises
    ends the search. Running out of memory halves the batch. Raises DetectorError.
    """
    height, width = pixels.shape[:2]
    patches = plan_patches(
        width,
        height,
        patch_width=settings.patch_width,
        patch_height=settings.patch_height,
        overlap=settings.overlap,
    )
    asked = _Asked(detector, max(1, settings.batch))
    patch_boxes = asked.all([Window(pixels, patch) for patch in patches], on_batch or _say_nothing)
    good = [boxes.take(boxes.score >= settings.score_threshold) for boxes in patch_boxes]
    boxes = merge(good, patches, iou=settings.iou, image_size=(width, height), across_labels=settings.across_labels)
    found = boxes.clipped(width, height).by_score()
    return SearchResult(found, patches, patch_boxes, asked.seconds, asked.cpu_seconds, asked.batch)


def _say_nothing(_done: int, _total: int) -> None:
    pass


@dataclass
class _Asked:
    """A detector being asked, the batch size that fits, and the time it took."""

    detector: Detector
    batch: int
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def all(self, windows: Sequence[Window], on_batch: OnBatch) -> list[Boxes]:
        found: list[Boxes] = []
        on_batch(0, len(windows))
        while len(found) < len(windows):
            found += self._next(windows[len(found) :])
            on_batch(len(found), len(windows))
        return found

    def _next(self, waiting: Sequence[Window]) -> list[Boxes]:
        while True:
            try:
                return self._timed(waiting[: self.batch])
            except (DetectorMemoryError, MemoryError) as problem:
                if self.batch == 1:
                    raise DetectorError(
                        _(
                            "There is not enough memory to search even one patch: use a smaller patch, fewer workers "
                            "on this machine, or a machine with more memory."
                        )
                    ) from problem
                self.batch = max(1, min(self.batch, len(waiting)) // 2)

    def _timed(self, windows: Sequence[Window]) -> list[Boxes]:
        wall, cpu = time.perf_counter(), time.process_time()
        found = self.detector.detect(windows)
        self.seconds += time.perf_counter() - wall
        self.cpu_seconds += time.process_time() - cpu
        if len(found) != len(windows):
            sentence = _("The detector answered %(found)d patches when asked for %(asked)d.")
            raise DetectorError(sentence % {"found": len(found), "asked": len(windows)})
        return found
