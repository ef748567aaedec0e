"""A sheet of small pictures: what the surest boxes of one search on one image look like, in one file.

The search writes it from the pixels it holds anyway, so that a page of boxes from many images costs a read of known
bytes each and decodes nothing. A box is looked up by its id: a sheet that another attempt of the same search left
holds none of the ids that count, and is as good as none. What stands in no sheet is cut when somebody looks.
"""

import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import simplejpeg
from PIL import Image as Picture

from imaging.atomicfile import atomic_file
from imaging.pixels import Pixels
from inference.engine import Boxes

SIDE = 128  # px of a crop, which is less where the image gives less
LEAST_PX, AROUND = 64, 2.5  # px of the image that a crop shows at least; times the box's longer side
MOST = 500  # the surest of an image
QUALITY = 80
HEAD = struct.Struct("<8sI")  # what the file is; how many crops
ENTRY = struct.Struct("<16sII")  # id of the box; where its JPEG begins; its bytes
MAGIC = b"crops-1\n"
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Window:
    """What a crop shows, in px of the upright image; right and bottom exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def side(self) -> int:
        return max(self.right - self.left, self.bottom - self.top)

    def place(self, box: Box) -> tuple[float, ...]:
        """Left, top, right and bottom of the box in the crop, from 0 to 1 of its sides."""
        width, height = self.right - self.left, self.bottom - self.top
        edges = (
            (box[0] - self.left) / width, (box[1] - self.top) / height,
            (box[2] - self.left) / width, (box[3] - self.top) / height,
        )  # fmt: skip
        return tuple(round(min(max(edge, 0.0), 1.0), 4) for edge in edges)


def window_of(box: Box, size: tuple[int, int]) -> Window:
    """A square around the box, moved into the image of that width and height, and no larger than that."""
    left, top, right, bottom = box
    side = round(max(LEAST_PX, AROUND * max(right - left, bottom - top)))
    edges = []
    for middle, length in (((left + right) / 2, size[0]), ((top + bottom) / 2, size[1])):
        start = max(0, min(round(middle - side / 2), length - side))
        edges.append((start, min(start + side, length)))
    return Window(edges[0][0], edges[1][0], edges[0][1], edges[1][1])


def write_sheet(path: Path, pixels: Pixels, boxes: Boxes, ids: Sequence[UUID]) -> None:
    """The file appears whole or not at all. `pixels`: the whole image; `ids`: of the boxes, in their order."""
    size = (pixels.shape[1], pixels.shape[0])
    surest = np.argsort(-boxes.score, kind="stable")[:MOST].tolist()
    corners = boxes.corners[surest].tolist()
    crops = {ids[n]: crop(pixels, window_of(tuple(box), size)) for n, box in zip(surest, corners, strict=True)}
    write_crops(path, crops)


def write_crops(path: Path, crops: dict[UUID, bytes]) -> None:
    with atomic_file(path) as file:
        file.write(HEAD.pack(MAGIC, len(crops)))
        at = HEAD.size + ENTRY.size * len(crops)
        for id, jpeg in crops.items():
            file.write(ENTRY.pack(id.bytes, at, len(jpeg)))
            at += len(jpeg)
        file.writelines(crops.values())


def read_crops(path: Path, wanted: Collection[UUID]) -> dict[UUID, bytes]:
    """Those that are there: none of them where there is no sheet, or one that cannot be read."""
    names = {id.bytes: id for id in wanted}
    try:
        with path.open("rb") as file:
            magic, n = HEAD.unpack(file.read(HEAD.size))
            if magic != MAGIC:
                return {}
            found = {}
            for name, at, length in ENTRY.iter_unpack(file.read(min(n, MOST) * ENTRY.size)):
                if name in names:
                    file.seek(at)
                    found[names[name]] = file.read(length)
            return found
    except (OSError, struct.error):
        return {}


def crop(pixels: Any, window: Window) -> bytes:
    """A JPEG of what the window shows, at most SIDE px wide and high."""
    return encode(pixels[window.top : window.bottom, window.left : window.right])


def encode(area: Pixels) -> bytes:
    step = max(1, max(area.shape[:2]) // (4 * SIDE))  # of a huge box every so many pixels are enough
    small = np.ascontiguousarray(area[::step, ::step])
    longest = max(small.shape[:2])
    if longest > SIDE:
        width, height = (max(1, round(side * SIDE / longest)) for side in (small.shape[1], small.shape[0]))
        small = np.asarray(Picture.fromarray(small).resize((width, height), Picture.Resampling.BOX))
    return bytes(simplejpeg.encode_jpeg(small, quality=QUALITY, colorsubsampling="420"))
