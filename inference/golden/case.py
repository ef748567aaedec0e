"""A case folder: configuration, the recipe of its weights, images, and what real Detectron2 answered."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from PIL import Image

from inference.golden.weights import state_dict

CASE_FILE = "case.json"
Arrays = Mapping[str, NDArray[Any]]


class GoldenError(Exception):
    """A folder that is no case; the message says what is wrong with it."""


@dataclass(frozen=True)
class Recipe:
    """What case.json says: how the weights are made, and whether images are resized first."""

    seed: int
    gains: Sequence[tuple[str, float]]
    overrides: Mapping[str, Any]
    images: Sequence[str]
    is_resized: bool

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Recipe":
        gains = [(str(text), float(factor)) for text, factor in content.get("gains", ())]
        is_resized = bool(content.get("resize_shortest_edge", False))
        return cls(int(content["seed"]), gains, content.get("overrides") or {}, content["images"], is_resized)


@dataclass(frozen=True, eq=False)
class Case:
    """`shapes` of the weights by name; `recipe` is case.json; `expected` the stored answers by name."""

    name: str
    config: Mapping[str, Any]
    shapes: Mapping[str, list[int]]
    recipe: Recipe
    images: list[NDArray[np.uint8]]
    expected: Arrays

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """float32 by name. Takes seconds: up to a hundred million numbers are made."""
        return state_dict(self.shapes, self.recipe.seed, self.recipe.gains, self.recipe.overrides)


def case_folders(folder: Path) -> Iterator[Path]:
    """The folder itself where it is a case, and all cases below it. Raises GoldenError where there is none."""
    found = sorted(path.parent for path in folder.rglob(CASE_FILE))
    if not found:
        raise GoldenError(f"There is no case below {folder}: a case is a folder with {CASE_FILE}.")
    yield from found


def read_case(folder: Path) -> Case:
    """The case of a folder. Raises GoldenError, naming the file that is missing or broken."""
    try:
        recipe = Recipe.of(json.loads((folder / CASE_FILE).read_text(encoding="utf-8")))
        with np.load(folder / "expected.npz", allow_pickle=False) as stored:
            expected = {name: stored[name] for name in stored.files}
        return Case(
            name=folder.name,
            config=yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8")) or {},
            shapes=json.loads((folder / "shapes.json").read_text(encoding="utf-8")),
            recipe=recipe,
            images=[_pixels(folder / name) for name in recipe.images],
            expected=expected,
        )
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError) as problem:
        raise GoldenError(f"{type(problem).__name__}: {problem}") from problem


def _pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))
