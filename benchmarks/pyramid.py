"""A 45-megapixel JPEG to its pyramid file, against decoding and encoding the same pixels and nothing else.

The pyramid is made both ways there are: from the file a strip at a time, as when somebody opens an image, and from
pixels that a search has decoded already, with which the bare side shares its decoding.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import simplejpeg

from benchmarks.report import alternate, report
from benchmarks.scene import camera_jpeg
from imaging.decode import read_upright
from imaging.pyramid import write_pyramid, write_pyramid_from_file
from imaging.pyramidfile import QUALITY

WIDTH, HEIGHT = 8256, 5504
CPU_LIMIT, MEMORY_LIMIT_MB = 1.8, 150.0

_PEAK = """
import re, sys
from pathlib import Path
from imaging.pyramid import write_pyramid_from_file
write_pyramid_from_file(Path(sys.argv[1]), Path(sys.argv[2]))
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""


def bare(path: Path) -> bytes:
    pixels = simplejpeg.decode_jpeg(path.read_bytes())
    return bytes(simplejpeg.encode_jpeg(pixels, quality=QUALITY, colorsubsampling="420"))


def peak_mb(path: Path, out: Path) -> float:
    """Of a process that does nothing else; not ru_maxrss, which remembers this one's memory."""
    done = subprocess.run([sys.executable, "-c", _PEAK, path, out], check=True, capture_output=True, text=True)
    return float(re.findall(r"[\d.]+", done.stdout)[-1])


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "image.jpg", Path(folder) / "pyramid.tif"
        path.write_bytes(camera_jpeg(WIDTH, HEIGHT))
        ours, reference = alternate(lambda: write_pyramid_from_file(path, out), lambda: bare(path))
        shared, _ = alternate(lambda: write_pyramid(read_upright(path), out), lambda: bare(path), rounds=3)
        also = {"peak_mb": (peak_mb(path, out), MEMORY_LIMIT_MB), "from_pixels": (shared / reference, CPU_LIMIT)}
        report(
            bench="pyramid",
            ratio=ours / reference,
            limit=CPU_LIMIT,
            ours=ours,
            reference=reference,
            unit="CPU s",
            also=also,
        )


if __name__ == "__main__":
    main()
