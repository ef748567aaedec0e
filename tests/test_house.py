"""The outer bounds of the house: rooms, sizes, words of one machine."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOT_ROOMS = {"tests", "benchmarks", "deploy", "training"}


def tracked(pattern: str) -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", pattern], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [
        ROOT / line for line in listing.stdout.splitlines() if "static/vendor/" not in line and (ROOT / line).exists()
    ]


def n_lines(path: Path) -> int:
    return len(path.read_text().splitlines())


@pytest.mark.parametrize(
    ("pattern", "limit"), [("*.py", 500), ("static/js/**.js", 300), ("static/js/*.js", 300), ("templates/**.html", 250)]
)
def test_no_file_outgrows_its_bound(pattern: str, limit: int) -> None:
    too_long = {str(path.relative_to(ROOT)): n_lines(path) for path in tracked(pattern) if n_lines(path) > limit}
    assert too_long == {}


def functions() -> list[tuple[str, int]]:
    found = []
    for path in tracked("*.py"):
        if "migrations" in path.parts or "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.append((f"{path.relative_to(ROOT)}:{node.name}", node.end_lineno - node.lineno + 1))
    return found


def test_functions_are_short() -> None:
    lengths = sorted(length for _, length in functions())
    assert lengths[len(lengths) // 2] <= 10
    assert lengths[int(len(lengths) * 0.95)] <= 40


def test_no_function_is_longer_than_a_screen() -> None:
    assert [(name, length) for name, length in functions() if length > 60] == []


def test_every_package_is_a_room_that_the_import_contract_knows() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = {name.strip() for layer in contracts[0]["layers"] for name in layer.split("|")}
    packages = {path.parent.name for path in tracked("*/__init__.py") if path.parent.parent == ROOT}
    assert packages - NOT_ROOMS == layers


def test_there_is_no_drawer_for_everything() -> None:
    names = {path.name for path in tracked("*.py") if "tests" not in path.parts}
    assert names.isdisjoint({"utils.py", "helpers.py", "services.py", "misc.py", "common.py"})


def test_every_skip_for_lack_of_something_is_a_failure_where_all_is_required() -> None:
    skip = re.compile(r"pytest\.(skip|importorskip|mark\.skip)|unittest.*skip")
    skipping = {str(path.relative_to(ROOT)) for path in tracked("tests/*.py") if skip.search(path.read_text())}
    # The mechanism itself; a test that needs a machine without a graphics card; and this one.
    assert skipping == {"tests/conftest.py", "tests/config/test_serve.py", "tests/test_house.py"}


def test_nothing_pickles() -> None:
    guilty = [
        str(path)
        for path in tracked("*.py")
        if re.search(r"^\s*(import|from) (pickle|cloudpickle|dill)\b", path.read_text(), re.M)
    ]
    assert guilty == []


def test_only_one_module_names_files_of_the_store() -> None:
    guilty = {str(path.relative_to(ROOT)) for path in tracked("*.py") if "STORAGE_DIR" in path.read_text()}
    product = {name for name in guilty if not name.startswith(("tests/", "benchmarks/"))}
    assert product == {"config/settings.py", "surveys/files.py"}
