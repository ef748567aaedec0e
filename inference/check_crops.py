"""Small pictures of the boxes in which two modes differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import simplejpeg

from inference.engine import Window
from inference.engine.agreement import AgreementReport, Pair
from inference.engine.detector import Pixels

AROUND = 2.5  # times the box's longer side
LEAST_PX, MOST_PX = 64, 320
MOST = 24  # of each kind
QUALITY = 85


@dataclass(frozen=True)
class Crop:
    """`is_lost`: the exact mode alone keeps this box; else the fast one alone. `place`: left, top, right, bottom of the
    box in the crop, whose size is `size`, in px."""

    image_id: UUID
    is_lost: bool
    pair: Pair
    place: tuple[float, ...]
    size: tuple[int, int]
    jpeg: bytes

    @property
    def facts(self) -> dict[str, Any]:
        """What the report keeps of it."""
        scores = {"label": self.pair.label, "exact": self.pair.exact, "fast": self.pair.fast}
        return {"image": str(self.image_id), "is_lost": self.is_lost, **scores, "place": self.place, "size": self.size}


def cut_crops(report: AgreementReport, image_id: UUID, windows: Sequence[Window]) -> list[Crop]:
    """The boxes that one mode alone keeps; `report` is of these windows of one image alone."""
    return [
        _cut(pair, is_lost, image_id, windows[pair.patch].pixels)
        for is_lost, pairs in ((True, report.lost), (False, report.gained))
        for pair in pairs[:MOST]
    ]


def most_telling(crops: list[Crop]) -> list[Crop]:
    """The surest of each kind, those lost first."""
    surest = sorted(crops, key=lambda crop: -max(crop.pair.exact, crop.pair.fast))
    return [*[crop for crop in surest if crop.is_lost][:MOST], *[crop for crop in surest if not crop.is_lost][:MOST]]


def _cut(pair: Pair, is_lost: bool, image_id: UUID, pixels: Pixels) -> Crop:
    height, width = pixels.shape[:2]
    box = np.array(pair.box)
    middle = (box[:2] + box[2:]) / 2
    half = max(LEAST_PX, AROUND * float((box[2:] - box[:2]).max())) / 2
    left, top = (max(0, int(edge)) for edge in middle - half)
    right, bottom = min(width, int(middle[0] + half) + 1), min(height, int(middle[1] + half) + 1)
    area = pixels[top:bottom, left:right]
    step = -(-max(area.shape[:2]) // MOST_PX)  # every so many pixels: enough for a picture this small
    small = np.ascontiguousarray(area[::step, ::step])
    edges = (box - [left, top, left, top]) / step
    jpeg = bytes(simplejpeg.encode_jpeg(small, quality=QUALITY))
    place = tuple(round(float(edge), 1) for edge in edges)
    return Crop(image_id, is_lost, pair, place, (small.shape[1], small.shape[0]), jpeg)
