"""A folder of rendered scenes: pixels as .npy, animals as .json, one pair a seed.

Seeds keep the sets apart: training uses the first, thresholds are chosen on the second, figures are of the third.
"""

import json
import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.render import KINDS, LANDSCAPES, VIEWS, Scene, render_scene
from training.truth import Truth

TRAINING_SEEDS = range(1, 1_000_000)
VALIDATION_SEEDS = range(1_000_000, 2_000_000)
TEST_SEEDS = range(2_000_000, 3_000_000)
SIDE = 1024
EMPTY_EVERY = 6  # scenes without animals, full of what may be taken for one
CROWDED = (12, 50)  # animals in two scenes of three: an hour's training must see more than nature's few

Pixels = NDArray[np.uint8]


def varied_scene(seed: int) -> Scene:
    """The training scene of a seed; neighbouring seeds go through all landscapes and views."""
    landscape, view = LANDSCAPES[seed % len(LANDSCAPES)], VIEWS[seed // len(LANDSCAPES) % len(VIEWS)]
    n_animals = None if seed % 3 == 1 else int(np.random.default_rng(seed).integers(*CROWDED))
    return render_scene(
        seed, SIDE, SIDE, landscape=landscape, view=view, n_animals=0 if seed % EMPTY_EVERY == 1 else n_animals
    )


def truth_of(scene: Scene) -> Truth:
    return Truth.of([animal.box for animal in scene.animals], [KINDS.index(animal.label) for animal in scene.animals])


def render_into(folder: Path, seeds: Iterable[int], processes: int) -> None:
    """Renders the scenes of these seeds that the folder lacks."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [seed for seed in seeds if not _path(folder, seed, "json").exists()]
    with ProcessPoolExecutor(processes) as pool:
        for _ in pool.map(partial(_render, folder), missing, chunksize=4):
            pass


def stored(folder: Path) -> list[Path]:
    """What the folder holds now, by name."""
    return sorted(folder.glob("*.json"))


def load(path: Path) -> tuple[Pixels, Truth]:
    """Pixels (mapped, read where they are touched) and animals of one stored scene."""
    animals = json.loads(path.read_text())
    return np.load(path.with_suffix(".npy"), mmap_mode="r"), Truth.of(animals["boxes"], animals["labels"])


def _render(folder: Path, seed: int) -> None:
    scene = varied_scene(seed)
    truth = truth_of(scene)
    np.save(_path(folder, seed, "npy"), scene.pixels)
    # The animals come last and at once: a scene that is listed is complete.
    draft = _path(folder, seed, "draft")
    draft.write_text(json.dumps({"boxes": truth.boxes.tolist(), "labels": truth.labels.tolist()}))
    os.replace(draft, _path(folder, seed, "json"))


def _path(folder: Path, seed: int, ending: str) -> Path:
    return folder / f"{seed:07d}.{ending}"
