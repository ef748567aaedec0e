"""Where a network in training goes wrong on the scenes it learns from: animals it misses, and what it takes for one.

Crops around such places teach more than crops taken anywhere: nearly all of a scene is ground that it knows by now.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch

from inference.engine.evaluation import match
from training.judge import found_in
from training.network import Starter
from training.scenes import load

FOUND_FROM = 0.4  # an animal with a lower score may be lost to a threshold
TAKEN_FROM = 0.2  # what is no animal and has this score may pass one
Place = tuple[str, float, float]  # name of the scene, x, y in its px


def mistakes_in(network: Starter, path: Path, device: torch.device) -> list[Place]:
    """The middles of what one stored scene shows the network wrong."""
    pixels, truth = load(path)
    found, known = found_in(network, None, pixels, device), truth.as_boxes()
    partner = match(found, known)
    seen = set(partner[(partner >= 0) & (found.score >= FOUND_FROM)].tolist())
    missed = known.take(np.array([index not in seen for index in range(len(known))], dtype=bool))
    taken = found.take((partner < 0) & (found.score >= TAKEN_FROM))
    corners = np.concatenate([missed.corners, taken.corners])
    return [(path.stem, *map(float, place)) for place in (corners[:, :2] + corners[:, 2:]) / 2]


def write_mistakes(network: Starter, scenes: Iterable[Path], device: torch.device, file: Path) -> None:
    """Looks through scenes and writes what is wrong in them to a file."""
    places = [place for path in scenes for place in mistakes_in(network, path, device)]
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(places))
    os.replace(draft, file)


def stored_mistakes(folder: Path) -> list[Place]:
    """All that was written to the folder, by all processes."""
    files = sorted(folder.glob("mistakes-*.json"))
    return [(name, x, y) for file in files for name, x, y in json.loads(file.read_text())]
