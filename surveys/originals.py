"""What is given out of an image's own files: its original, and its preview as one JPEG."""

import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import simplejpeg

from imaging.pyramidfile import TILE
from imaging.strip import without_position
from imaging.tiles import Level, TileFile
from surveys.files import original_path, preview_path, store
from surveys.models import Image
from surveys.positions import sees_exact_positions
from surveys.uploads import check_room

MAX_PREVIEW_PIXELS = 20_000_000
QUALITY = 85
COPY_PREFIX = "stripped-"
COPY_IS_LEFT_AFTER = timedelta(hours=24)


def open_original(principal: Any, image: Image) -> BinaryIO:
    """The uploaded bytes; for who may not see exact positions, the same image without all that could tell it.

    Raises UnreadableImageError where it cannot be taken out, DiskFullError without room for the copy, and
    FileNotFoundError.
    """
    original = original_path(image.pk)
    if sees_exact_positions(principal, image.survey):
        return original.open("rb")
    check_room(image.size_bytes)
    with tempfile.TemporaryDirectory(dir=store(), prefix=COPY_PREFIX) as folder:
        stripped = Path(folder) / "image"
        without_position(original, stripped)
        return stripped.open("rb")  # the folder goes, the open file stays readable until it was sent


def remove_left_copies(now: datetime) -> None:
    """Stripped copies of processes that ended before they had removed them."""
    for folder in store().glob(f"{COPY_PREFIX}*"):
        if folder.stat().st_mtime < (now - COPY_IS_LEFT_AFTER).timestamp():
            shutil.rmtree(folder)


def preview_jpeg(image: Image, *, width: int | None = None) -> bytes:
    """One eighth of the image's size, or the smallest level that is `width` wide. Raises FileNotFoundError."""
    file = TileFile.open(preview_path(image.pk))
    number = _level_number(file.levels, width)
    return simplejpeg.encode_jpeg(_pixels(file, number), quality=QUALITY, colorsubsampling="420")


def _level_number(levels: tuple[Level, ...], width: int | None) -> int:
    fit = [number for number, level in enumerate(levels) if level.width * level.height <= MAX_PREVIEW_PIXELS]
    if width is None:
        return fit[0]
    wide_enough = [number for number in fit if levels[number].width >= width]
    return wide_enough[-1] if wide_enough else fit[0]


def _pixels(file: TileFile, number: int) -> "np.ndarray[Any, Any]":
    level = file.levels[number]
    pixels = np.empty((level.rows * TILE, level.columns * TILE, 3), np.uint8)
    for y in range(level.rows):
        for x in range(level.columns):
            tile = simplejpeg.decode_jpeg(file.read(number, x, y))
            pixels[y * TILE : (y + 1) * TILE, x * TILE : (x + 1) * TILE] = tile
    return np.ascontiguousarray(pixels[: level.height, : level.width])
