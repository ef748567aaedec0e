"""The look of an image: the mean colours of its nine ninths, row by row. A turn, a mirror or a grey tile changes it."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Look = NDArray[np.int_]
TOLERANCE = 4
"""Of 255, in any colour of any ninth: what JPEG and a browser's resizing may change, and half of what a turn does."""


def read_look(text: str) -> Look:
    """From nine colours as in `7f0042`."""
    return np.array([list(bytes.fromhex(colour)) for colour in text.split()]).reshape(3, 3, 3)


def look_of(pixels: NDArray[np.uint8]) -> Look:
    """Of (height, width, 3)."""
    return np.asarray(Image.fromarray(pixels).resize((3, 3), Image.Resampling.BOX)).astype(int)


def difference(look: Look, other: Look) -> int:
    return int(np.abs(look - other).max())


def other_ways_round(look: Look, width: int, height: int) -> list[Look]:
    """The looks of an image of that size when it is turned or mirrored and still has the size."""
    ways = [np.rot90(side, quarters) for side in (look, look[:, ::-1]) for quarters in range(4)]
    return ways[1:] if width == height else ways[2::2]
