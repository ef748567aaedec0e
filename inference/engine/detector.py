"""The seam between the search and whatever finds animals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inference.engine.boxes import Boxes
from inference.engine.patches import Patch

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Window:
    """One patch of an image and where it lies: `image` is (height, width, 3) uint8 RGB, `patch` in its pixels."""

    image: Pixels
    patch: Patch

    @property
    def pixels(self) -> Pixels:
        """The patch's pixels, a view into the image."""
        return self.image[self.patch.top : self.patch.bottom, self.patch.left : self.patch.right]


class Detector(Protocol):
    """Finds animals in a batch of patches.

    `labels` names the label indices. `detect` answers one Boxes per window, in pixels of that patch. It raises
    DetectorMemoryError where a smaller batch may fit, and DetectorError where the answer cannot be used.
    """

    @property
    def labels(self) -> tuple[str, ...]: ...

    def detect(self, windows: Sequence[Window]) -> list[Boxes]: ...
