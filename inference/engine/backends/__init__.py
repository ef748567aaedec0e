"""The detectors that the engine can run, chosen by the card's format and imported only when used."""

import importlib
import os
from dataclasses import replace
from pathlib import Path

from inference.engine.card import load_card
from inference.engine.detector import Detector
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
    CardError, ModelFileError, DetectorError where the device is absent, or SelfTestError where the folder's self-test
    fails.
    """
    if device not in DEVICES:
        raise ValueError(f"The device must be one of {', '.join(DEVICES)}, not {device!r}.")
    card = made = load_card(folder)
    if score_threshold is not None:
        card = replace(card, score_threshold=score_threshold)
    backend = importlib.import_module(BACKENDS[card.format])
    how = {"mode": mode} if card.format in HAVE_MODES else {}
    detector: Detector = backend.load(Path(folder), card, device, threads, **how)
    if test := read_selftest(folder, made):
        known = max(card.score_threshold, made.score_threshold)
        check_detector(test, detector, made, threshold=known, is_exact=mode == "exact")
    return detector
