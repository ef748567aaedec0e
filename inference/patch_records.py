"""What detector and pre-filter said of each patch of an image, packed into a few bytes, so that thresholds and merging
can be replayed without searching again.

Written for every image that is searched, in the transaction of its result. Zlib over little-endian columns: a head;
where a pre-filter looked, a decision (uint8) and a best score (float16) for each patch, and of a classifier the scores
of its labels (float16); the number of boxes of each patch (uint32); then edges and score (float32) and label number
(uint16) of all boxes, each in the pixels of its patch. Where the patches lie follows from the head. Boxes are as the
detector gave them, so a replay answers the search's boxes to the last bit; scores of the pre-filter are rounded, and
only its decisions are exact.
"""

import struct
import zlib
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from inference.engine import Boxes, SearchResult, SearchSettings
from inference.engine.boxes import Floats
from inference.engine.patches import Patch, PatchPlan
from inference.engine.screen import Codes
from inference.engine.search import combine

VERSION = 1
HEAD = struct.Struct("<BIIIIIiI")  # version; image, patch and overlap in px; classes of the pre-filter; boxes
NO_SCREEN = -1
LEVEL = 1  # higher ones take several times as long and save a few per cent: most of it is digits of float32


class PatchRecordError(Exception):
    """The bytes are no patch record that this version can read."""


@dataclass(frozen=True, eq=False)
class SaidOfPatches:
    """`patch_boxes`: of each patch of an image of `size` px (width, height), in the patch's pixels. Where a pre-filter
    looked: its decisions (see engine.screen.Decision), best scores, and scores of labels, (patches, labels), of a
    classifier."""

    size: tuple[int, int]
    plan: PatchPlan
    patch_boxes: list[Boxes]
    decisions: Codes | None = None
    scores: Floats | None = None
    classes: Floats | None = None

    @classmethod
    def of(cls, found: SearchResult, size: tuple[int, int], plan: PatchPlan) -> Self:
        if found.screened is None:
            return cls(size, plan, found.patch_boxes)
        looks = found.screened.looks
        return cls(size, plan, found.patch_boxes, found.screened.decisions, looks.score, looks.classes)

    @property
    def patches(self) -> list[Patch]:
        return self.plan.patches(*self.size)


def replay(record: SaidOfPatches, settings: SearchSettings) -> Boxes:
    """The boxes that a search with these thresholds and this merging would have found, as far as the detector told:
    nothing below the threshold that it was asked with, nothing of patches left out. Patches are those of the record,
    whatever the settings say."""
    return combine(record.patch_boxes, record.patches, settings, record.size)


def pack(said: SaidOfPatches) -> bytes:
    boxes = Boxes.join(said.patch_boxes)
    n_classes = NO_SCREEN if said.decisions is None else 0 if said.classes is None else said.classes.shape[1]
    plan = (said.plan.width, said.plan.height, said.plan.overlap)
    columns = [*_screen_columns(said), np.array([len(each) for each in said.patch_boxes], "<u4")]
    columns += [column.astype("<f4") for column in boxes.columns[:5]]
    columns.append(boxes.label.astype("<u2"))
    head = HEAD.pack(VERSION, *said.size, *plan, n_classes, len(boxes))
    return zlib.compress(head + b"".join(column.tobytes() for column in columns), LEVEL)


def unpack(content: bytes) -> SaidOfPatches:
    """Raises PatchRecordError."""
    try:
        return _read(zlib.decompress(content))
    except (zlib.error, struct.error, ValueError) as problem:
        raise PatchRecordError(f"This is no patch record, or it is damaged: {problem}.") from problem


def _screen_columns(said: SaidOfPatches) -> list[NDArray[np.generic]]:
    scores = [scores.astype("<f2") for scores in (said.scores, said.classes) if scores is not None]
    return [] if said.decisions is None else [said.decisions, *scores]


def _read(content: bytes) -> SaidOfPatches:
    version, width, height, *plan, n_classes, n_boxes = HEAD.unpack_from(content)
    if version != VERSION:
        raise PatchRecordError(f"This patch record is of version {version}; this Kopje reads version {VERSION}.")
    said = SaidOfPatches((width, height), PatchPlan(*plan), [])
    n, rest = len(said.patches), _Columns(content, HEAD.size)
    screened = _read_screen(rest, n, n_classes) if n_classes != NO_SCREEN else (None, None, None)
    counts = rest.take("<u4", n)
    edges = [rest.take("<f4", n_boxes) for _column in range(5)]
    boxes = Boxes(*edges, rest.take("<u2", n_boxes).astype(np.int32))
    ends = np.cumsum(counts, dtype=np.int64)
    patch_boxes = [boxes.take(np.arange(end - count, end)) for end, count in zip(ends, counts.tolist(), strict=True)]
    return SaidOfPatches(said.size, said.plan, patch_boxes, *screened)


def _read_screen(rest: "_Columns", n: int, n_classes: int) -> tuple[Codes, Floats, Floats | None]:
    decisions, scores = rest.take("u1", n), rest.take("<f2", n).astype(np.float32)
    if not n_classes:
        return decisions, scores, None
    return decisions, scores, rest.take("<f2", n * n_classes).astype(np.float32).reshape(n, n_classes)


@dataclass
class _Columns:
    """Bytes read from front to back."""

    content: bytes
    at: int

    def take(self, kind: str, n: int) -> NDArray[np.generic]:
        column = np.frombuffer(self.content, kind, n, self.at)
        self.at += column.nbytes
        return column
