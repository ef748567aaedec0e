import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=20, cwd=ROOT)


@pytest.mark.slow
def test_a_child_of_a_process_that_used_libvips_gets_an_error_instead_of_hanging() -> None:
    done = run(
        "import os, sys\n"
        "from imaging.vips import vips\n"
        "vips().Image.black(8, 8).avg()\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    vips().Image.black(8, 8).avg()\n"
        "    os._exit(0)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    assert done.returncode == 1
    assert "ForkedAfterVipsError" in done.stderr
    assert "before they are forked" in done.stderr


@pytest.mark.slow
def test_children_may_use_it_when_the_parent_has_not() -> None:
    done = run(
        "import os, sys\n"
        "import imaging.decode, imaging.preview, imaging.pyramid, imaging.slide\n"
        "from imaging.vips import used_in_pid, vips\n"
        "assert used_in_pid() is None\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    vips().Image.black(8, 8).avg()\n"
        "    os._exit(0 if used_in_pid() == os.getpid() else 2)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    assert done.returncode == 0, done.stderr


def test_only_one_module_knows_pyvips() -> None:
    files = [path for room in ("imaging", "jobs", "surveys", "inference", "viewer", "review", "config")
             for path in (ROOT / room).rglob("*.py")]  # fmt: skip
    files.remove(ROOT / "config" / "doctor" / "probe.py")  # a process of its own, which only asks for the version
    assert [path.name for path in files if '"pyvips"' in path.read_text() or "import pyvips" in path.read_text()] == [
        "vips.py"
    ]


@pytest.mark.slow
def test_only_the_fuzzed_loaders_are_open() -> None:
    done = run(
        "from imaging.vips import vips\n"
        "try:\n"
        "    vips().Image.matload('/nonexistent')\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error)\n"
        "vips().Image.jpegload\n"
    )
    assert done.returncode == 0, done.stderr
    assert "No such file" not in done.stdout
