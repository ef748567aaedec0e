"""Image files with something in them, for tests that look at pixels."""

from pathlib import Path

import numpy as np
import simplejpeg

from surveys.files import original_path
from surveys.models import Image, Survey
from tests.factories.surveys import make_image


def noise(width: int, height: int, *, seed: int = 0) -> np.ndarray:
    """Coarse noise, (height, width, 3) uint8: not one colour anywhere, and quick to compress."""
    coarse = np.random.default_rng(seed).integers(0, 255, (-(-height // 16), -(-width // 16), 3), dtype=np.uint8)
    return np.ascontiguousarray(coarse.repeat(16, axis=0).repeat(16, axis=1)[:height, :width])


def write_jpeg(path: Path, pixels: np.ndarray) -> None:
    path.write_bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), quality=85))


def make_stored_image(survey: Survey | None = None, *, pixels: np.ndarray | None = None, **fields: object) -> Image:
    """A read image whose original stands on disk; 1024 x 512 of noise unless told otherwise."""
    pixels = noise(1024, 512) if pixels is None else pixels
    height, width = pixels.shape[:2]
    image = make_image(survey=survey, width=width, height=height, **fields)
    write_jpeg(original_path(image.pk), pixels)
    return image
