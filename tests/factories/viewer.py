"""Pixels on disk for images of tests."""

from typing import Any

import numpy as np
import simplejpeg

from imaging.preview import check_and_preview
from imaging.pyramid import write_pyramid
from surveys.files import original_path, preview_path, pyramid_path
from surveys.models import Image
from tests.factories.surveys import make_image


def make_pixels(width: int, height: int) -> Any:
    """Bright, never black, with a grid by which places can be told: red grows to the right, green downwards."""
    pixels = np.full((height, width, 3), 120, np.uint8)
    pixels[..., 0] = 80 + 150 * np.arange(width) // width
    pixels[..., 1] = (80 + 150 * np.arange(height) // height)[:, None]
    return pixels


def make_shown_image(*, width: int = 1300, height: int = 900, is_full: bool = True, **fields: Any) -> Image:
    """A read image with its original, its preview and, unless it `is_full` only later, its pyramid on disk."""
    state = Image.Pyramid.READY if is_full else Image.Pyramid.QUEUED
    image = make_image(width=width, height=height, pyramid_state=state, extension=".jpg", **fields)
    pixels = make_pixels(width, height)
    original_path(image.pk).write_bytes(simplejpeg.encode_jpeg(pixels, quality=92))
    check_and_preview(original_path(image.pk), preview_path(image.pk))
    if is_full:
        write_pyramid(pixels, pyramid_path(image.pk))
    return image
