"""A team's server as README.md starts it: the Compose file's processes, health checks and nginx, without Docker."""

import http.client
import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from types import SimpleNamespace
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest

from config.health import CHECKS
from tests.deploy.containers import Containers, MissingValueError, assignments, instructions, read
from tests.nginx import nginx_before
from tests.services import ROOT, find_binary, free_port, wait_until

EXAMPLE = assignments((ROOT / "deploy/env.example").read_text())
NAME = "kopje.example"
DOT_ENV = {**EXAMPLE, "POSTGRES_PASSWORD": "4f1c9a7be2", "REDIS_PASSWORD": "b93d05c6a1", "ALLOWED_HOSTS": NAME}
PASSWORD = "tree-on-the-plain"
ACCOUNT = {"first_name": "Ruth", "username": "ruth", "password1": PASSWORD, "password2": PASSWORD}


@pytest.mark.parametrize("name", ["POSTGRES_PASSWORD", "REDIS_PASSWORD", "ALLOWED_HOSTS"])
def test_what_the_example_leaves_empty_has_to_be_filled_in(name):
    assert EXAMPLE[name] == ""
    with pytest.raises(MissingValueError, match=rf"{name}: .*set it in \.env"):
        read({**DOT_ENV, name: ""})


def test_one_service_alone_builds_the_image_and_none_asks_a_registry_for_it():
    ours = {name: service for name, service in read(DOT_ENV)["services"].items() if service["image"] == "kopje:local"}
    assert [name for name, service in ours.items() if "build" in service] == ["migrate"]
    assert {service["pull_policy"] for service in ours.values()} == {"never"}


def test_what_git_ignores_does_not_get_into_the_image():
    def names(file):
        return {line.removeprefix("**/").strip("/") for line in (ROOT / file).read_text().splitlines()}

    assert names(".gitignore") - {".env"} <= names(".dockerignore")
    assert ".env*" in names(".dockerignore")


def test_the_key_that_the_build_made_stays_out_of_the_image():
    [collect] = [rest for _, rest in instructions()[0] if "collectstatic" in rest]
    [made_in] = re.findall(r"DATA_DIR=(\S+)", collect)
    taken = [rest.split()[1] for word, rest in instructions()[-1] if word == "COPY"]
    assert not any(made_in.startswith(folder) for folder in taken)


