"""A patch that comes with a model, and the boxes that it must find there.

Wrong channels, wrong means, damaged weights and a broken library all make boxes that look like boxes. Whoever made the
model knows what it finds on one patch; `selftest.png` and `selftest.json` beside the card let every machine that loads
the model compare, before it searches anything.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from imaging.wording import gettext as _
from inference.engine.boxes import Boxes, iou_matrix
from inference.engine.card import ModelCard
from inference.engine.cardfields import Fields
from inference.engine.detector import Detector, Pixels, Window
from inference.engine.errors import CardError, DetectorError
from inference.engine.patches import Patch

IMAGE_FILE = "selftest.png"
EXPECTED_FILE = "selftest.json"
FILES = (IMAGE_FILE, EXPECTED_FILE)
MAX_BYTES = {IMAGE_FILE: 20_000_000, EXPECTED_FILE: 1_000_000}
MAX_SIDE = 4096  # px
MAX_BOXES = 1000
SIDES = ("left", "top", "right", "bottom")
LOOSE_IOU, LOOSE_SHARE = 0.5, 0.5


class SelfTestError(DetectorError):
    """The model does not find on its own patch what it must find there."""


@dataclass(frozen=True, eq=False)
class SelfTest:
    """The patch, what must be found on it, and by how much an edge (px) and a score may differ."""

    pixels: Pixels
    expected: Boxes
    tolerance_px: float
    tolerance_score: float
    sha256: str


def read_selftest(folder: str | os.PathLike[str], card: ModelCard) -> SelfTest | None:
    """The self-test of a model folder; None where it has none. Raises CardError, saying what is wrong with it."""
    paths = [Path(folder) / name for name in FILES]
    if not any(path.exists() for path in paths):
        return None
    picture, expected = (_bytes_of(path) for path in paths)
    fields = _fields(_json(expected))
    fields.only(("tolerance_px", "tolerance_score", "boxes"))
    test = SelfTest(
        pixels=_pixels(paths[0]),
        expected=_boxes(fields.values.get("boxes"), card),
        tolerance_px=fields.number("tolerance_px", lowest=0, highest=100, default=2.0),
        tolerance_score=fields.number("tolerance_score", lowest=0, highest=0.5, default=0.02),
        sha256=hashlib.sha256(picture + expected).hexdigest(),
    )
    if not len(_sure(test.expected, card.score_threshold, test)):
        sentence = _(
            "%(file)s expects no box that is surely above the card's 'score_threshold': it would test nothing."
        )
        raise CardError(sentence % {"file": EXPECTED_FILE})
    return test


def check_detector(
    test: SelfTest, detector: Detector, card: ModelCard, *, threshold: float, is_exact: bool = True
) -> None:
    """Raises SelfTestError where the detector finds something else. `threshold` is the lowest score that both it and
    the self-test know: what is lower is not compared.

    A mode that is not exact shifts boxes and may lose some: there half of them must be found by and large, which
    tells a model that computes nonsense from one that is only faster.
    """
    height, width = test.pixels.shape[:2]
    [found] = detector.detect([Window(test.pixels, Patch(0, 0, width, height))])
    expected = _sure(test.expected, threshold, test)
    surely_found = _sure(found, threshold, test)
    if is_exact:
        n_missing = int((~_has_twin(expected, found, test)).sum())
        n_strange = int((~_has_twin(surely_found, test.expected, test)).sum())
    else:
        n_missing, n_strange = int((~_is_overlapped(expected, found)).sum()), 0
    if n_strange or n_missing > (0 if is_exact else LOOSE_SHARE * len(expected)):
        raise SelfTestError(_sentence(card, len(expected), n_missing, n_strange))


def _sentence(card: ModelCard, n_expected: int, n_missing: int, n_strange: int) -> str:
    sentence = _(
        "The self-test of %(name)s, version %(version)s, failed: of the %(expected)d boxes that it must find on its "
        "own patch it does not find %(missing)d, and it finds %(strange)d others. On this machine it computes "
        "something else than where it was made, so it searches nothing here. Compare the card's channel order, means, "
        "sizes and labels with the training, or the installation of this machine with one where it works."
    )
    counts = {"expected": n_expected, "missing": n_missing, "strange": n_strange}
    return sentence % {"name": card.name, "version": card.version, **counts}


def _sure(boxes: Boxes, threshold: float, test: SelfTest) -> Boxes:
    """Those that stay above the threshold by either machine's arithmetic."""
    return boxes.take(boxes.score >= threshold + test.tolerance_score)


