"""Photographs with a point for every sea lion: `points.csv` (file, x, y, class) beside the folders train/ and test/.

A point says where an animal is, not how large: each class has a square of its usual size at the scale of these photos.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.decode import read_upright
from training.render import KINDS
from training.truth import Truth

SIDES_PX = {"adult_males": 60, "subadult_males": 52, "adult_females": 40, "juveniles": 30, "pups": 18}
TRUST = 0.15


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo's file, the places (n, 2) of its animals in px of the upright image, and their classes."""

    path: Path
    points: NDArray[np.float64]
    classes: tuple[str, ...]

    def pixels(self) -> NDArray[np.uint8]:
        return read_upright(self.path)

    def truth(self) -> Truth:
        half = np.array([SIDES_PX[name] for name in self.classes], np.float64).reshape(-1, 1) / 2
        boxes = np.concatenate([self.points - half, self.points + half], axis=1)
        count = len(self.classes)
        return Truth.of(boxes, [KINDS.index("seal")] * count, np.full(count, TRUST))


def photos_in(folder: Path, part: str) -> list[Photo]:
    """The photos of `part` ("train" or "test"), those without animals included."""
    with (folder / "points.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["class"] in SIDES_PX]
    return [_photo(path, f"{part}/{path.name}", rows) for path in sorted((folder / part).glob("*.jpg"))]


def _photo(path: Path, name: str, rows: list[dict[str, str]]) -> Photo:
    own = [row for row in rows if row["file"] == name]
    points = np.array([[float(row["x"]), float(row["y"])] for row in own]).reshape(-1, 2)
    return Photo(path, points, tuple(row["class"] for row in own))