class Visitor:
    """A person's browser, as far as nginx can tell."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies = port, {}
        self.address = f"{NAME}:{port}"

    def ask(self, method: str, path: str, body: str = "", **more: str) -> http.client.HTTPResponse:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {
            "Host": self.address,
            "Cookie": cookies,
            **{name.replace("_", "-"): text for name, text in more.items()},
        }
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            answer.body = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def fill_in(self, path: str, **fields: str) -> http.client.HTTPResponse:
        """The form of a page, sent as browsers send it: with the token and where it comes from."""
        token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', self.ask("GET", path).body)[1].decode()
        body = urlencode({"csrfmiddlewaretoken": token, **fields})
        about = {"Content_Type": "application/x-www-form-urlencoded", "Origin": f"http://{self.address}"}
        return self.ask("POST", path, body, **about)


@pytest.fixture(scope="module")
def up(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """What `docker compose up -d` starts, once it has returned."""
    with ExitStack() as running:
        folder = tmp_path_factory.mktemp("containers")
        ports = {"web": free_port(), "redis": free_port(), "db": urlsplit(postgres).port}
        there = Containers(folder, DOT_ENV, ports)
        running.callback(print_logs, there)
        running.callback(there.stop)
        found = SimpleNamespace(containers=there, folder=folder)

        def start_database(_command: list[str]) -> None:
            make_database(postgres, there.services["db"]["environment"]["POSTGRES_DB"])

        def start_redis(command: list[str]) -> None:
            here = ["--port", str(ports["redis"]), "--bind", "127.0.0.1", "--dir", str(folder)]
            with (folder / "redis.log").open("wb") as log:
                process = subprocess.Popen([find_binary(command[0]), *command[1:], *here], stdout=log, stderr=log)
            running.callback(process.kill)

        def start_nginx(_command: list[str]) -> None:
            found.port = running.enter_context(nginx_before(ports["web"], folder))

        there.build()
        there.up({"db": start_database, "redis": start_redis, "nginx": start_nginx})
        yield found


def make_database(server: str, name: str) -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")


def print_logs(containers: Containers) -> None:
    for log in sorted(containers.folder.glob("*.log")):
        print(f"--- {log.name}\n{log.read_text()[-4000:]}")


@pytest.fixture
def visitor(up: SimpleNamespace) -> Visitor:
    return Visitor(up.port)


def at_work(containers: Containers) -> dict[str, bool]:
    return {
        name: process.poll() is None
        for stack in containers.stacks.values()
        for name, process in stack.processes.items()
    }


@pytest.mark.slow
def test_every_service_stays_at_work_and_together_they_are_ready(up, visitor):
    wait_until(lambda: visitor.ask("GET", "/readyz").status == 200, what="readiness")
    assert json.loads(visitor.ask("GET", "/readyz").body) == dict.fromkeys(CHECKS, "ok")
    assert at_work(up.containers) == dict.fromkeys(("web", "worker", "detector", "dispatcher"), True)


@pytest.mark.slow
def test_the_login_page_comes_with_all_its_files(visitor):
    page = visitor.ask("GET", "/login/")
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.body.decode())
    assert page.status == 200
    assert any(file.endswith(".css") for file in files)
    assert {file: visitor.ask("GET", file).status for file in files} == dict.fromkeys(files, 200)


@pytest.mark.slow
def test_the_readmes_invitation_opens_at_the_name_that_people_type_and_makes_the_administrator(up, visitor):
    service, command = re.search(
        r"docker compose exec (\w+) python manage.py (.*)", (ROOT / "README.md").read_text()
    ).groups()
    link = urlsplit(up.containers.stack(service).manage(*command.split()).strip())
    assert (link.scheme, link.netloc) == ("http", NAME)
    assert visitor.fill_in(link.path, **ACCOUNT).status == 302
    assert b"Ruth" in visitor.ask("GET", "/account/").body


@pytest.mark.slow
def test_the_doctor_finds_everything_well_inside(up):
    said = up.containers.stack("web").manage("doctor", "--port", str(up.containers.ports["web"]), check=False)
    assert "Everything is well." in said, said


@pytest.mark.slow
def test_a_strangers_name_opens_no_page_but_health_is_told(visitor):
    answers = {path: visitor.ask("GET", path, Host="stranger.example").status for path in ("/login/", "/healthz")}
    assert answers == {"/login/": 400, "/healthz": 200}


@pytest.mark.slow
def test_pages_come_compressed_unless_nobody_may_keep_them(visitor):
    page = visitor.ask("GET", "/offline/", Accept_Encoding="gzip")
    refused = visitor.ask("POST", "/login/", "x=1", Accept_Encoding="gzip")
    assert page.headers["Content-Encoding"] == "gzip"
    assert (refused.headers["Cache-Control"], refused.headers["Content-Encoding"]) == ("no-store", None)


@pytest.mark.slow
def test_what_opens_something_is_not_in_nginxs_log(up, visitor):
    secret = "p2u8Qd3kXr9LmNw"
    for path in (f"/invitations/{secret}/", f"/first-administrator/{secret}/", f"/account/reset/NQ/{secret}/"):
        visitor.ask("GET", path, Referer=f"http://{NAME}{path}")
    log = wait_until(
        lambda: "/account/reset/" in (text := (up.folder / "access.log").read_text()) and text, what="the log"
    )
    assert "/invitations/..." in log
    assert secret not in log


@pytest.mark.slow
def test_every_service_ends_within_its_grace(up):
    """The last one in this file: nothing runs any more after it."""
    for name in ("detector", "worker", "dispatcher", "web"):
        service = up.containers.services[name]
        [process] = up.containers.stacks[name].processes.values()
        asked_at = time.monotonic()
        process.terminate()
        process.wait(int(service["stop_grace_period"].rstrip("s")))
        print(f"{name} ended after {time.monotonic() - asked_at:.1f} s with {process.returncode}")
