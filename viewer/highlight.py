"""A small picture of an image for cards and strips: the place where the search found most, at a whole zoom.

Animals that are hardly seen are shown at twice their size, with a frame around each.
"""

from typing import Any

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image as Picture

from imaging.tiles import Tileset
from inference.access import detections_for, run_of_survey
from inference.species import species_map
from surveys.models import Image
from viewer.windows import Size, read_window

SIZE, HALF_SIZE = (480, 240), (240, 120)
ANIMAL_PX, TINY_PX = 36, 16  # about as long as an animal is to be seen; what is hardly seen
FRAME = np.array((-4, -4, 4, 4))  # so far from the animal
MOST_BOXES = 400  # the surest of these decide the place
MAX_BYTES = 12_000  # twelve of these and the rest of the home page stay under 300 kB
QUALITIES = (80, 72, 64, 56, 48, 40, 32)
Corners = NDArray[np.float64]


def highlight(principal: Any, image: Image) -> bytes | None:
    """A JPEG of at most 480 x 240 pixels; None while no pixels are there. Raises Http404 for strangers."""
    boxes, scores = _boxes(principal, image)
    tileset = Tileset(image.width or 1, image.height or 1)
    length = _length(boxes)
    window = HALF_SIZE if 0 < length < TINY_PX else SIZE
    halvings = min(_halvings_for(length), _widest(image)) if length else _widest(image)
    # Without the full pyramid only the small levels are there.
    for level in range(halvings, tileset.max_zoom + 1):
        size = _size(image, level)
        place = _place(boxes / 2**level, scores, size, window)
        pixels = read_window(image, tileset.max_zoom - level, place, size, window)
        if pixels is not None:
            is_tiny = window == HALF_SIZE and level == 0
            return _encode(_framed(pixels, boxes - (*place, *place)) if is_tiny else pixels)
    return None


def _boxes(principal: Any, image: Image) -> tuple[Corners, NDArray[np.float64]]:
    if not image.n_detections:
        return np.empty((0, 4)), np.empty(0)
    run = run_of_survey(image.survey, None)
    found = detections_for(principal, image).filter(run=run).order_by("-score", "pk")
    if run is not None:
        found = found.exclude(label__in=species_map(run).dropped)
    rows = np.array(list(found.values_list("left", "top", "right", "bottom", "score")[:MOST_BOXES]), float)
    rows = rows.reshape(-1, 5)
    return rows[:, :4], rows[:, 4]


def _size(image: Image, level: int) -> Size:
    return -(-(image.width or 1) // 2**level), -(-(image.height or 1) // 2**level)


def _widest(image: Image) -> int:
    """How often the image can be halved and still fill the picture."""
    fill = min((image.width or 1) / SIZE[0], (image.height or 1) / SIZE[1])
    return max(int(np.log2(fill)), 0) if fill >= 1 else 0


def _length(boxes: Corners) -> float:
    """Of the middling animal, in pixels of the image; 0 where nothing was found."""
    return float(np.median((boxes[:, 2:] - boxes[:, :2]).max(axis=1))) if len(boxes) else 0.0


def _halvings_for(length: float) -> int:
    """So that the middling animal is not all there is to see."""
    return max(round(float(np.log2(length / ANIMAL_PX))), 0)


def _place(boxes: Corners, scores: NDArray[np.float64], size: Size, window: Size) -> Size:
    """Left and top of the window that shows most, counted by model scores; the middle where nothing was found."""
    room = np.maximum(np.array(size) - window, 0)
    if not len(boxes):
        return int(room[0] // 2), int(room[1] // 2)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = np.array(window) / 2
    corners = np.clip(middles - half, 0, room)  # a window around each animal, inside the image
    offset = middles[None] - corners[:, None]
    shown = ((offset > 0) & (offset < window)).all(axis=2)
    # Of windows that show as much, the one with the animals nearest to its middle.
    apart = np.abs(offset - half).sum(axis=2) / sum(window)
    left, top = corners[np.argmax((shown * (1 - 0.5 * apart)) @ scores)]
    return int(left), int(top)


def _framed(pixels: NDArray[np.uint8], boxes: Corners) -> NDArray[np.uint8]:
    """Twice as large, with a light frame around each animal."""
    height, width = pixels.shape[:2]
    large = np.array(Picture.fromarray(pixels).resize((2 * width, 2 * height), Picture.Resampling.BICUBIC))
    for left, top, right, bottom in np.round(2 * boxes + FRAME).astype(int):
        for x0, y0, x1, y1 in (
            (left, top, right, top + 1), (left, bottom, right, bottom + 1),
            (left, top, left + 1, bottom), (right, top, right + 1, bottom + 1),
        ):  # fmt: skip
            edge = large[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
            edge[:] = edge // 4 + 190
    return large


def _encode(pixels: NDArray[np.uint8]) -> bytes:
    """As good as the bytes allow; of a picture that is all noise, half the size."""
    for quality in QUALITIES:
        jpeg = bytes(simplejpeg.encode_jpeg(pixels, quality=quality, colorsubsampling="420"))
        if len(jpeg) <= MAX_BYTES:
            return jpeg
    return bytes(simplejpeg.encode_jpeg(_halved(pixels), quality=QUALITIES[-1], colorsubsampling="420"))


def _halved(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = (side // 2 * 2 for side in pixels.shape[:2])
    corners = [pixels[y:height:2, x:width:2].astype(np.uint16) for y in (0, 1) for x in (0, 1)]
    return np.ascontiguousarray((sum(corners) // 4).astype(np.uint8))