def _has_twin(boxes: Boxes, others: Boxes, test: SelfTest) -> NDArray[np.bool_]:
    """Which of the boxes stand among the others too, within the tolerance."""
    apart = np.abs(boxes.corners[:, None] - others.corners[None]).max(axis=2, initial=0)
    scores = np.abs(boxes.score[:, None] - others.score[None])
    alike = (apart <= test.tolerance_px) & (scores <= test.tolerance_score)
    twins: NDArray[np.bool_] = (alike & (boxes.label[:, None] == others.label[None])).any(axis=1)
    return twins


def _is_overlapped(boxes: Boxes, others: Boxes) -> NDArray[np.bool_]:
    alike = (iou_matrix(boxes, others) >= LOOSE_IOU) & (boxes.label[:, None] == others.label[None])
    overlapped: NDArray[np.bool_] = alike.any(axis=1)
    return overlapped


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES[path.name]:
            sentence = _("%(file)s is larger than %(most)d bytes; a self-test is one patch.")
            raise CardError(sentence % {"file": path.name, "most": MAX_BYTES[path.name]})
        return path.read_bytes()
    except OSError as problem:
        sentence = _("The model folder has no readable %(file)s: a self-test is %(image)s and %(boxes)s together.")
        names = {"file": path.name, "image": IMAGE_FILE, "boxes": EXPECTED_FILE}
        raise CardError(sentence % names) from problem


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as problem:
        sentence = _("%(file)s is not valid JSON: %(problem)s.")
        raise CardError(sentence % {"file": EXPECTED_FILE, "problem": problem}) from problem


def _fields(content: Any) -> Fields:
    if not isinstance(content, dict):
        raise CardError(_("%(file)s must be a JSON object with keys and values.") % {"file": EXPECTED_FILE})
    return Fields(content, "selftest.")


def _pixels(path: Path) -> Pixels:
    try:
        with Image.open(path, formats=["PNG"]) as picture:
            if max(picture.size) > MAX_SIDE:
                raise CardError(_too_large())
            return np.asarray(picture.convert("RGB"))
    except Image.DecompressionBombError as problem:  # before its size can be asked for
        raise CardError(_too_large()) from problem
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError) as problem:
        raise CardError(_("%(file)s is no readable PNG image.") % {"file": IMAGE_FILE}) from problem


def _too_large() -> str:
    sentence = _("%(file)s is larger than %(most)d px on a side; a self-test is one patch.")
    return sentence % {"file": IMAGE_FILE, "most": MAX_SIDE}


def _boxes(rows: Any, card: ModelCard) -> Boxes:
    if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_BOXES:
        sentence = _("%(file)s must hold 'boxes', a list of 1 to %(most)d boxes.")
        raise CardError(sentence % {"file": EXPECTED_FILE, "most": MAX_BOXES})
    boxes = [Fields(row, f"selftest.boxes.{at}.") for at, row in enumerate(rows) if isinstance(row, dict)]
    if len(boxes) < len(rows):
        raise CardError(_("Each box in %(file)s must be a JSON object.") % {"file": EXPECTED_FILE})
    for box in boxes:
        box.only((*SIDES, "score", "label"))
    return Boxes.of(
        [[box.number(side) for side in SIDES] for box in boxes],
        [box.number("score", lowest=0, highest=1) for box in boxes],
        [card.labels.index(box.choice("label", card.labels)) for box in boxes],
    )


def write_selftest(folder: Path, pixels: Pixels, found: Boxes, labels: tuple[str, ...]) -> None:
    """A self-test of what a detector found on a patch, on a machine where it is known to be right."""
    Image.fromarray(pixels).save(folder / IMAGE_FILE, optimize=True)
    rows = [
        dict(zip((*SIDES, "score"), row, strict=True)) | {"label": labels[label]}
        for *row, label in zip(*found.decimals, found.label.tolist(), strict=True)
    ]
    content = {"tolerance_px": 2.0, "tolerance_score": 0.02, "boxes": rows}
    (folder / EXPECTED_FILE).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
