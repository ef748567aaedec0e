"""The systemd unit that `serve --write-unit` writes, and what is said about it."""

import getpass
import subprocess
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config import unit
from tests.services import find_binary
from tests.test_docs import documented_settings


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
    analyze = find_binary("systemd-analyze")
    settings.DATA_DIR = tmp_path / "100% of $HOME"
    settings.DATA_DIR.mkdir()
    path = written("--port", "80", ALLOWED_HOSTS="kopje.office.example")
    done = subprocess.run([analyze, "verify", "--man=no", path], capture_output=True, text=True)
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


def test_every_setting_goes_into_the_unit_or_is_a_secret():
    assert {*unit.KEPT, *unit.SECRET, "DATA_DIR", "DEBUG"} == documented_settings()  # with DEBUG nothing is served


@pytest.mark.parametrize(("worker_stop_s", "expected"), [(8, 45), (600, 630)])
def test_systemd_waits_longer_than_the_workers_may_take(worker_stop_s, expected, written, settings):
    settings.WORKER_STOP_S = worker_stop_s
    assert f"TimeoutStopSec={expected}" in written().read_text().splitlines()


def test_for_another_user_it_says_what_that_user_needs(written, settings):
    written("--user", "kopje-of-the-office")
    assert "  useradd --system --shell /usr/sbin/nologin kopje-of-the-office\n" in written.said
    assert f'  chown -R kopje-of-the-office "{settings.DATA_DIR}"' in written.said
    assert f"kopje-of-the-office must be able to read {unit.BASE_DIR}" in written.said


def test_for_its_own_user_nothing_is_to_be_done(written):
    written("--user", getpass.getuser())
    assert "useradd" not in written.said
    assert "chown" not in written.said
    assert "must be able to read" not in written.said


def test_a_unit_that_cannot_be_written_is_said_to_be():
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("serve", "--write-unit", "/proc/nowhere/kopje.service")
