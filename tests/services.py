"""The real things for tests: PostgreSQL, Redis, and a whole Kopje of web, dispatcher and worker processes."""

import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conftest import skip_or_fail
from tests.nursery import ROOT, Child

PATIENCE_S = 60
_number = count(1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition: Callable[[], Any], *, timeout_s: float = PATIENCE_S, what: str = "the condition") -> Any:
    """What the condition answers once it is true; fails the test when that takes too long."""
    end = time.monotonic() + timeout_s
    while not (answer := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come true within {timeout_s} s")
        time.sleep(0.1)
    return answer


def find_binary(name: str) -> str:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(map(str, folders)))
    if not found:
        skip_or_fail(f"the program {name} is not installed")
    return found


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _not_root() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as the user made for it, or as nobody."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL of the tests' own, without a database name."""
    initdb, server = find_binary("initdb"), find_binary("postgres")
    folder, port, owner = Path(tempfile.mkdtemp(prefix="kopje-postgres-")), free_port(), _not_root()
    if owner:
        os.chown(folder, owner["user"], owner["group"])
    arguments = [initdb, "-D", folder / "data", "-U", "kopje", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(arguments, check=True, capture_output=True, cwd=folder, **owner)
    settings = ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"]
    arguments = [server, "-D", folder / "data", "-p", str(port), *settings]
    process = subprocess.Popen(arguments, cwd=folder, stderr=subprocess.DEVNULL, **owner)
    wait_until(lambda: _can_connect(port), what="PostgreSQL")
    yield f"postgres://kopje@127.0.0.1:{port}"
    process.send_signal(signal.SIGINT)
    process.wait(PATIENCE_S)
    shutil.rmtree(folder)


def _can_connect(port: int) -> bool:
    try:
        psycopg.connect(f"postgres://kopje@127.0.0.1:{port}/postgres").close()
    except psycopg.OperationalError:
        return False
    return True


class RedisServer:
    """A Redis of the tests' own, with append-only file."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}"  # without a database number

    def start(self) -> None:
        settings = {"port": self.port, "bind": "127.0.0.1", "appendonly": "yes", "save": "", "databases": 1000}
        arguments = [part for name, value in settings.items() for part in (f"--{name}", str(value))]
        self.process = subprocess.Popen(
            [find_binary("redis-server"), *arguments], cwd=self.folder, stdout=subprocess.DEVNULL
        )
        wait_until(lambda: _answers(self.port), what="Redis")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_S)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


class Stack:
    """A whole Kopje on a data folder of its own. Everything it starts is a real process, and ends with it.

    `settings` names another settings module, for processes that carry a part made for a test.
    """

    def __init__(self, folder: Path, *, settings: str = "config.settings", **environment: str) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))}
        self.environment = {
            **inherited,
            "DATA_DIR": str(folder / "data"),
            "DJANGO_SETTINGS_MODULE": settings,
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "DISK_FLOOR_MB": "0",
            **environment,
        }
        self.processes: dict[str, Child] = {}

    def manage(self, *arguments: str, check: bool = True) -> str:
        """The output of a management command."""
        with tempfile.TemporaryDirectory(prefix="kopje-said-") as folder:
            output, errors = Path(folder) / "output", Path(folder) / "errors"
            child = Child(arguments, self.environment, output, errors)
            try:
                code = child.wait(300)
            finally:
                child.kill()  # one that does not come to its end
            said = output.read_text()
            if check and code:
                raise AssertionError(f"{' '.join(arguments)} ended with {code}:\n{said}\n{errors.read_text()}")
            return said

    def shell(self, code: str) -> str:
        """What the code prints, run in the product's own process with its models imported."""
        return self.manage("shell", "-v", "0", "-c", code)

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        url = self.environment.get("DATABASE_URL")
        if url:
            with psycopg.connect(url) as connection:
                cursor = connection.execute(query)
                return cursor.fetchall() if cursor.description else []
        with closing(sqlite3.connect(self.folder / "data" / "kopje.sqlite3", timeout=30)) as connection, connection:
            return connection.execute(query).fetchall()

    def start(self, *arguments: str, name: str | None = None, says: str = "") -> Child:
        """A management command as a process group of its own; waits until its log says so."""
        name = name or f"{arguments[0]}-{next(_number)}"
        log = self.folder / f"{name}.log"
        log.touch()
        process = self.processes[name] = Child(arguments, self.environment, log, log)
        wait_until(lambda: says in log.read_text() or process.poll() is not None, what=f"{name} to say {says!r}")
        assert process.poll() is None, f"{name} ended with {process.returncode}:\n{log.read_text()}"
        return process

    def start_web(self, *arguments: str) -> Child:
        process = self.start("web", "--port", str(self.port), *arguments, name=f"web-{next(_number)}")
        wait_until(self.is_up, what="the web process")
        return process

    def is_up(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/healthz", timeout=5)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def start_dispatcher(self) -> Child:
        return self.start("dispatcher", "--every", "0.2", says="at work")

    def start_worker(self, *, concurrency: int = 2, queues: str | None = None) -> Child:
        chosen = ("--queues", queues) if queues else ()
        return self.start("worker", "--concurrency", str(concurrency), *chosen, says="ready.")

    def start_all(self) -> "Stack":
        self.start_web()
        self.start_dispatcher()
        self.start_worker()
        return self

    def kill(self, process: Child) -> None:
        """SIGKILL to the whole process group, as the kernel or a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE_S)

    def kill_workers(self) -> None:
        for name, process in self.processes.items():
            if name.startswith("worker"):
                self.kill(process)

    def stop(self) -> None:
        for process in self.processes.values():
            self.kill(process)

    def log_of(self, process: Child) -> str:
        [name] = [name for name, known in self.processes.items() if known is process]
        return (self.folder / f"{name}.log").read_text()

    def print_logs(self) -> None:
        for log in sorted(self.folder.glob("*.log")):
            print(f"--- {log.name}\n{log.read_text()[-8000:]}")


@pytest.fixture(scope="session")
def fresh_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with migrated SQLite database and collected static files, to be copied."""
    stack = Stack(tmp_path_factory.mktemp("fresh"))
    stack.manage("migrate", "--verbosity", "0", "--skip-checks")
    stack.manage("collectstatic", "--verbosity", "0", "--noinput", "--skip-checks")
    return stack.folder / "data"


@pytest.fixture(scope="session")
def fresh_database(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated database, to be copied."""
    name = f"kopje_fresh_{os.getpid()}"
    _create_database(postgres, name)
    stack = Stack(tmp_path_factory.mktemp("fresh"), DATABASE_URL=f"{postgres}/{name}")
    stack.manage("migrate", "--verbosity", "0", "--skip-checks")
    return name


@contextmanager
def stacks(folder: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Stack]]:
    """`make(on="sqlite")`: SQLite and the file broker; `make(on="postgres")`: PostgreSQL and Redis. Nothing runs."""
    made: list[Stack] = []

    def make(on: str = "sqlite", **options: str) -> Stack:
        own = folder / f"stack{len(made)}"
        shutil.copytree(request.getfixturevalue("fresh_data"), own / "data")
        if on == "postgres":
            options |= {"DATABASE_URL": _new_database(request), "BROKER_URL": _new_broker(request)}
        made.append(Stack(own, **options))
        return made[-1]

    yield make
    for stack in made:
        stack.stop()
        stack.print_logs()  # shown when the test failed


@pytest.fixture
def make_stack(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Stack]]:
    with stacks(tmp_path, request) as make:
        yield make


def _new_database(request: pytest.FixtureRequest) -> str:
    server, name = request.getfixturevalue("postgres"), f"kopje_{os.getpid()}_{next(_number)}"
    _create_database(server, name, request.getfixturevalue("fresh_database"))
    return f"{server}/{name}"


def _create_database(server: str, name: str, template: str = "template1") -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")


def _new_broker(request: pytest.FixtureRequest) -> str:
    return f"{request.getfixturevalue('redis_server').url}/{next(_number)}"


@pytest.fixture
def stack(make_stack: Callable[..., Stack]) -> Stack:
    """A whole Kopje on SQLite and the file broker, running."""
    return make_stack().start_all()
