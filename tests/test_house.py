"""The outer bounds of the house: rooms, sizes, words of one machine."""

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
LAYERS = {name.strip() for layer in LINTER["contracts"][0]["layers"] for name in layer.split("|")}
ROOMS = ("config", "review", "viewer", "inference", "surveys", "jobs")


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


@cache
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


def test_every_folder_and_module_beside_the_rooms_has_its_place_in_the_import_contract() -> None:
    found = {
        path.relative_to(ROOT).parts[0] for path in tracked("*.py")
    }  # a folder needs no __init__.py to be imported
    assert found - {"manage.py"} == LAYERS == set(LINTER["root_packages"])


def test_no_module_of_a_room_is_hidden_from_the_import_contract() -> None:
    """Of a folder without __init__.py Python imports modules all the same, but import-linter sees none."""
    folders = {path.parent for path in tracked("*.py")} - {ROOT}
    assert [str(folder.relative_to(ROOT)) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def level(module: str) -> int:
    """How far up in its room: urls, then what people and programs meet, what the room does, signals, models; last
    what knows nothing of the room: names of errors, and the engine."""
    first, last = module.split(".")[1], module.rpartition(".")[2]
    if last == "urls" or first.endswith("_urls"):
        return 5
    if first in ("views", "api", "admin", "handlers", "management", "templatetags") or first.endswith("_views"):
        return 4
    return {"signals": 2, "models": 1, "errors": 0, "engine": 0}.get(first, 3)


def test_inside_a_room_imports_go_from_urls_down_to_models() -> None:
    graph = grimp.build_graph(*ROOMS, cache_dir=None)
    inside = [name for name in graph.modules if "." in name and ".migrations" not in name]
    upwards = [
        f"{name} -> {imported}"
        for name in inside
        for imported in graph.find_modules_directly_imported_by(name)
        if imported.startswith(name.split(".")[0] + ".") and level(imported) > level(name)
    ]
    assert sorted(upwards) == []


def test_there_is_no_drawer_for_everything() -> None:
    names = {path.name for path in tracked("*.py") if "tests" not in path.parts}
    assert names.isdisjoint({"utils.py", "helpers.py", "services.py", "misc.py", "common.py"})


def test_every_skip_for_lack_of_something_is_a_failure_where_all_is_required() -> None:
    skip = re.compile(r"pytest\.(skip|importorskip|mark\.skip)|unittest.*skip")
    skipping = {str(path.relative_to(ROOT)) for path in tracked("tests/*.py") if skip.search(path.read_text())}
    # The mechanism itself; a test that needs a machine without a graphics card; one of a library that no package
    # index has; and this one.
    allowed = {"conftest.py", "config/test_serve.py", "inference/engine/rcnn/test_beside_detectron2.py"}
    assert skipping == {f"tests/{name}" for name in (*allowed, "test_house.py")}


def test_nothing_pickles() -> None:
    """But the one module that reads checkpoints kept as pickles: its allow-list goes over the library's own reader."""
    guilty = [
        str(path.relative_to(ROOT))
        for path in tracked("*.py")
        if re.search(r"^\s*(import|from) (pickle|cloudpickle|dill)\b", path.read_text(), re.M)
    ]
    assert guilty == ["inference/engine/backends/rcnn/conversion/pickles.py"]


def test_only_one_module_names_files_of_the_store() -> None:
    guilty = {str(path.relative_to(ROOT)) for path in tracked("*.py") if "STORAGE_DIR" in path.read_text()}
    product = {name for name in guilty if not name.startswith(("tests/", "benchmarks/"))}
    assert product == {"config/settings.py", "surveys/files.py"}
