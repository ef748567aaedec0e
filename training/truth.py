"""What is known of the animals of a picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.engine.boxes import Boxes

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Truth:
    """The animals of a picture: boxes (n, 4) in px, n label numbers, and for each how far its box can be trusted (0-1:
    points turned into boxes know the place, not the size)."""

    boxes: Floats
    labels: NDArray[np.int64]
    trust: Floats

    @classmethod
    def of(cls, boxes: object, labels: object, trust: object = None) -> "Truth":
        corners = np.asarray(boxes, np.float32).reshape(-1, 4)
        known = np.ones(len(corners), np.float32) if trust is None else np.asarray(trust, np.float32)
        return cls(corners, np.asarray(labels, np.int64).reshape(-1), known)

    def as_boxes(self) -> Boxes:
        return Boxes.of(self.boxes, np.ones(len(self.boxes)), self.labels)
