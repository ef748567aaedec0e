"""The detectors that the engine can run, chosen by the card's format and imported only when used."""

import importlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from imaging.wording import gettext as _
from inference.engine.card import ModelCard, load_card
from inference.engine.detector import Detector
from inference.engine.detectron2_settings import Settings
from inference.engine.errors import DetectorError
from inference.engine.modes import MODES
from inference.engine.selftest import check_detector, read_selftest

BACKENDS = {
    "onnx": "inference.engine.backends.onnx",
    "rcnn": "inference.engine.backends.rcnn",
    "detectron2": "inference.engine.backends.detectron2",
    "fake": "inference.engine.backends.fake",
    "oracle": "inference.engine.backends.oracle",
}
DEVICES = ("cpu", "cuda", "auto")
HAVE_MODES = ("rcnn", "fake")  # the other formats are computed one way only


def load_detector(
    folder: str | os.PathLike[str],
    *,
    device: str = "cpu",
    threads: int | None = None,
    score_threshold: float | None = None,
    mode: str = "exact",
) -> Detector:
    """The detector of a model folder, ready to be asked.

    `device` is "cpu", "cuda" or "auto" (CUDA where there is one); `threads` bounds the CPU threads of one batch
    (None: all cores); `score_threshold` replaces the card's. Raises
    CardError, ModelFileError, DetectorError where the device or the mode is absent, or SelfTestError where the
    folder's self-test fails.
    """
    if device not in DEVICES:
        raise ValueError(f"The device must be one of {', '.join(DEVICES)}, not {device!r}.")
    card = made = load_card(folder)
    _refuse_absent_mode(card, mode)
    if score_threshold is not None:
        card = replace(card, score_threshold=score_threshold)
    backend = importlib.import_module(BACKENDS[card.format])
    how = {"mode": mode} if card.format in HAVE_MODES else {}
    detector: Detector = backend.load(Path(folder), card, device, threads, **how)
    if test := read_selftest(folder, made):
        known = max(card.score_threshold, made.score_threshold)
        check_detector(test, detector, made, threshold=known, is_exact=mode == "exact")
    return detector


def modes_of(kind: str, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of MODES in which a model can be computed, by its card's format and settings; the others would change
    nothing."""
    if kind not in HAVE_MODES:
        return MODES[:1]
    network = Settings.of(settings.get("detectron2", {}))
    has_proposals = network.text("MODEL.META_ARCHITECTURE", "") != "RetinaNet"
    return MODES if has_proposals else MODES[:2]


def _refuse_absent_mode(card: ModelCard, mode: str) -> None:
    if mode not in MODES:
        raise ValueError(f"The mode must be one of {', '.join(MODES)}, not {mode!r}.")
    if mode != MODES[0] and card.format not in HAVE_MODES:
        sentence = _("Mode “%(mode)s” would make nothing quicker for %(model)s. Its modes: %(modes)s.")
        raise DetectorError(sentence % {"mode": mode, "model": card.name, "modes": MODES[0]})
