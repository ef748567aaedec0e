"""Batches of places for the second look: turned, mirrored, moved a little, with other light."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from training.crops import relit
from training.places import Judged
from training.second import N_SIDES, WINDOW_PX

SPAN = (40, WINDOW_PX)  # px of the window that are enlarged to the whole of it, now and then
ENLARGED = 0.5
HARD_SHARE = 0.4
Random = np.random.Generator
Floats = NDArray[np.float32]
Glance = tuple[NDArray[np.uint8], Floats, Floats, Floats]


@dataclass
class Glances:
    """Endless batches ((windows (n, 3, 48, 48) uint8, felt), what `second_loss_of` wants). A `photo_share` of places
    is of real photos, if there are any. Once `wrong` (n) says how far off the answers are for the places of scenes, a
    `HARD_SHARE` of a batch is drawn by it."""

    scenes: Judged
    photos: Judged | None
    batch: int
    photo_share: float
    seed: int
    wrong: Floats | None = None

    def __iter__(self) -> Iterator[tuple[tuple[Tensor, ...], tuple[Tensor, ...]]]:
        random = np.random.default_rng(self.seed)
        n_photos = round(self.batch * self.photo_share) if self.photos else 0
        while True:
            n_hard = round((self.batch - n_photos) * HARD_SHARE) if self.wrong is not None else 0
            chosen = [_chosen(self.scenes, self.batch - n_photos - n_hard, random)]
            if n_hard:
                chosen.append(_chosen(self.scenes, n_hard, random, self.wrong))
            if self.photos:
                chosen.append(_chosen(self.photos, n_photos, random))
            yield _batch(Judged.together(chosen), random)


def _chosen(of: Judged, number: int, random: Random, weight: Floats | None = None) -> Judged:
    if weight is None:
        return of.take(random.integers(len(of), size=number))
    up_to = np.cumsum(weight, dtype=np.float64)
    return of.take(np.searchsorted(up_to, random.random(number) * up_to[-1]).clip(max=len(of) - 1))


def _batch(places: Judged, random: Random) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    n = range(len(places))
    glances = [glance(places.windows[i], places.felt[i], places.boxes[i], places.animals[i], random) for i in n]
    shown, felt, boxes, animals = (np.stack(part) for part in zip(*glances, strict=True))
    inputs = (torch.from_numpy(shown.transpose(0, 3, 1, 2).copy()), torch.from_numpy(felt))
    wanted = (places.is_animal, places.labels, boxes, animals, places.trust)
    return inputs, tuple(torch.from_numpy(part) for part in wanted)


def glance(window: NDArray[np.uint8], felt: Floats, box: Floats, animal: Floats, random: Random) -> Glance:
    """One place seen otherwise; boxes (4) are in window sides."""
    boxes, sides, felt = np.stack([box, animal]), felt[:N_SIDES], felt.copy()
    if random.random() < ENLARGED:
        window, boxes = _enlarged(window, boxes, random)
    for _ in range(random.integers(4)):  # quarters, counter-clockwise
        window = np.rot90(window)
        boxes = np.stack([boxes[:, 1], 1 - boxes[:, 2], boxes[:, 3], 1 - boxes[:, 0]], axis=1)
        sides = sides[[1, 2, 3, 0]]
    if random.random() < 0.5:
        window = window[:, ::-1]
        boxes = np.stack([1 - boxes[:, 2], boxes[:, 1], 1 - boxes[:, 0], boxes[:, 3]], axis=1)
        sides = sides[[2, 1, 0, 3]]
    felt[:N_SIDES] = sides
    return relit(window, random), felt, boxes[0], boxes[1]


def _enlarged(window: NDArray[np.uint8], boxes: Floats, random: Random) -> tuple[NDArray[np.uint8], Floats]:
    span = int(random.integers(SPAN[0], SPAN[1]))
    left, top = random.integers(0, WINDOW_PX - span + 1, 2).tolist()
    part = Image.fromarray(np.ascontiguousarray(window[top : top + span, left : left + span]))
    corner = np.array([left, top] * 2, np.float32) / WINDOW_PX
    larger = np.asarray(part.resize((WINDOW_PX, WINDOW_PX), Image.Resampling.BILINEAR))
    return larger, (boxes - corner) * np.float32(WINDOW_PX / span)
