"""The examples of docs/engine.md, run as they stand there, in a process without Django."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.services import ROOT
from training.render import render_scene


@pytest.mark.slow
def test_the_documents_examples_find_animals_and_load_no_django(tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    Image.fromarray(render_scene(1_000_003, 700, 700, n_animals=20).pixels).save(path)
    examples = re.findall(r"```python\n(.*?)```", (ROOT / "docs/engine.md").read_text(), re.DOTALL)
    code = (
        "".join(examples).replace('"image.jpg"', repr(str(path))) + "\nimport sys\nassert 'django' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    *lines, screened = done.stdout.splitlines()
    assert screened == "1 of 1 passed; 0 animals found by chance"
    assert len(lines) > 3
    assert all(re.fullmatch(r".+ (0\.\d\d|1\.00) \[.*\]", line) for line in lines)
