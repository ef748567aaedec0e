"""Classifiers of patches: what is somewhere in a patch, without saying where. They may pre-filter, never detect."""

from collections.abc import Sequence
from typing import Protocol

from imaging.wording import gettext as _
from inference.engine.boxes import Floats
from inference.engine.card import ModelCard
from inference.engine.detector import Window
from inference.engine.errors import CardError

HEAD = "patch_classes"


class Classifier(Protocol):
    """Scores each label in a batch of patches, each by itself: a patch may hold several.

    `classify` answers for each window the scores of all labels, (labels,) float32, 0..1. It raises
    DetectorMemoryError where a smaller batch may fit, and DetectorError where the answer cannot be used.
    """

    @property
    def labels(self) -> tuple[str, ...]: ...

    def classify(self, windows: Sequence[Window]) -> list[Floats]: ...


def uncertain_scores(card: ModelCard) -> tuple[float, float] | None:
    """From which best score of a patch to which, both included, a classifier cannot say whether it holds anything:
    `uncertain` in the card's `settings`. Raises CardError."""
    limits = card.settings.get("uncertain")
    if limits is None:
        return None
    is_pair = isinstance(limits, list | tuple) and len(limits) == 2
    if (
        not is_pair
        or not all(isinstance(limit, int | float) for limit in limits)
        or not 0 <= limits[0] <= limits[1] <= 1
    ):
        raise CardError(_("Model card key 'settings.uncertain' must be two scores from 0 to 1, the smaller first."))
    return float(limits[0]), float(limits[1])


def ignored_labels(card: ModelCard) -> tuple[int, ...]:
    """Numbers of the labels that speak for no animal, such as "empty": `ignored` in the card's `settings`. Raises
    CardError where it names other labels, or all of them."""
    names = card.settings.get("ignored", [])
    is_list = isinstance(names, list | tuple) and all(isinstance(name, str) for name in names)
    if not is_list or not set(names) < set(card.labels):
        raise CardError(_("Model card key 'settings.ignored' must be a list of some of the labels, but not of all."))
    return tuple(card.labels.index(name) for name in names)
