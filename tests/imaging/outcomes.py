"""What must become of every file of the shared data: `outcomes.csv`, the one table that all tests of intake go by.

Decided by looking at each: a survey team would rather copy a file again than count in shifted or grey pixels
(`corrupted.jpg` and `hopper_bad_exif.jpg` are shifted from some row on), and would not lose an image for a broken note
in its header. `koger_3840x2178.png` is a JPEG whatever its name says. Times and positions are those that Pillow reads.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.imaging.looks import Look, read_look

CAMERAS = ("caliterra", "sealions/train", "sealions/test")  # folders of photographs that differ in what they show


@dataclass(frozen=True)
class Accepted:
    """width and height of the upright image, `look` its colours, `seen` what a person saw in it; captured_at by the
    camera's clock; position as latitude, longitude."""

    width: int
    height: int
    media_type: str
    look: Look
    seen: str
    captured_at: str | None
    position: tuple[float, float] | None
    altitude_m: float | None


@dataclass(frozen=True)
class Refused:
    """By this code of imaging.errors and in these words, in less than two seconds and 300 MB."""

    code: str
    sentence: str


def _outcome(row: dict[str, str]) -> Accepted | Refused:
    if row["code"]:
        return Refused(row["code"], row["sentence"])
    return Accepted(
        width=int(row["width"]),
        height=int(row["height"]),
        media_type=row["media_type"],
        look=read_look(row["look"]),
        seen=row["seen"],
        captured_at=row["captured_at"] or None,
        position=(float(row["latitude"]), float(row["longitude"])) if row["latitude"] else None,
        altitude_m=float(row["altitude_m"]) if row["altitude_m"] else None,
    )


with (Path(__file__).parent / "outcomes.csv").open(encoding="utf-8", newline="") as file:
    OUTCOMES: dict[str, Accepted | Refused] = {row["file"]: _outcome(row) for row in csv.DictReader(file)}


def one_by_one(names: Iterable[str]) -> list[Any]:
    """For `parametrize`: every odd file and each camera's first photograph are fast; its others, and a giant, slow."""
    kept, folders = [], set()
    for name in names:
        folder = name.rpartition("/")[0]
        is_slow = name == "geotiff/cog_world.tif" or (folder in CAMERAS and folder in folders)
        kept.append(pytest.param(name, marks=pytest.mark.slow) if is_slow else name)
        folders.add(folder)
    return kept
