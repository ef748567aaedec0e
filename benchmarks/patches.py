"""All patches of a 45-megapixel JPEG as arrays, against decoding the JPEG and nothing else.

Patches are views into the decoded image, so cutting costs next to nothing; `copied` is the same with every patch
copied into memory of its own, as a detector's input would be.
"""

import tempfile
from pathlib import Path

import numpy as np
import simplejpeg

from benchmarks.report import alternate, report
from benchmarks.scene import camera_jpeg
from imaging.decode import read_upright
from inference.engine.detector import Pixels, Window
from inference.engine.patches import plan_patches

WIDTH, HEIGHT = 8256, 5504
PATCH, OVERLAP = 800, 100
LIMIT, COPIED_LIMIT = 1.15, 1.6


def patches_of(path: Path) -> list[Pixels]:
    image = read_upright(path)
    height, width = image.shape[:2]
    plan = plan_patches(width, height, patch_width=PATCH, patch_height=PATCH, overlap=OVERLAP)
    return [Window(image, patch).pixels for patch in plan]


def copy_each(path: Path) -> int:
    return sum(np.ascontiguousarray(pixels).nbytes for pixels in patches_of(path))


def bare(path: Path) -> object:
    return simplejpeg.decode_jpeg(path.read_bytes())


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "image.jpg"
        path.write_bytes(camera_jpeg(WIDTH, HEIGHT))
        ours, reference = alternate(lambda: patches_of(path), lambda: bare(path), rounds=9)
        copied, bare_again = alternate(lambda: copy_each(path), lambda: bare(path), rounds=5)
        report(
            bench="patches",
            ratio=ours / reference,
            limit=LIMIT,
            ours=ours,
            reference=reference,
            unit="CPU s",
            also={"copied": (copied / bare_again, COPIED_LIMIT)},
        )


if __name__ == "__main__":
    main()
