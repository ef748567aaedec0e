"""What the Makefile would do, told by make itself: nothing is installed here."""

import os
import subprocess

import pytest

from tests.services import ROOT


@pytest.fixture
def would_do(tmp_path):
    """The commands that a target leads to in an environment of its own, in which the files named are there."""

    def tell(*arguments: str, there: tuple[str, ...] = ()) -> str:
        for name in there:
            (tmp_path / name).touch()
        environment = {name: value for name, value in os.environ.items() if name not in ("DEVICE", "MAKEFLAGS")}
        command = ["make", "-n", *arguments, f"VENV={tmp_path}"]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=30
        ).stdout

    return tell


@pytest.mark.parametrize("target", ["demo", "serve", "serve-unit", "install"])
def test_who_asks_for_a_graphics_card_gets_what_it_needs(target, would_do):
    assert "-r deploy/cuda.lock" in would_do(target, "DEVICE=cuda")
    assert "-r deploy/cuda.lock" not in would_do(target)


def test_new_packages_are_not_installed_over_those_for_a_graphics_card(would_do):
    commands = would_do("serve", "--assume-new", "requirements.lock", there=(".runtime", ".cuda"))
    assert 0 < commands.index("uninstall --quiet --yes onnxruntime-gpu") < commands.index("pip install")


def test_where_there_were_none_nothing_is_removed(would_do):
    assert "uninstall" not in would_do("serve", "--assume-new", "requirements.lock", there=(".runtime",))


@pytest.mark.parametrize("target", ["test", "test-fast"])
def test_tests_get_what_the_javascript_needs(target, would_do):
    assert "npm ci" in would_do(target, "--assume-new", "package-lock.json")
