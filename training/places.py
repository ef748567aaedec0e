"""What the second look learns from: the places that the first one names in scenes and photos, and what is true there.

The scenes are of seeds that the first look was not trained on, so that it errs on them as it will err on new pictures.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from inference.engine.boxes import Boxes
from inference.engine.matching import touching_shares
from training.network import Starter
from training.photos import Photo
from training.render import LANDSCAPES, VIEWS, Scene, render_scene
from training.scenes import TRAINING_SEEDS, Pixels, truth_of
from training.second import Places, frames, in_squares, places, windows
from training.truth import Truth

FIRST_SEED = 500_000  # of TRAINING_SEEDS; the first look is trained on lower ones
SIDE = 2048
TILE_PX = 1024  # pictures are looked at in tiles, whose seams cut animals as the edges of patches do
CROWDED = (15, 110)  # animals, in every second scene
# Intersection over union with the nearest animal. A part of an animal is none, unless it is all that was seen of it:
# then the box is to be moved. Where a square stands in for an animal's box the two cannot be told from each other, and
# what lies between is left open.
ANIMAL_FROM, GROUND_BELOW = 0.25, 0.1
PHOTO_SCALES = (1.0, 0.75, 0.55)
Random = np.random.Generator


@dataclass(frozen=True, eq=False)
class Judged:
    """n places: `windows` (n, 48, 48, 3) uint8; `felt` (n, f); the place's box, and the animal's, in sides of the
    window from its corner, `boxes` and `animals` (n, 4); `is_animal` 1, 0, or -1 where that is left open; `labels`
    (n), -1 where there is none; `trust` (n) in the animal's box (0-1); the `squares` (n, 4) that the windows show, in
    px of the tile; `tiles` (n), a number for each tile, whose places follow each other."""

    windows: Pixels
    felt: NDArray[np.float32]
    boxes: NDArray[np.float32]
    animals: NDArray[np.float32]
    is_animal: NDArray[np.int8]
    labels: NDArray[np.int8]
    trust: NDArray[np.float32]
    squares: NDArray[np.float32]
    tiles: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.felt)

    @classmethod
    def together(cls, parts: list["Judged"]) -> "Judged":
        """All of them, tiles numbered anew."""
        whole = cls(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(cls)))
        begins = [part.tiles != np.roll(part.tiles, 1) for part in parts]
        for begin in begins:
            begin[:1] = True
        return replace(whole, tiles=np.cumsum(np.concatenate(begins), dtype=np.int32) - 1)

    @property
    def wanted(self) -> tuple[NDArray[np.generic], ...]:
        """What `second_loss_of` wants to know."""
        return self.is_animal, self.labels, self.boxes, self.animals, self.trust, self.squares, self.tiles

    def take(self, index: NDArray[np.integer]) -> "Judged":
        return Judged(*(getattr(self, each.name)[index] for each in fields(self)))

    def save(self, path: Path) -> None:
        draft = path.with_suffix(".draft")
        with draft.open("wb") as file:
            np.savez(file, **{each.name: getattr(self, each.name) for each in fields(self)})
        os.replace(draft, path)

    @classmethod
    def load(cls, path: Path) -> "Judged":
        with np.load(path) as stored:
            return cls(*(stored[each.name] for each in fields(cls)))


@torch.no_grad()
def judged(first: Starter, pixels: Pixels, truth: Truth) -> Judged:
    """The places of one picture, tile by tile."""
    height, width = pixels.shape[:2]
    parts = []
    for top in range(0, height - 31, TILE_PX):
        for left in range(0, width - 31, TILE_PX):
            tile = pixels[top : top + TILE_PX, left : left + TILE_PX]
            tile = tile[: tile.shape[0] // 32 * 32, : tile.shape[1] // 32 * 32]
            image = torch.from_numpy(np.array(tile)).permute(2, 0, 1)[None].float()
            parts.append(_of_tile(image, places(first, image), _shown(truth, left, top, tile.shape)))
    return Judged.together(parts)


def _shown(truth: Truth, left: int, top: int, shape: tuple[int, ...]) -> Truth:
    """The animals of which a tile shows anything, each as far as it is shown."""
    edges = np.array([shape[1], shape[0]] * 2, np.float32)
    boxes = np.clip(truth.boxes - np.array([left, top] * 2, np.float32), 0, edges)
    some = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    return Truth(boxes[some], truth.labels[some], truth.trust[some])


def _of_tile(image: torch.Tensor, seen: Places, truth: Truth) -> Judged:
    squares = frames(seen.boxes)
    shown = windows(image, squares).round().clamp(0, 255).byte().permute(0, 2, 3, 1)
    boxes = seen.boxes.numpy()
    one, other, shares = touching_shares(Boxes.of(boxes, np.ones(len(boxes)), np.zeros(len(boxes))), truth.as_boxes())
    share, nearest = np.zeros(len(boxes)), np.full(len(boxes), -1)
    for i in np.argsort(shares, kind="stable"):
        share[one[i]], nearest[one[i]] = shares[i], other[i]
    best = np.zeros(len(truth.boxes) + 1)  # share of each animal that the best of its places has; at the end, of none
    np.maximum.at(best, nearest, share)
    is_all_there_is = (share >= GROUND_BELOW) & (share == best[nearest]) & (np.append(truth.trust, 0)[nearest] == 1)
    known = (share >= ANIMAL_FROM) | is_all_there_is
    is_animal = known.astype(np.int8)
    is_animal[~known & (share >= GROUND_BELOW) & (np.append(truth.trust, 1)[nearest] < 1)] = -1
    animals, labels, trust = np.zeros_like(boxes), np.full(len(boxes), -1, np.int8), np.zeros(len(boxes), np.float32)
    animals[known] = in_squares(torch.from_numpy(truth.boxes[nearest[known]]), squares[known]).numpy()
    labels[known], trust[known] = truth.labels[nearest[known]], truth.trust[nearest[known]]
    return Judged(
        shown.numpy(), seen.felt.numpy(), in_squares(seen.boxes, squares).numpy(),
        animals, is_animal, labels, trust, squares.numpy(), np.zeros(len(boxes), np.int32),
    )  # fmt: skip


def scene_of(seed: int) -> Scene:
    """Of 28 neighbouring seeds seven scenes are empty, seven hold what nature puts there, fourteen are crowded; of
    fifteen, five are seen at a slant."""
    landscape, view = LANDSCAPES[seed % len(LANDSCAPES)], VIEWS[int(seed // len(LANDSCAPES) % 3 == 0)]
    random = np.random.default_rng(seed)
    numbers = (0, None, int(random.integers(*CROWDED)), int(random.integers(*CROWDED)))
    return render_scene(seed, SIDE, SIDE, landscape=landscape, view=view, n_animals=numbers[seed // 7 % 4])


def gather_scenes(first: Starter, folder: Path, share: tuple[int, int], seconds: float) -> None:
    """Writes the places of scene after scene into `folder`, for so many seconds; of `share` (number, of all) processes
    each takes its own seeds. Scenes that are there already are not drawn again."""
    folder.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + seconds
    for seed in range(FIRST_SEED + share[0], TRAINING_SEEDS.stop, share[1]):
        if time.monotonic() >= end:
            return
        path = folder / f"{seed:07d}.npz"
        if not path.exists():
            scene = scene_of(seed)
            judged(first, scene.pixels, truth_of(scene)).save(path)


def gather_photos(first: Starter, photos: list[Photo], folder: Path) -> None:
    """Writes the places of every photo at a few sizes."""
    folder.mkdir(parents=True, exist_ok=True)
    for photo in photos:
        pixels, truth = photo.pixels(), photo.truth()
        for scale in PHOTO_SCALES:
            path = folder / f"{photo.path.stem}-{scale}.npz"
            if not path.exists():
                size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
                smaller = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX))
                resized = Truth(truth.boxes * np.float32(scale), truth.labels, truth.trust)
                judged(first, smaller, resized).save(path)


def stored_places(folder: Path) -> Iterator[Judged]:
    for path in sorted(folder.glob("*.npz")):
        yield Judged.load(path)
