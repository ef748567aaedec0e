"""Copies of other projects' browser files, committed so that nobody needs Node to run Kopje.

npm ci && python deploy/vendor.py     copies the files again and writes static/vendor/VENDOR.json
python deploy/vendor.py --check       compares the committed copies with the hashes in VENDOR.json
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from css_subset import subset

ROOT = Path(__file__).resolve().parent.parent
NODE_MODULES = ROOT / "node_modules"
STATIC = ROOT / "static"
RECORD = STATIC / "vendor" / "VENDOR.json"

CHOICE = json.loads(Path(__file__).with_name("vendor_choice.json").read_text())


@dataclass(frozen=True)
class Copy:
    """One file taken from a package into static/."""

    package: str
    source: str
    target: str
    change: Callable[[str], str] | None = None
    change_note: str = ""


def without_source_map(text: str) -> str:
    """The maps are not copied, and the static storage fails on a reference to a missing file."""
    return re.sub(r"\n?/[/*][#@] ?sourceMappingURL=\S*( ?\*/)?\n?", "\n", text)


def used_tabler(css: str) -> str:
    return subset(
        without_source_map(css),
        families=frozenset(CHOICE["tabler_families"]),
        colours=frozenset(CHOICE["tabler_colours_left_out"]),
    )


STRIPPED = "reference to the source map removed"
COPIES = (
    Copy("@tabler/core", "dist/css/tabler.min.css", "vendor/tabler/tabler.min.css", used_tabler,
         "only the families of classes named in deploy/vendor_choice.json; " + STRIPPED),
    Copy("@fontsource-variable/inter", "files/inter-latin-wght-normal.woff2",
         "vendor/inter/inter-latin-wght-normal.woff2"),
    Copy("tus-js-client", "dist/tus.min.js", "vendor/tus-js-client/tus.min.js", without_source_map, STRIPPED),
    Copy("hash-wasm", "dist/sha256.umd.min.js", "vendor/hash-wasm/sha256.umd.min.js", without_source_map, STRIPPED),
    Copy("flatbush", "flatbush.js", "vendor/flatbush/flatbush.js", without_source_map, STRIPPED),
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 on a difference")
    if parser.parse_args().check:
        differences = list(compare())
        sys.stdout.write("\n".join(differences or ["static/vendor is as VENDOR.json says."]) + "\n")
        return 1 if differences else 0
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    RECORD.write_text(json.dumps(write_copies(), indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    return 0


def compare() -> Iterator[str]:
    """A sentence for every file that differs from the record, is missing, or is not in it."""
    record = json.loads(RECORD.read_text())
    for target, facts in record.items():
        path = STATIC / target
        if not path.is_file():
            yield f"{target} is missing: run python deploy/vendor.py."
        elif sha256(path) != facts["sha256"]:
            yield f"{target} was changed by hand: change deploy/vendor.py instead and run it."
    present = {str(p.relative_to(STATIC)) for p in RECORD.parent.rglob("*") if p.is_file() and p != RECORD}
    for target in sorted(present - record.keys()):
        yield f"{target} is not in VENDOR.json: add it to deploy/vendor.py."


def write_copies() -> dict[str, dict[str, str]]:
    record = {copy.target: write_copy(copy) for copy in COPIES}
    record["img/icons.svg"] = write_sprite()
    for copy in (*COPIES, Copy("@tabler/icons", "LICENSE", "vendor/tabler-icons/icons.svg")):
        target = str(Path(copy.target).parent / "LICENSE")
        record[target] = write_licence(copy.package, target)
    return record


def write_copy(copy: Copy) -> dict[str, str]:
    source = NODE_MODULES / copy.package / copy.source
    content = copy.change(source.read_text()).encode() if copy.change else source.read_bytes()
    return store(copy.target, content, copy.package, source=copy.source, change=copy.change_note)


def write_sprite() -> dict[str, str]:
    """One file with a <symbol> for each icon, coloured by the text around it."""
    symbols = "\n".join(symbol(name) for name in CHOICE["icons"])
    sprite = f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'
    return store("img/icons.svg", sprite.encode(), "@tabler/icons", source="icons/outline/*.svg", change="one sprite")


def symbol(name: str) -> str:
    text = (NODE_MODULES / "@tabler/icons/icons/outline" / f"{name}.svg").read_text()
    shapes = re.findall(r"<(?:path|circle|rect|line|polyline)[^>]*/>", text)
    drawn = "".join(" ".join(s.split()) for s in shapes if 'stroke="none"' not in s)
    stroke = 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'
    return f'<symbol id="{name}" viewBox="0 0 24 24" {stroke}>{drawn}</symbol>'


def write_licence(package: str, target: str) -> dict[str, str]:
    """The package's own licence text; Tabler's two packages have one author and one text, which only one carries."""
    holder = "@tabler/icons" if package == "@tabler/core" else package
    return store(target, (NODE_MODULES / holder / "LICENSE").read_bytes(), package, source="LICENSE")


def store(target: str, content: bytes, package: str, **facts: str) -> dict[str, str]:
    path = STATIC / target
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    about = json.loads((NODE_MODULES / package / "package.json").read_text())
    known = {"package": package, "version": about["version"], "licence": about["license"], "sha256": sha256(path)}
    return known | {name: value for name, value in facts.items() if value}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
