"""The systemd unit that `serve --write-unit` writes, and what is said about it."""

import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config import unit


@pytest.fixture
def written(tmp_path, monkeypatch, capsys):
    """A unit as the command writes it; `written.said` is what it printed."""
    for name in (*unit.KEPT, *unit.SECRET):
        monkeypatch.delenv(name, raising=False)

    def write(*arguments: str, **variables: str) -> Path:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        path = tmp_path / "kopje.service"
        call_command("serve", "--write-unit", str(path), *arguments)
        write.said = capsys.readouterr().out
        return path

    return write


def test_systemd_finds_no_fault_in_the_unit(written, settings, tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    settings.DATA_DIR = tmp_path / "100% of $HOME"
    settings.DATA_DIR.mkdir()
    path = written("--port", "80", ALLOWED_HOSTS="kopje.office.example")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True)
    about_ours = [line for line in done.stderr.splitlines() if "kopje.service" in line]
    assert (done.returncode, about_ours) == (0, [])


def test_the_unit_serves_as_it_was_told_with_the_settings_of_the_caller(written, settings):
    text = written("--port", "8106", "--user", "kopje", ALLOWED_HOSTS="kopje.office.example").read_text()
    assert 'manage.py" "serve" "--host" "0.0.0.0" "--port" "8106"' in text
    assert 'Environment="ALLOWED_HOSTS=kopje.office.example"' in text
    assert f'Environment="DATA_DIR={settings.DATA_DIR}"' in text
    assert {"User=kopje", "Restart=always", "KillMode=mixed", "ProtectSystem=strict"} <= set(text.splitlines())


def test_the_unit_holds_no_secret_and_says_where_they_go(written, settings):
    text = written(DATABASE_URL="postgres://kopje:hidden-word@localhost/kopje").read_text()
    assert "hidden-word" not in text
    assert f"EnvironmentFile=-{settings.DATA_DIR}/environment" in text
    assert "Not in it, because they are secret: DATABASE_URL." in written.said


@pytest.mark.parametrize(("port", "expected"), [("80", "CAP_NET_BIND_SERVICE"), ("8000", "")])
def test_only_a_low_port_needs_a_right_of_roots(port, expected, written):
    lines = written("--port", port).read_text().splitlines()
    assert f"AmbientCapabilities={expected}" in lines


def test_a_graphics_card_is_a_device_that_the_unit_must_reach(written, settings):
    assert "PrivateDevices=yes" in written().read_text()
    settings.DEVICE = "cuda"
    assert "PrivateDevices" not in written().read_text()


def test_a_unit_that_cannot_be_written_is_said_to_be():
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("serve", "--write-unit", "/proc/nowhere/kopje.service")
