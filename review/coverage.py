"""What people looked at of an image, and how closely. The image is cut into cells; of each is kept how close the
closest look was. A cell was looked at when all of it was on the screen: what is kept is rather too little than too
much."""

import zlib
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from review.models import Coverage
from surveys.models import Image

SMALLEST_CELL = 32  # image pixels; larger ones are twice, four times, … as wide
MOST_CELLS = 512  # on the longer side
# How often the screen halved the image. What was looked at from further away is not kept: nobody sees an animal there.
HALVINGS = (0, 1, 2, 3)
Closeness = NDArray[np.uint8]  # (rows, columns): 0 for not looked at, else len(HALVINGS) - halvings


@dataclass(frozen=True)
class Look:
    """What was on the screen for a moment, in pixels of the upright image; `halvings` of HALVINGS."""

    left: float
    top: float
    right: float
    bottom: float
    halvings: int


@dataclass(frozen=True)
class Cells:
    """How an image is cut: squares of `side` pixels, those on the right and lower edge cut off where it ends."""

    side: int
    columns: int
    rows: int
    width: int
    height: int

    @classmethod
    def of(cls, image: Image) -> "Cells":
        width, height = image.width or 1, image.height or 1
        side = SMALLEST_CELL
        while max(width, height) > MOST_CELLS * side:
            side *= 2
        return cls(side, -(-width // side), -(-height // side), width, height)

    def none(self) -> Closeness:
        return np.zeros((self.rows, self.columns), np.uint8)

    def add(self, closeness: Closeness, look: Look) -> None:
        """Into `closeness`: never less than was there."""
        columns = self._whole(look.left, look.right, self.width, self.columns)
        rows = self._whole(look.top, look.bottom, self.height, self.rows)
        seen = closeness[rows, columns]
        np.maximum(seen, len(HALVINGS) - look.halvings, out=seen)

    def shares(self, closeness: Closeness) -> list[float]:
        """Of the image's area, what was looked at at each of HALVINGS or closer, 0 to 1."""
        widths = np.minimum(self.side, self.width - self.side * np.arange(self.columns))
        heights = np.minimum(self.side, self.height - self.side * np.arange(self.rows))
        areas = np.outer(heights, widths)
        seen = (int(areas[closeness >= len(HALVINGS) - halvings].sum()) for halvings in HALVINGS)
        return [area / (self.width * self.height) for area in seen]

    def _whole(self, low: float, high: float, length: int, n: int) -> slice:
        first = -(-max(low, 0) // self.side)
        last = n if high >= length else max(high, 0) // self.side  # one past it; the cut cell ends where the image does
        return slice(int(min(first, n)), int(max(last, 0)))


def look(image: Image, person: Any, looks: Iterable[Look]) -> Closeness:
    """Adds to what this person looked at. In whatever order and however often it is told, it comes to the same."""
    cells = Cells.of(image)
    with transaction.atomic():
        nothing = {"columns": cells.columns, "cells": _pack(cells.none())}
        Coverage.objects.get_or_create(image=image, person=person, defaults=nothing)
        # Two pages of one person may tell at once.
        coverage = Coverage.objects.select_for_update().get(image=image, person=person)
        closeness = unpack(cells, coverage)
        for each in looks:
            cells.add(closeness, each)
        coverage.columns, coverage.cells = cells.columns, _pack(closeness)
        coverage.save(update_fields=["columns", "cells", "changed_at"])
    return closeness


def unpack(cells: Cells, coverage: Coverage) -> Closeness:
    """Read again with another size, an image was cut otherwise: nothing is known of it then."""
    found = np.frombuffer(bytearray(zlib.decompress(coverage.cells)), np.uint8)
    is_cut_alike = coverage.columns == cells.columns and found.size == cells.rows * cells.columns
    return found.reshape(cells.rows, cells.columns) if is_cut_alike else cells.none()


def coverage_of(image: Image) -> dict[str, Any]:
    """What each person looked at: `cells` as zlib packs them, in Base64; `shares` for each of HALVINGS."""
    cells = Cells.of(image)
    people = Coverage.objects.filter(image=image).select_related("person").order_by("person__username")
    return {
        "side": cells.side,
        "columns": cells.columns,
        "rows": cells.rows,
        "people": [_looked(cells, each) for each in people],
    }


def _looked(cells: Cells, coverage: Coverage) -> dict[str, Any]:
    closeness = unpack(cells, coverage)
    return {
        "person": coverage.person.get_username(),
        "shares": cells.shares(closeness),
        "cells": b64encode(_pack(closeness)).decode(),
        "changed_at": coverage.changed_at,
    }


def _pack(closeness: Closeness) -> bytes:
    return zlib.compress(closeness.tobytes())
