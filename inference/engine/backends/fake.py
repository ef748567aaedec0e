"""A detector of fixed cost and predictable answers, for tests and benchmarks of everything around it.

One animal stands in the middle of every `spacing` x `spacing` cell of the image that fits wholly into it; a patch
of one single colour holds nothing. Card settings: `spacing` and `size` of the animals in px, `score`,
`seconds_per_patch` of busy CPU, `fail_sizes`: [[width, height], ...] of images on which the detector fails; and
`fast` and `turbo`: what is otherwise in these modes.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imaging.wording import gettext as _
from inference.engine.boxes import Boxes
from inference.engine.card import ModelCard
from inference.engine.detector import Pixels, Window
from inference.engine.errors import CardError, DetectorError


@dataclass(frozen=True)
class FakeDetector:
    labels: tuple[str, ...]
    spacing: int = 512
    size: int = 48
    score: float = 0.9
    seconds_per_patch: float = 0.0
    fail_sizes: tuple[tuple[int, int], ...] = ()
    device: str = "cpu"  # the one it was asked for: it runs nowhere

    def detect(self, windows: Sequence[Window]) -> list[Boxes]:
        return [self._one(window) for window in windows]

    def _one(self, window: Window) -> Boxes:
        height, width = window.image.shape[:2]
        if (width, height) in self.fail_sizes:
            sentence = _("The fake detector was told to fail on images of %(width)d x %(height)d px.")
            raise DetectorError(sentence % {"width": width, "height": height})
        _burn(self.seconds_per_patch)
        if _is_one_colour(window.pixels):
            return Boxes.none()
        return _seen(self._animals(width, height), window)

    def _animals(self, width: int, height: int) -> Boxes:
        columns, rows = np.meshgrid(np.arange(width // self.spacing), np.arange(height // self.spacing))
        middle = (np.stack([columns, rows], axis=-1).reshape(-1, 2) + 0.5) * self.spacing
        corners = np.concatenate([middle - self.size / 2, middle + self.size / 2], axis=1)
        label = (columns + rows).reshape(-1) % len(self.labels)
        return Boxes.of(corners, np.full(len(corners), self.score), label)


def load(_folder: Path, card: ModelCard, device: str, _threads: int | None, *, mode: str = "exact") -> FakeDetector:
    """The fake detector of a card; device and threads make no difference to it, but it says which device it was."""
    settings = dict(card.settings)
    in_modes = {name: settings.pop(name, {}) for name in ("fast", "turbo")}
    settings |= in_modes.get(mode, {})
    settings["fail_sizes"] = tuple((int(width), int(height)) for width, height in settings.get("fail_sizes", ()))
    try:
        return FakeDetector(card.labels, device=device, **settings)
    except TypeError as problem:
        known = ", ".join(list(FakeDetector.__dataclass_fields__)[1:-1])
        sentence = _("Model card key 'settings' of a fake model may hold %(known)s.")
        raise CardError(sentence % {"known": known}) from problem


def _burn(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def _is_one_colour(pixels: Pixels) -> bool:
    sample = pixels[::16, ::16]
    return bool((sample == sample[0, 0]).all())


def _seen(animals: Boxes, window: Window) -> Boxes:
    """The animals of an image of which this patch sees anything, cut to the patch, in the patch's pixels."""
    patch = window.patch
    return animals.shifted(-patch.left, -patch.top).clipped(patch.width, patch.height)
