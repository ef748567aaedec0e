"""Turning patches into the network's input, and its boxes back into patch pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imaging.wording import gettext as _
from inference.engine.boxes import Boxes
from inference.engine.card import ModelCard
from inference.engine.detector import Pixels
from inference.engine.errors import DetectorError

Batch = NDArray[Any]


@dataclass(frozen=True)
class Fit:
    """How patches are fitted into an input of `width` x `height` px, as the card says.

    The scale follows from the card's patch size, so that a smaller patch of a small image is not enlarged: animals
    keep the size the model was trained on. The patch lies in the top-left corner; the rest is filled.
    """

    card: ModelCard
    width: int
    height: int

    def batch(self, patches: Sequence[Pixels], kind: type[np.generic] = np.float32) -> Batch:
        """(n, 3, height, width) of the given number type, normalised, channels in the card's order."""
        canvas = np.full((len(patches), self.height, self.width, 3), self.card.input.fill, dtype=np.float32)
        for slot, patch in zip(canvas, patches, strict=True):
            width, height = self.size_of(patch)
            slot[:height, :width] = _resized(patch, width, height)[..., self._channels]
        return np.ascontiguousarray(self._normalised(canvas).transpose(0, 3, 1, 2).astype(kind, copy=False))

    def size_of(self, patch: Pixels) -> tuple[int, int]:
        """Width and height in px that this patch has inside the input. Raises DetectorError where it cannot fit."""
        height, width = patch.shape[:2]
        across, down = self._scale(max(width, self.card.patch.width), max(height, self.card.patch.height))
        size = max(1, round(width * across)), max(1, round(height * down))
        if size[0] > self.width or size[1] > self.height:
            sentence = _(
                "A patch of %(width)d x %(height)d px does not fit into the model's input of %(most_width)d x "
                "%(most_height)d px: choose a smaller patch, or 'letterbox' as the card's resize rule."
            )
            most = {"most_width": self.width, "most_height": self.height}
            raise DetectorError(sentence % {"width": width, "height": height, **most})
        return size

    def back(self, boxes: Boxes, patch: Pixels) -> Boxes:
        """Boxes in input pixels as boxes in the pixels of their patch, clipped to it."""
        height, width = patch.shape[:2]
        inside_width, inside_height = self.size_of(patch)
        across, down = width / inside_width, height / inside_height
        corners = boxes.corners * np.array([across, down, across, down], dtype=np.float32)
        return Boxes.of(corners, boxes.score, boxes.label).clipped(width, height)

    @property
    def _channels(self) -> slice:
        return slice(None, None, -1) if self.card.channel_order == "BGR" else slice(None)

    def _scale(self, width: int, height: int) -> tuple[float, float]:
        across, down = self.width / width, self.height / height
        if self.card.input.resize == "none":
            return 1.0, 1.0
        return (across, down) if self.card.input.resize == "stretch" else (min(across, down),) * 2

    def _normalised(self, canvas: NDArray[np.float32]) -> NDArray[np.float32]:
        scale = np.float32(self.card.pixel_scale) / np.array(self.card.pixel_std, dtype=np.float32)
        shift = np.array(self.card.pixel_mean, dtype=np.float32) / np.array(self.card.pixel_std, dtype=np.float32)
        if (scale != 1).any():
            np.multiply(canvas, scale, out=canvas)
        if shift.any():
            np.subtract(canvas, shift, out=canvas)
        return canvas


def _resized(patch: Pixels, width: int, height: int) -> Pixels:
    if patch.shape[:2] == (height, width):
        return patch
    return np.asarray(Image.fromarray(patch).resize((width, height), Image.Resampling.BILINEAR))
