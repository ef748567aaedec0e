"""`python -m training.evaluate`: the card's figures, measured again with the committed weights.

Needs no PyTorch. Test sets that are not there are named and left out. Exits 1 where a figure is not the card's.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from inference.engine.card import write_card
from training.figures import Figures, on_empty, on_photos, on_scenes
from training.scenes import TEST_SEEDS
from training.searching import Ask, asker

STARTER = Path(__file__).parent.parent / "models" / "starter"
SHARED_DATA = Path(os.environ.get("SHARED_DATA", Path(__file__).parent.parent.parent / "shared" / "data"))
N_SCENES = 20
TOLERANCE = 0.015  # another processor rounds otherwise, and a borderline animal is found or not


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=STARTER, help="model folder")
    parser.add_argument("--data", type=Path, default=SHARED_DATA, help="folder with sealions/ and caliterra/")
    parser.add_argument("--write", action="store_true", help="write the figures into the card, where they have changed")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        card, ask = asker(asked.model, Path(scratch))
        figures = measure(ask, card.score_threshold, asked.data)
    if asked.write:
        card = replace(card, metrics={**card.metrics, **figures})
        write_card(card, asked.model)
    return compare(figures, dict(card.metrics))


def measure(ask: Ask, threshold: float, data: Path) -> Figures:
    """The figures of all test sets that are there."""
    figures: Figures = {"rendered_scenes": on_scenes(ask, threshold, TEST_SEEDS[:N_SCENES])}
    if (data / "sealions" / "points.csv").exists():
        figures["sealions_test"] = on_photos(ask, threshold, data / "sealions")
    if (data / "caliterra").is_dir():
        figures["caliterra_empty"] = on_empty(ask, threshold, sorted((data / "caliterra").glob("*.jpg")))
    return figures


def compare(figures: Figures, on_card: Figures) -> int:
    """Prints every figure beside the card's; 1 where they differ."""
    measured, written = dict(flat(figures)), dict(flat(on_card))
    is_same = True
    for name, value in measured.items():
        is_near = _is_near(value, written.get(name))
        is_same &= is_near
        print(f"{name:50} {value!s:>10}" + ("" if is_near else f"   the card says {written.get(name)}"))
    for name in on_card.keys() - figures.keys():
        print(f"{name}: not measured, its data is absent")
    return 0 if is_same else 1


def flat(figures: Figures, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _is_near(value: Any, other: Any) -> bool:
    if isinstance(value, float) and isinstance(other, int | float):
        return abs(value - other) <= TOLERANCE * max(1, abs(other))
    return bool(value == other)


if __name__ == "__main__":
    sys.exit(main())
