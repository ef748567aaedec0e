"""Reading one tile inside the server, against os.pread of the same bytes."""

import os
import random
import tempfile
from pathlib import Path

from benchmarks.report import Measured, alternate
from benchmarks.scene import scene
from imaging.pyramid import write_pyramid
from imaging.tiles import TileFile, Tileset

WIDTH, HEIGHT = 8256, 5504
READS = 20_000


def measure() -> Measured:
    """Median CPU microseconds a tile, ours and bare: every read finds its file in the cache by its name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pyramid.tif"
        write_pyramid(scene(WIDTH, HEIGHT), path)
        places = _places(path)
        ours, reference = alternate(lambda: _read(path, places), lambda: _pread(path, places))
    return ours / READS * 1e6, reference / READS * 1e6


def _places(path: Path) -> list[tuple[int, int, int]]:
    """Tiles of all zooms as a person who looks around would ask for them: most from the two highest."""
    file, choose = TileFile.open(path), random.Random(1)
    zooms = range(len(file.levels))
    places = []
    for _ in range(READS):
        z = choose.choices(zooms, weights=[2**zoom for zoom in zooms])[0]
        level = file.levels[len(file.levels) - 1 - z]
        places.append((z, choose.randrange(level.columns), choose.randrange(level.rows)))
    return places


def _read(path: Path, places: list[tuple[int, int, int]]) -> None:
    for z, x, y in places:
        Tileset(WIDTH, HEIGHT, full=path).read(z, x, y)


def _pread(path: Path, places: list[tuple[int, int, int]]) -> None:
    file = TileFile.open(path)
    spans = []
    for z, x, y in places:
        level = file.levels[len(file.levels) - 1 - z]
        spans.append((level.sizes[y * level.columns + x], level.offsets[y * level.columns + x]))
    descriptor = os.open(path, os.O_RDONLY)
    try:
        for size, offset in spans:
            os.pread(descriptor, size, offset)
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    print("CPU us a tile, ours and bare: {:.2f} {:.2f}".format(*measure()))
