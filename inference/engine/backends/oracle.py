"""A detector that knows the truth, for testing everything that happens to boxes afterwards.

The model folder holds `truth.json`: a list of `{"width", "height", "boxes": [[left, top, right, bottom, label
index, score?], ...], "pixels"?}` in full-image pixels. An image is found by its size, and by `pixel_hash` where an
entry gives one in `pixels`. Card settings: `min_visible`, the share of an animal's area that a patch must show,
`jitter`, by how many px at most each edge is wrong, and `seed`. A cut edge lies on the patch's border and jitters
inwards only.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from imaging.wording import gettext as _
from inference.engine.boxes import Boxes
from inference.engine.card import ModelCard
from inference.engine.detector import Pixels, Window
from inference.engine.errors import CardError, DetectorError

TRUTH_FILE = "truth.json"


@dataclass(frozen=True)
class Truth:
    """The animals of one image."""

    width: int
    height: int
    boxes: Boxes
    pixels: str | None = None


@dataclass(frozen=True)
class OracleDetector:
    labels: tuple[str, ...]
    truths: tuple[Truth, ...] = field(repr=False)
    min_visible: float = 0.0
    jitter: float = 0.0
    seed: int = 0

    def detect(self, windows: Sequence[Window]) -> list[Boxes]:
        return [self._one(window) for window in windows]

    def _one(self, window: Window) -> Boxes:
        animals, patch = self._truth_of(window.image), window.patch
        moved = animals.shifted(-patch.left, -patch.top)
        size = np.array([patch.width, patch.height] * 2, dtype=np.float32)
        whole = moved.corners + self._wrong_by(window, len(moved))
        cut = Boxes.of(np.clip(moved.corners, 0, size), moved.score, moved.label)
        visible = (cut.area > 0) & (cut.area >= self.min_visible * moved.area)
        seen = Boxes.of(np.clip(whole, 0, size), moved.score, moved.label)
        return seen.take(visible & (seen.area > 0))

    def _wrong_by(self, window: Window, count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        random = np.random.default_rng([self.seed, window.patch.left, window.patch.top])
        return random.uniform(-self.jitter, self.jitter, (count, 4))

    def _truth_of(self, image: Pixels) -> Boxes:
        height, width = image.shape[:2]
        fitting = [truth for truth in self.truths if (truth.width, truth.height) == (width, height)]
        if any(truth.pixels for truth in fitting):
            own = pixel_hash(image)
            fitting = [truth for truth in fitting if truth.pixels in (None, own)]
        if not fitting:
            sentence = _("%(file)s says nothing of this image of %(width)d x %(height)d px.")
            raise DetectorError(sentence % {"file": TRUTH_FILE, "width": width, "height": height})
        return fitting[0].boxes


def load(folder: Path, card: ModelCard, _device: str, _threads: int | None) -> OracleDetector:
    """The oracle of a model folder; device and threads make no difference to it. Raises CardError."""
    try:
        entries = json.loads((folder / TRUTH_FILE).read_text(encoding="utf-8"))
        truths = tuple(_truth(entry) for entry in entries)
        return OracleDetector(card.labels, truths, **card.settings)
    except (OSError, ValueError, TypeError, KeyError) as problem:
        sentence = _("The oracle's %(file)s or settings cannot be read: %(problem)s.")
        raise CardError(sentence % {"file": TRUTH_FILE, "problem": problem}) from problem


def pixel_hash(image: Pixels) -> str:
    """SHA-256 of every 16th pixel of every 16th row: tells images of one size apart, cheaply."""
    return hashlib.sha256(np.ascontiguousarray(image[::16, ::16]).tobytes()).hexdigest()


def _truth(entry: dict[str, Any]) -> Truth:
    rows = entry["boxes"]
    scores = [row[5] if len(row) > 5 else 0.9 for row in rows]
    boxes = Boxes.of([row[:4] for row in rows], scores, [row[4] for row in rows])
    return Truth(entry["width"], entry["height"], boxes, entry.get("pixels"))
