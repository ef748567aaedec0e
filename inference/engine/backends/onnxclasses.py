"""Classifiers of patches in ONNX files, run by ONNX Runtime."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imaging.wording import gettext as _
from inference.engine.backends.heads import Asked, Outputs
from inference.engine.backends.onnx import OnnxDetector, open_network
from inference.engine.boxes import Boxes, Floats
from inference.engine.card import load_card
from inference.engine.classes import HEAD, ignored_labels, uncertain_scores
from inference.engine.detector import Window
from inference.engine.errors import CardError, DetectorError

MARGIN = 1e-3  # what half precision may be off by


@dataclass(frozen=True)
class OnnxClassifier:
    """A network that scores labels. Not to be shared between processes: build it after a fork."""

    network: OnnxDetector

    @property
    def labels(self) -> tuple[str, ...]:
        return self.network.labels

    @property
    def device(self) -> str:
        """Where the network really runs, which "auto" leaves open."""
        return self.network.device

    def classify(self, windows: Sequence[Window]) -> list[Floats]:
        step = self.network.input.batch or len(windows)
        return [row for at in range(0, len(windows), step) for row in self._some(windows[at : at + step])]

    def _some(self, windows: Sequence[Window]) -> list[Floats]:
        answers = list(self.network.answer([window.pixels for window in windows]).values())
        scores = np.asarray(answers[0], dtype=np.float32)
        if len(answers) != 1 or scores.ndim != 2 or scores.shape[1] != len(self.labels) or len(scores) < len(windows):
            shapes = ", ".join(str(np.shape(answer)) for answer in answers)
            sentence = _(
                "The head %(head)s expects one output (patches, %(n)d labels), but the model answers %(shapes)s."
            )
            raise DetectorError(sentence % {"head": HEAD, "n": len(self.labels), "shapes": shapes})
        if scores.size and not -MARGIN <= scores.min() <= scores.max() <= 1 + MARGIN:
            sentence = _("The head %(head)s expects scores from 0 to 1: let the model end in a sigmoid for each label.")
            raise DetectorError(sentence % {"head": HEAD})
        return list(np.clip(scores[: len(windows)], 0, 1))


def load_classifier(
    folder: str | os.PathLike[str], *, device: str = "cpu", threads: int | None = None
) -> OnnxClassifier:
    """The classifier of an ONNX model folder. Raises CardError, ModelFileError, or DetectorError without the device."""
    card = load_card(folder)
    if card.head != HEAD or card.format != "onnx":
        sentence = _("A classifier's model card has 'format' onnx and 'head' %(head)s.")
        raise CardError(sentence % {"head": HEAD})
    uncertain_scores(card), ignored_labels(card)
    return OnnxClassifier(open_network(Path(folder), card, device, threads, _no_boxes))


def _no_boxes(_outputs: Outputs, _asked: Asked) -> list[Boxes]:
    raise DetectorError(
        _("This model says what is in a patch, not where: it can be a pre-filter, but it finds no boxes.")
    )
