"""The table of jobs fits the house: what is asked for has a handler, and every handler that is named is there."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs import registry
from tests.services import ROOT

ROOMS = ("surveys", "inference", "viewer", "review", "config")
DEAR = ("numpy", "pyvips", "PIL", "inference.engine")


def kinds_asked_for(path: Path) -> Iterator[str]:
    """The kinds that the source names, as text or as a constant of the module, in calls of enqueue and enqueue_many."""
    tree = ast.parse(path.read_text())
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and name_of(call.func) in ("enqueue", "enqueue_many") and call.args:
            kind = call.args[0]
            yield constants.get(name_of(kind), name_of(kind)) if not isinstance(kind, ast.Constant) else kind.value


def name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "?")


def test_every_kind_of_job_that_is_asked_for_has_a_handler() -> None:
    asked_for = {kind for room in ROOMS for path in (ROOT / room).rglob("*.py") for kind in kinds_asked_for(path)}
    assert len(asked_for) > 5
    assert asked_for <= set(registry.kind_names())


@pytest.mark.parametrize(
    "source",
    ['enqueue("paint", 1)', 'KIND = "paint"\nenqueue_many(KIND, [])', 'def f():\n    enqueue.enqueue("paint", 1)'],
)
def test_kinds_are_found_as_text_and_as_constants(source: str, tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(source)
    assert list(kinds_asked_for(path)) == ["paint"]


def test_every_handler_that_is_named_is_there() -> None:
    registry.import_handlers()


@pytest.mark.parametrize("part", ["handler", "on_failed"])
def test_a_handler_that_is_not_there_is_noticed(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_kinds", {})
    monkeypatch.setattr(registry, "_named", set())
    registry.register(
        "paint", **{"handler": print, part: "surveys.ingest.paint"}, queue="io", limits=registry.Limits(1, 2)
    )
    with pytest.raises(ImportError, match="paint"):
        registry.import_handlers()


def test_a_process_that_handles_no_job_does_not_load_what_jobs_need() -> None:
    """Each command and each test that starts a process would wait for it."""
    source = f"import django, sys; django.setup(); print([name for name in {DEAR} if name in sys.modules])"
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
