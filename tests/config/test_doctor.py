"""Each fault is planted for real, and the doctor names it and its remedy."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from config.doctor import front, house, machine, sample, wheels
from config.doctor.finding import Finding
from inference.engine import EngineError
from inference.registry import register_model
from jobs.models import Pulse
from jobs.registry import QUEUES
from tests.conftest import skip_or_fail
from tests.factories.models import make_fake_folder
from tests.services import ROOT, free_port, wait_until


def doctor(
    python: Path | str = sys.executable, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    command = [str(python), str(ROOT / "manage.py"), "doctor", "--port", str(free_port()), *arguments]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))}
    environment = {**inherited, "DISK_FLOOR_MB": "0", **environment}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def line(output: str, name: str) -> str:
    [found] = [line for line in output.splitlines() if line[5:].startswith(name)]
    return found


# --- all of it --------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_machine_that_is_well_gets_a_line_for_each_thing_and_exit_0(tmp_path):
    done = doctor(DATA_DIR=str(tmp_path))
    assert done.returncode == 0, done.stdout
    *lines, last = done.stdout.splitlines()
    assert [line[:4] for line in lines] == ["ok  "] * len(lines)
    named = [line[5:].split()[0] for line in lines]
    assert named == ["wheels", "versions", "disk", "port", "device", "clock", "database", "broker", "sample"]
    assert last == "Everything is well."
    assert not (tmp_path / "kopje.sqlite3").exists()  # looking makes nothing up


def test_the_command_ends_with_1_when_something_is_wrong(monkeypatch, capsys):
    monkeypatch.setattr(front, "examine", lambda host, port: iter([Finding("disk", "full", "Make room")]))
    with pytest.raises(SystemExit) as ended:
        call_command("doctor")
    assert ended.value.code == 1
    assert capsys.readouterr().out.splitlines()[0] == "FAIL disk      full -> Make room"


# --- the port ---------------------------------------------------------------------------------------------------------
def test_a_taken_port_is_named_with_who_took_it():
    with socket.create_server(("127.0.0.1", 0)) as other:
        found = machine.port("127.0.0.1", other.getsockname()[1])
    assert f"(process {os.getpid()})" in found.says
    assert "choose another: make serve PORT=" in found.remedy


def test_a_port_on_which_kopje_answers_is_well():
    with answering(b"ok\n") as port:
        assert machine.port("127.0.0.1", port).is_well


def test_another_web_server_on_the_port_is_not_kopje():
    with answering(b"It works!") as port:
        assert not machine.port("127.0.0.1", port).is_well


def test_an_address_that_is_not_this_machines_is_said_to_be():
    found = machine.port("192.0.2.77", 8000)
    assert "cannot be listened on" in found.says
    assert "HOST=0.0.0.0" in found.remedy


class answering:  # noqa: N801
    def __init__(self, words: bytes) -> None:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(words)

            def log_message(self, *_args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Answer)

    def __enter__(self) -> int:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self.server.server_port

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.server.server_close()


# --- the disk ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MiB, as the data folder."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", folder], capture_output=True)
    if mounted.returncode:
        skip_or_fail("mounting a small disk is not permitted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def fill(small_disk):
    def fill() -> None:
        with pytest.raises(OSError), (small_disk / "filling").open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass

    return fill


def test_a_full_disk_is_named(small_disk, fill, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(small_disk))
    monkeypatch.setenv("DISK_FLOOR_MB", "0")
    assert machine.disk().is_well
    fill()
    found = machine.disk()
    assert found.says == f"The disk of {small_disk} is full."
    assert "Make room there, or keep the data elsewhere: DATA_DIR=" in found.remedy


@pytest.mark.slow
def test_several_faults_at_once_are_all_named_with_their_remedies(small_disk, fill):
    fill()
    with socket.create_server(("0.0.0.0", 0)) as other:
        port = str(other.getsockname()[1])
        done = doctor(sys.executable, "--port", port, DATA_DIR=str(small_disk), DEVICE="cuda")
    assert done.returncode == 1
    assert "is full. -> Make room there" in line(done.stdout, "disk")
    assert f"(process {os.getpid()})" in line(done.stdout, "port")
    if not machine.has_gpu():
        assert "no NVIDIA graphics card" in line(done.stdout, "device")
    assert "Traceback" not in done.stdout + done.stderr


def test_a_disk_that_may_not_be_written_to_is_named(small_disk, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(small_disk / "data"))
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    found = machine.disk()
    assert "cannot be written to (Read-only file system)" in found.says
    assert "chown" in found.remedy


def test_a_full_store_on_another_disk_than_the_data_is_found(small_disk, fill, tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("STORAGE_URL", small_disk.as_uri())
    fill()
    assert str(small_disk) in machine.disk().says


def test_too_little_room_for_uploads_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DISK_FLOOR_MB", "1e12")
    assert "uploads are refused under 1e+12 MB" in machine.disk().says


# --- the packages -----------------------------------------------------------------------------------------------------
@pytest.fixture
def environment_without(tmp_path):
    """A virtual environment with all packages but one."""

    def make(*left_out: str) -> Path:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
        [packages] = (tmp_path / "venv/lib").glob("*/site-packages")
        for entry in Path(pytest.__file__).parent.parent.iterdir():
            if not any(entry.name == name or entry.name.startswith(f"{name}-") for name in left_out):
                (packages / entry.name).symlink_to(entry)
        return tmp_path / "venv/bin/python"

    return make


@pytest.mark.slow
def test_a_missing_package_is_named_with_the_command_that_installs_it(environment_without, tmp_path):
    done = doctor(environment_without("simplejpeg"), DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert line(done.stdout, "wheels") == "FAIL wheels    simplejpeg is missing. -> Run: make install"


@pytest.mark.slow
def test_without_django_the_doctor_still_comes(environment_without, tmp_path):
    done = doctor(environment_without("django", "celery"), DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "celery is missing, django is missing" in line(done.stdout, "wheels")
    assert line(done.stdout, "disk").startswith("ok")
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_package_whose_library_is_broken_is_named(environment_without, tmp_path):
    python = environment_without("pyvips")
    [packages] = (tmp_path / "venv/lib").glob("*/site-packages")
    (packages / "pyvips").mkdir()
    for file in (Path(pytest.__file__).parent.parent / "pyvips").iterdir():
        (packages / "pyvips" / file.name).symlink_to(file)
    (packages / "pyvips/__init__.py").unlink()
    (packages / "pyvips/__init__.py").write_text("raise OSError('libvips.so.42: cannot open shared object file')")
    [information] = Path(pytest.__file__).parent.parent.glob("pyvips-*.dist-info")
    (packages / information.name).symlink_to(information)
    wheels_line = line(doctor(python, DATA_DIR=str(tmp_path)).stdout, "wheels")
    assert "pyvips cannot be loaded (OSError: libvips.so.42: cannot open shared object file)" in wheels_line


def test_a_package_of_another_version_is_named():
    package = wheels.Package("numpy", "0.0.1", is_direct=False)
    found, _probe = wheels.examine([package])
    assert found.says.startswith("numpy is ")
    assert found.says.endswith(", not 0.0.1.")


def test_a_package_that_ends_the_process_is_named(tmp_path, monkeypatch):
    (tmp_path / "bad.py").write_text("import os; os.abort()")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(wheels, "_modules", lambda package: ["bad"])
    assert wheels.load([wheels.Package("bad", "1", is_direct=True)]).broken == {
        "bad": "loading it ended the process with -6"
    }


def test_what_only_other_systems_need_is_not_missed():
    names = [package.name for package in wheels.locked()]
    assert "django" in names
    assert "onnxruntime" in names
    assert "colorama" not in names  # for Windows
    assert "pytest" not in names  # for developers


def test_in_a_bundle_the_installer_beside_is_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(wheels, "ROOT", tmp_path)
    assert wheels.remedy() == "Run: make install"
    (tmp_path / "install.sh").touch()
    assert wheels.remedy() == "Run: ./install.sh"


# --- the graphics card ------------------------------------------------------------------------------------------------
CUDA = ["CUDAExecutionProvider", "CPUExecutionProvider"]


@pytest.mark.parametrize(
    ("wanted", "has_gpu", "providers", "says", "remedy"),
    [
        ("cuda", False, CUDA, "no NVIDIA graphics card", "Install NVIDIA's driver"),
        ("cuda", True, CUDA[1:], "installed without CUDA", "Run: make serve DEVICE=cuda"),
        ("cuda", True, CUDA, "run on the graphics card", ""),
        ("auto", True, CUDA, "run on the graphics card", ""),
        ("auto", False, CUDA, "run on the processor", ""),
        ("cpu", True, CUDA, "run on the processor", ""),
    ],
)
def test_a_wanted_graphics_card_must_be_there(wanted, has_gpu, providers, says, remedy, monkeypatch):
    monkeypatch.setenv("DEVICE", wanted)
    monkeypatch.setattr(machine, "GPU_SIGNS", ("/proc/self" if has_gpu else "/proc/nothing",))
    found = machine.device(providers)
    assert says in found.says
    assert (remedy in found.remedy) if remedy else found.is_well


# --- what needs Django ------------------------------------------------------------------------------------------------
def test_a_wrong_setting_is_named(monkeypatch):
    def refuse():
        raise ImproperlyConfigured("JOB_LEASE_S is 'soon': it must be a number of 1 or more.")

    monkeypatch.setattr(house.django, "setup", refuse)
    [found] = house.examine(is_serving=False, has_device=True)
    assert (found.name, found.says) == ("settings", "JOB_LEASE_S is 'soon': it must be a number of 1 or more.")
    assert "docs/settings.md" in found.remedy


@pytest.mark.django_db
def test_a_database_that_is_away_is_named(monkeypatch):
    away = DatabaseWrapper({**connections.settings["default"], "ENGINE": "django.db.backends.postgresql",
                            "NAME": "kopje", "HOST": "127.0.0.1", "PORT": str(free_port()), "OPTIONS": {}})  # fmt: skip
    monkeypatch.setattr(house, "connection", away)
    found = house.database()
    assert found.says.startswith("PostgreSQL does not answer (")
    assert "mend DATABASE_URL" in found.remedy


@pytest.mark.django_db
def test_a_database_of_an_older_version_is_named(monkeypatch):
    assert house.database().is_well
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda self, targets: [1, 2])
    found = house.database()
    assert "2 changes are missing" in found.says
    assert "make serve" in found.remedy


def make_pulse(role: str, pid: int, *, queues: str = "", seconds_ago: float = 1, host: str | None = None) -> Pulse:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    return Pulse.objects.create(name=f"{host or socket.gethostname()}:{pid}", role=role, queues=queues, at=at)


def ended_pid() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


@pytest.mark.django_db
def test_where_nothing_runs_no_worker_is_missed():
    make_pulse("worker", ended_pid(), queues=",".join(QUEUES))
    found = house.workers(is_serving=False)
    assert found.is_well
    assert "make serve starts it" in found.says


@pytest.mark.django_db
def test_where_all_are_alive_all_is_well():
    make_pulse("dispatcher", os.getpid())
    make_pulse("worker", 1, queues=",".join(QUEUES))
    assert house.workers(is_serving=True).says == "2 processes of the queue are at work"


@pytest.mark.django_db
def test_a_worker_that_was_just_killed_is_named_with_its_queues():
    make_pulse("dispatcher", os.getpid())
    make_pulse("worker", 1, queues="io,tiles,export,control")
    dead = make_pulse("worker", ended_pid(), queues="detect", seconds_ago=3)
    found = house.workers(is_serving=True)
    assert found.says.startswith("There is no worker for detect. ")
    assert found.says.endswith(f"The worker {dead.name} (detect) gave its last sign of life 3 s ago and is gone.")
    assert "manage.py worker --queues detect" in found.remedy


@pytest.mark.django_db
def test_a_worker_of_another_machine_is_dead_when_it_is_silent():
    make_pulse("dispatcher", os.getpid())
    make_pulse("worker", 4, queues=",".join(QUEUES), host="detector2", seconds_ago=600)
    found = house.workers(is_serving=False)
    assert "The worker detector2:4" in found.says
    assert "10 min ago" in found.says


@pytest.mark.django_db
def test_a_dead_worker_that_has_a_successor_is_not_missed():
    make_pulse("dispatcher", os.getpid())
    make_pulse("worker", ended_pid(), queues="detect")
    make_pulse("worker", 1, queues=",".join(QUEUES))
    assert house.workers(is_serving=True).is_well


def test_a_process_whose_end_nobody_took_note_of_does_not_run():
    process = subprocess.Popen(["true"])
    wait_until(lambda: not house.is_running(str(process.pid)), timeout_s=5, what="its end")
    assert Path(f"/proc/{process.pid}").exists()  # a zombie
    process.wait()
    assert house.is_running(str(os.getpid()))


@pytest.mark.django_db
def test_a_dead_dispatcher_is_named():
    make_pulse("worker", 1, queues=",".join(QUEUES))
    dead = make_pulse("dispatcher", ended_pid())
    found = house.workers(is_serving=True)
    assert found.says.startswith(f"There is no dispatcher. The dispatcher {dead.name} gave its last")
    assert found.remedy.endswith("manage.py dispatcher")


@pytest.mark.django_db
def test_a_web_server_without_any_worker_is_not_well():
    assert not house.workers(is_serving=True).is_well


@pytest.mark.django_db
def test_a_clock_that_is_ahead_is_named():
    make_pulse("worker", 4, host="detector2", seconds_ago=-90)
    [found] = house.clocks()
    assert "The clock of detector2 was 90 s ahead" in found.says


@pytest.mark.django_db
def test_clocks_that_agree_are_no_word_worth():
    make_pulse("worker", 4, host="detector2", seconds_ago=1)
    assert list(house.clocks()) == []


@pytest.mark.django_db
def test_a_registered_model_whose_files_are_gone_is_named(tmp_path):
    version, _is_new = register_model(make_fake_folder(tmp_path / "fake"), for_tests=True)
    assert "load" in house.models(has_device=True).says
    (version.folder / "card.json").unlink()
    found = house.models(has_device=True)
    assert found.says.startswith(f"{version} does not load:")
    assert "register_model" in found.remedy


# --- the sample -------------------------------------------------------------------------------------------------------
@pytest.fixture
def without_starter(tmp_path, monkeypatch):
    monkeypatch.setattr(sample, "STARTER", tmp_path / "none")


def test_without_a_starter_model_the_sample_is_searched_with_the_made_up_one(without_starter):
    found = sample.search(device="cpu")
    assert found.is_well
    assert "12 boxes found with the made-up detector" in found.says


def test_a_search_that_fails_is_told(without_starter, monkeypatch):
    def fail(*_args, **_options):
        raise EngineError("the weights are damaged")

    monkeypatch.setattr(sample, "load_detector", fail)
    found = sample.search(device="cpu")
    assert found.says.endswith("did not come to boxes: the weights are damaged")
    assert found.remedy


def test_a_search_that_finds_too_little_is_told(without_starter, monkeypatch):
    monkeypatch.setattr(sample, "_noise", lambda: sample.np.zeros((1200, 1600, 3), "uint8"))
    found = sample.search(device="cpu")
    assert "0 boxes found" in found.says
    assert "where 12 are expected" in found.says
    assert not found.is_well


def test_what_a_bare_python_can_do_needs_no_package():
    """The front part comes before anything is installed."""
    code = "import sys; sys.path.insert(0, sys.argv[1]); import config.doctor.front"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code, str(ROOT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
