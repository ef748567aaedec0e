"""Scripts import one another in one direction: the names of collected files are hashes of what they import."""

import re
from functools import cache
from pathlib import Path

JS = Path(__file__).parents[2] / "static" / "js"
IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""")


@cache
def imported_by(path: Path) -> frozenset[Path]:
    return frozenset((path.parent / name).resolve() for name in IMPORT.findall(path.read_text()))


def everything_behind(path: Path) -> set[Path]:
    seen: set[Path] = set()
    waiting = list(imported_by(path))
    while waiting:
        one = waiting.pop()
        if one not in seen and one.exists():
            seen.add(one)
            waiting += imported_by(one)
    return seen


def test_no_script_imports_itself_in_a_circle() -> None:
    scripts = [path.resolve() for path in JS.rglob("*.js")]
    assert len(scripts) > 40
    assert [path.name for path in scripts if path in everything_behind(path)] == []
