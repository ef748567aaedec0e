"""Classifiers of patches: what is somewhere in a patch, without saying where. They may pre-filter, never detect."""

from collections.abc import Sequence
from typing import Protocol

from inference.engine.boxes import Floats
from inference.engine.detector import Window

HEAD = "patch_classes"


class Classifier(Protocol):
    """Scores each label in a batch of patches, each by itself: a patch may hold several.

    `classify` answers for each window the scores of all labels, (labels,) float32, 0..1. It raises
    DetectorMemoryError where a smaller batch may fit, and DetectorError where the answer cannot be used.
    """

    @property
    def labels(self) -> tuple[str, ...]: ...

    def classify(self, windows: Sequence[Window]) -> list[Floats]: ...
