"""A check in a process of its own, with what it cost."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = """
import json, sys, tempfile, time
from pathlib import Path
from imaging.errors import UnreadableImageError
from imaging.preview import check_and_preview
from tests.imaging.measured import peak_mb
start, code = time.monotonic(), ""
try:
    check_and_preview(Path(sys.argv[1]), Path(tempfile.mkdtemp()) / "preview.tif")
except UnreadableImageError as error:
    code = error.code
print(json.dumps({"code": code, "seconds": time.monotonic() - start, "peak_mb": peak_mb()}))
"""


@dataclass(frozen=True)
class Measured:
    code: str
    seconds: float
    peak_mb: float


def check_apart(path: Path) -> Measured:
    command = [sys.executable, "-c", _SCRIPT, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    return Measured(**json.loads(done.stdout))


def peak_mb(pid: int | str = "self") -> float:
    """The most memory that the process has held since it began."""
    # Not ru_maxrss: that remembers the parent's memory from before this program was started.
    return int(re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0]) / 1024
