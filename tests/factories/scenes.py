"""Made-up herds seen from above: the true boxes of every animal, and what overlapping patches see of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.engine.backends.oracle import OracleDetector, Truth
from inference.engine.boxes import Boxes
from inference.engine.pairs import touching_pairs
from inference.engine.patches import Patch
from inference.engine.search import SearchSettings, search_image

Size = tuple[int, int]
LABELS = ("elephant", "buffalo", "kob")


@dataclass(frozen=True)
class Outcome:
    """How many animals there were, were not found, and were found once too often."""

    animals: int
    lost: int
    doubled: int


def make_crowd(size: Size, body: tuple[float, float], spacing: float, *, seed: int, labels: int = 1) -> Boxes:
    """Animals all over an image, their middles about `spacing` px apart, sides of `body[0]` to `body[1]` px."""
    random = np.random.default_rng(seed)
    columns, rows = np.meshgrid(*(np.arange(spacing, side - spacing, spacing) for side in size))
    middle = np.stack([columns, rows], axis=-1).reshape(-1, 2)
    middle = middle + random.uniform(-0.3, 0.3, middle.shape) * spacing
    half = random.uniform(*body, middle.shape) / 2
    corners = np.clip(np.concatenate([middle - half, middle + half], axis=1), 0, [*size, *size])
    return Boxes.of(corners, random.uniform(0.3, 1, len(corners)), random.integers(0, labels, len(corners)))


def search_scene(animals: Boxes, size: Size, settings: SearchSettings, **oracle: float) -> Boxes:
    """What a detector that knows the truth finds, patch by patch; `oracle` takes jitter, min_visible and seed."""
    detector = OracleDetector(LABELS, (Truth(*size, animals),), **oracle)
    pixels = np.broadcast_to(np.zeros(3, np.uint8), (size[1], size[0], 3))
    return search_image(pixels, detector, settings).boxes


def compare(animals: Boxes, found: Boxes, *, tolerance: float = 0.01) -> Outcome:
    """Pairs animals with found boxes of their label one to one, all edges within `tolerance` px, closest first."""
    corners = np.concatenate([animals.corners, found.corners])
    label = np.concatenate([animals.label, found.label])
    first, second = touching_pairs(corners, margin=2 * tolerance)
    off = np.abs(corners[first] - corners[second]).max(axis=1)
    fits = (first < len(animals)) & (second >= len(animals)) & (label[first] == label[second]) & (off <= tolerance)
    met: set[int] = set()
    for one, other in np.stack([first, second], axis=1)[fits][np.argsort(off[fits])].tolist():
        if one not in met and other not in met:
            met |= {one, other}
    paired = len(met) // 2
    return Outcome(len(animals), len(animals) - paired, len(found) - paired)


def mean_neighbour_distance(animals: Boxes) -> float:
    """Px from an animal's middle to the nearest other's, on average over some of them."""
    middle = (animals.corners[:, :2] + animals.corners[:, 2:]) / 2
    apart = np.linalg.norm(middle[None] - middle[::20, None], axis=2)
    return float(np.partition(apart, 1, axis=1)[:, 1].mean())


def wobbly_views(animals: Boxes, patches: Sequence[Patch], *, seed: int) -> list[Boxes]:
    """What an ordinary detector sees of each patch: it misses one animal in seven and what is cut to less than a
    quarter, puts edges 8 % of the animal's side off, and shows of a third of the fragments only a part."""
    random = np.random.default_rng(seed)
    return [_wobbly_view(animals.shifted(-patch.left, -patch.top), patch, random) for patch in patches]


def _wobbly_view(animals: Boxes, patch: Patch, random: np.random.Generator) -> Boxes:
    frame = np.array([patch.width, patch.height] * 2)
    cut = np.clip(animals.corners, 0, frame)
    area = np.maximum(cut[:, 2:] - cut[:, :2], 0).prod(axis=1)
    shown = area / animals.area
    noise = random.normal(0, 0.08, cut.shape) * np.tile(animals.corners[:, 2:] - animals.corners[:, :2], 2)
    noise[(cut == 0) | (cut == frame)] *= 0.2
    partly = (shown < 0.98) & (random.random(len(animals)) < 0.33)
    cut[partly, 1] += 0.4 * (cut[partly, 3] - cut[partly, 1])
    seen = Boxes.of(np.clip(cut + noise, 0, frame), animals.score, animals.label)
    return seen.take((shown > 0.25) & (random.random(len(animals)) > 1 / 7) & (seen.area > 0))
