"""Batches of crops for training: cut near animals and elsewhere, turned, mirrored, scaled, recoloured."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from training.loss import Targets
from training.mistakes import Place, stored_mistakes
from training.photos import Photo
from training.scenes import Pixels, load, stored
from training.targets import make_target
from training.truth import Truth

CROP_PX = 192
NEAR_AN_ANIMAL = 0.5
AT_A_MISTAKE = 0.5  # of the crops of scenes, once it is known where the network goes wrong
RESIZED = 0.25
SCENE_SCALES, PHOTO_SCALES = (0.8, 1.25), (0.5, 1.15)
RELIST_EVERY = 200
Random = np.random.Generator
Picture = tuple[Pixels, Truth]


@dataclass
class Crops(IterableDataset):
    """Endless batches ((images (n, 3, side, side) uint8,), targets). The folder is listed anew every so often, so that
    scenes may be added and removed meanwhile. A `photo_share` of the crops is of real photos, if there are any."""

    folder: Path
    photos: list[Photo]
    n_labels: int
    side: int
    batch: int
    photo_share: float
    seed: int

    def __iter__(self) -> Iterator[tuple[tuple[Tensor], Targets]]:
        worker = get_worker_info()
        random = np.random.default_rng((self.seed, worker.id if worker else 0))
        photos = [(photo.pixels(), photo.truth()) for photo in self.photos]
        while True:
            scenes, mistakes = stored(self.folder), stored_mistakes(self.folder.parent)
            for _ in range(RELIST_EVERY):
                yield self._batch([self._crop(random, scenes, photos, mistakes) for _ in range(self.batch)])

    def _crop(self, random: Random, scenes: list[Path], photos: list[Picture], mistakes: list[Place]) -> Picture:
        if photos and random.random() < self.photo_share:
            # Photos with many animals are not to be seen as often as their size asks.
            picture = photos[random.integers(len(photos))]
            return varied(*cut(*picture, self.side, random, PHOTO_SCALES), random)
        scales = SCENE_SCALES if random.random() < RESIZED else (1.0, 1.0)
        if mistakes and random.random() < AT_A_MISTAKE:
            name, *middle = mistakes[random.integers(len(mistakes))]
            picture = load(self.folder / f"{name}.json")
            return varied(*cut(*picture, self.side, random, scales, np.array(middle)), random)
        picture = _one_of(scenes, random)
        return varied(*cut(*picture, self.side, random, scales), random)

    def _batch(self, crops: list[Picture]) -> tuple[tuple[Tensor], Targets]:
        images = torch.from_numpy(np.stack([pixels for pixels, _ in crops]).transpose(0, 3, 1, 2).copy())
        made = [make_target(truth, self.side, self.n_labels) for _, truth in crops]
        parts = ("heat", "boxes", "weight", "counts")
        heat, boxes, weight, counts = (torch.from_numpy(np.stack([getattr(t, part) for t in made])) for part in parts)
        return (images,), (heat, boxes, weight, counts)


def _one_of(scenes: list[Path], random: Random) -> Picture:
    for _ in range(100):
        try:
            return load(scenes[random.integers(len(scenes))])
        except FileNotFoundError:  # taken away since the folder was listed
            continue
    raise FileNotFoundError("The folder of scenes is empty.")


def cut(
    pixels: Pixels,
    truth: Truth,
    side: int,
    random: Random,
    scales: tuple[float, float],
    place: NDArray[np.float64] | None = None,
) -> Picture:
    """A square crop, resized by a factor of `scales` to `side` px, with `place` (x, y) somewhere in it, or often with
    an animal."""
    height, width = pixels.shape[:2]
    factor = max(random.uniform(*scales), side / height, side / width)
    span = min(height, width, round(side / factor))
    left, top = _corner(truth, width, height, span, random, place)
    crop = np.ascontiguousarray(pixels[top : top + span, left : left + span])
    boxes = (truth.boxes - np.array([left, top, left, top], np.float32)) * (side / span)
    if span != side:
        crop = np.asarray(Image.fromarray(crop).resize((side, side), Image.Resampling.BILINEAR))
    near = (boxes[:, 2:] > 0).all(axis=1) & (boxes[:, :2] < side).all(axis=1)
    return crop, Truth(boxes[near], truth.labels[near], truth.trust[near])


def _corner(
    truth: Truth, width: int, height: int, span: int, random: Random, place: NDArray[np.float64] | None
) -> tuple[int, int]:
    limit = np.array([width - span, height - span])
    if place is None and len(truth.boxes) and random.random() < NEAR_AN_ANIMAL:
        box = truth.boxes[random.integers(len(truth.boxes))]
        place = (box[:2] + box[2:]) / 2
    if place is not None:
        corner = np.clip(place - random.uniform(0.1, 0.9, 2) * span, 0, limit)
    else:
        corner = random.uniform(0, limit + 1).clip(0, limit)
    return int(corner[0]), int(corner[1])


def varied(pixels: Pixels, truth: Truth, random: Random) -> Picture:
    """The crop turned by quarters, mirrored, and with other light."""
    turned, boxes = quarter_turns(pixels, truth.boxes, int(random.integers(4)))
    if random.random() < 0.5:
        side = pixels.shape[0]
        turned, boxes = turned[:, ::-1], np.stack([side - boxes[:, 2], boxes[:, 1], side - boxes[:, 0], boxes[:, 3]], 1)
    return relit(turned, random), Truth(boxes, truth.labels, truth.trust)


def quarter_turns(pixels: Pixels, boxes: NDArray[np.float32], turns: int) -> tuple[Pixels, NDArray[np.float32]]:
    """A square crop and its boxes turned counter-clockwise by a number of right angles."""
    side = pixels.shape[0]
    for _ in range(turns):
        boxes = np.stack([boxes[:, 1], side - boxes[:, 2], boxes[:, 3], side - boxes[:, 0]], axis=1)
    return np.rot90(pixels, turns), boxes


def relit(pixels: Pixels, random: Random) -> Pixels:
    """Other brightness, contrast and tint: one table of 256 values a channel."""
    gain = random.uniform(0.8, 1.2) * random.uniform(0.93, 1.07, 3)
    shift = random.uniform(-18, 18)
    values = np.arange(256, dtype=np.float32)[:, None]
    table = np.clip((values - 128) * gain + 128 + shift, 0, 255).astype(np.uint8)
    return np.stack([table[:, channel][pixels[..., channel]] for channel in range(3)], axis=-1)
