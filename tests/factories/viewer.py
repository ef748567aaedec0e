"""Pixels on disk for images of tests."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
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
    original, preview, pyramid = files_of_shown(width, height)
    original_path(image.pk).write_bytes(original)
    preview_path(image.pk).write_bytes(preview)
    if is_full:
        pyramid_path(image.pk).write_bytes(pyramid)
    return image


@cache
def files_of_shown(width: int, height: int) -> tuple[bytes, bytes, bytes]:
    """Original, preview and pyramid as ingest and the worker write them, made once in a process."""
    pixels = make_pixels(width, height)
    with TemporaryDirectory() as name:
        original, preview, pyramid = (Path(name) / part for part in ("original.jpg", "preview.tif", "pyramid.tif"))
        original.write_bytes(simplejpeg.encode_jpeg(pixels, quality=92))
        check_and_preview(original, preview)
        write_pyramid(pixels, pyramid)
        return original.read_bytes(), preview.read_bytes(), pyramid.read_bytes()
