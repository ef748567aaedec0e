"""Are the packages of requirements.lock there, of the locked version, whole, and can they be loaded?

Uses the standard library only.
"""

import json
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from config.doctor.finding import Finding

ROOT = Path(__file__).resolve().parent.parent.parent
DIRECT = "kopje (pyproject.toml)"
# Where a graphics card is used, the one package stands for the other: both hold the module onnxruntime.
INSTEAD = {"onnxruntime": "onnxruntime-gpu"}
NAMED = 5
PROBE_S = 120


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    is_direct: bool


@dataclass(frozen=True)
class Probe:
    """What loading the packages showed."""

    broken: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    providers: list[str] = field(default_factory=list)


def locked() -> Iterator[Package]:
    """What Kopje needs to run on this machine."""
    runtime = runpy.run_path(str(ROOT / "deploy" / "runtime_requirements.py"))["runtime"]
    for block in runtime((ROOT / "requirements.lock").read_text()):
        line = block.splitlines()[0].rstrip(" \\")
        found = re.match(r"([\w.-]+)(?:\[[\w,-]+\])?==([^ ;]+)\s*(?:;\s*(.*))?$", line)
        if found and _is_meant(found[3]):
            yield Package(found[1], found[2], DIRECT in block)


def examine(packages: list[Package]) -> tuple[Finding, Probe]:
    missing = [package for package in packages if _distribution(package) is None]
    probe = load([package for package in packages if package not in missing])
    troubles = [*_missing(missing), *filter(None, map(_trouble, packages)), *_broken(probe)]
    if troubles:
        more = f", and {len(troubles) - NAMED} more" if len(troubles) > NAMED else ""
        return Finding("wheels", ", ".join(troubles[:NAMED]) + more + ".", remedy()), probe
    return Finding("wheels", f"all {len(packages)} packages are there, as locked"), probe


def remedy() -> str:
    """A bundle brings its packages along; elsewhere pip fetches them."""
    return "Run: ./install.sh" if (ROOT / "install.sh").exists() else "Run: make install"


def load(packages: list[Package]) -> Probe:
    """Loads the packages that Kopje itself imports, in a process of its own."""
    names = [name for package in packages if package.is_direct for name in _modules(package)]
    command = [sys.executable, str(Path(__file__).with_name("probe.py")), *names]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_S, cwd=ROOT)
    except subprocess.TimeoutExpired:
        return Probe({"packages": f"loading them takes longer than {PROBE_S} s"})
    lines = done.stdout.splitlines() or [""]
    if done.returncode:
        return Probe({lines[-1].removeprefix("import "): f"loading it ended the process with {done.returncode}"})
    return Probe(**json.loads(lines[-1]))


def _missing(packages: list[Package]) -> list[str]:
    return [f"{package.name} is missing" for package in packages]


def _broken(probe: Probe) -> list[str]:
    return [f"{name} cannot be loaded ({reason})" for name, reason in probe.broken.items()]


def _trouble(package: Package) -> str | None:
    found = _distribution(package)
    if found is None:
        return None
    if found.version != package.version:
        return f"{package.name} is {found.version}, not {package.version}"
    gone = [file for file in found.files or [] if _is_code(file) and not Path(str(file.locate())).exists()]
    return f"{package.name} lacks its file {gone[0]}" if gone else None


def _is_code(file: metadata.PackagePath) -> bool:
    return file.suffix in (".py", ".so") and ".." not in file.parts


def _distribution(package: Package) -> metadata.Distribution | None:
    for name in filter(None, (INSTEAD.get(package.name), package.name)):
        try:
            return metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def _modules(package: Package) -> list[str]:
    """The public top-level modules of a package, which often are not named like it."""
    found = _distribution(package)
    files = [file for file in (found.files if found else None) or [] if file.suffix in (".py", ".so")]
    tops = {file.parts[0].split(".")[0] for file in files if len(file.parts) == 1 or file.parts[1] == "__init__.py"}
    return sorted(top for top in tops if top.isidentifier() and not top.startswith("_"))


def _is_meant(marker: str | None) -> bool:
    """Whether a line of the lock is for this machine. Pip has the reader of such lines, where no package has."""
    if not marker:
        return True
    for home in ("packaging.markers", "pip._vendor.packaging.markers"):
        try:
            module: Any = __import__(home, fromlist=["Marker"])
        except ImportError:
            continue
        return bool(module.Marker(marker).evaluate())
    return False
