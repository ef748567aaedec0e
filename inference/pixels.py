"""An image's pixels for the detector: as a whole, or, of an orthomosaic, a band at a time."""

from collections import deque
from pathlib import Path
from typing import Any

import numpy as np

from imaging.decode import file_strips, read_upright
from imaging.header import Header, read_header
from inference.engine import SearchSettings
from inference.engine.patches import PatchPlan

WHOLE_PIXELS = 100_000_000  # of a tiled file; a larger one is never in memory as a whole


def open_pixels(path: Path, settings: SearchSettings, *, max_pixels: int, whole: int = WHOLE_PIXELS) -> Any:
    """(height, width, 3) uint8, upright sRGB: an array, or a BandedPixels, of which patches can be cut in order."""
    header = read_header(path, max_pixels=max_pixels)
    if header.is_tiled and header.width * header.height > whole:
        return BandedPixels(path, header, settings.plan, settings.batch)
    return read_upright(path, max_pixels=max_pixels)


class BandedPixels:
    """Looks like the array of an image when patches are cut from it row by row; holds the rows of one batch."""

    def __init__(self, path: Path, header: Header, plan: PatchPlan, batch: int) -> None:
        self._path, self._header = path, header
        self.shape = (header.height, header.width, 3)
        columns = max(1, header.width // plan.width)
        self._kept_rows = plan.height * (2 + batch // columns)
        self._source = file_strips(path, header)
        self._strips: deque[tuple[int, Any]] = deque()
        self._bottom = 0

    def again(self, plan: PatchPlan, batch: int) -> "BandedPixels":
        """The same image read from its top by another reader, who cuts other patches."""
        return BandedPixels(self._path, self._header, plan, batch)

    def __getitem__(self, area: tuple[slice, slice]) -> Any:
        rows, columns = area
        self._read_down_to(rows.stop)
        if rows.start < self._strips[0][0]:
            raise IndexError(f"Rows from {rows.start} were let go: patches must be cut from top to bottom.")
        parts = [
            strip[max(rows.start - top, 0) : rows.stop - top, columns]
            for top, strip in self._strips
            if top < rows.stop and top + len(strip) > rows.start
        ]
        return np.concatenate(parts)

    def _read_down_to(self, bottom: int) -> None:
        while self._bottom < bottom:
            strip = next(self._source).copy()  # its memory is the next one's, too
            self._strips.append((self._bottom, strip))
            self._bottom += len(strip)
        while self._strips[0][0] + len(self._strips[0][1]) <= bottom - self._kept_rows:
            self._strips.popleft()
