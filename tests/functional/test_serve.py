"""Kopje serves an office: it runs in one network namespace, people sit in another, and its processes are killed."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from config.doctor.house import is_running
from tests.chromium import find_chromium
from tests.conftest import skip_or_fail
from tests.factories.models import make_fake_folder
from tests.factories.pictures import noise, write_jpeg
from tests.functional import six_people
from tests.services import ROOT, Stack, find_binary, wait_until

pytestmark = pytest.mark.slow

SERVER, PERSON = "10.213.7.1", "10.213.7.2"
PORT = 8116
N_PEOPLE, N_IMAGES = 6, 2
SIX = f"""
from django.contrib.auth import get_user_model
from rest_framework.authtoken.models import Token
from surveys.create import create_survey
from surveys.models import Membership
people = get_user_model().objects
survey = create_survey(people.get(username="ruth"), name="Ruaha")
for number in range({N_PEOPLE}):
    person = people.create_user(f"person{{number}}", password=None)
    Membership.objects.create(survey=survey, user=person, role="analyst")
    print(Token.objects.create(user=person).key)
print(Token.objects.create(user=survey.memberships.get(role="owner").user).key)
"""


class Network:
    """Two namespaces with a cable between them; nothing else is plugged in."""

    def __init__(self) -> None:
        self.office, self.desk = f"kopje-office-{os.getpid()}", f"kopje-desk-{os.getpid()}"

    def plug_in(self) -> None:
        ip = find_binary("ip")
        for name in (self.office, self.desk):
            if subprocess.run([ip, "netns", "add", name], capture_output=True).returncode:
                skip_or_fail("network namespaces are not permitted here")
        cable = ["lan0", "netns", self.office, "type", "veth", "peer", "name", "lan0", "netns", self.desk]
        subprocess.run([ip, "link", "add", *cable], check=True)
        for name, address in ((self.office, SERVER), (self.desk, PERSON)):
            for words in (f"addr add {address}/24 dev lan0", "link set lan0 up", "link set lo up"):
                subprocess.run([ip, "-n", name, *words.split()], check=True)

    def pull_out(self) -> None:
        for name in (self.office, self.desk):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)

    def at(self, name: str, *command: str) -> list[str]:
        return ["ip", "netns", "exec", name, *command]


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    network = Network()
    try:
        network.plug_in()
        yield network
    finally:
        network.pull_out()


@pytest.fixture(scope="module")
def office(
    network: Network, fresh_data: Path, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[SimpleNamespace]:
    """Kopje being served; a page of a browser at the other end of the cable."""
    folder = tmp_path_factory.mktemp("office")
    shutil.copytree(fresh_data, folder / "data")
    stack = Stack(folder, JOB_LEASE_S="3", WORKER_STOP_S="2")
    command = [sys.executable, str(ROOT / "manage.py"), "serve", "--port", str(PORT), "--concurrency", "1"]
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            network.at(network.office, *command), env=stack.environment, cwd=ROOT, stdout=log, stderr=log
        )
    there = browser.browser_type.launch(executable_path=_browser_at_the_desk(network, folder), args=["--no-sandbox"])
    try:
        yield SimpleNamespace(
            stack=stack, process=process, network=network, page=there.new_page(), log=folder / "serve.log"
        )
        there.close()
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)
        process.kill()
        print((folder / "serve.log").read_text()[-12000:])


def _browser_at_the_desk(network: Network, folder: Path) -> Path:
    """Playwright speaks to the browser through a pipe, which does not care for networks."""
    start = folder / "chromium"
    start.write_text(f'#!/bin/sh\nexec ip netns exec {network.desk} {find_chromium()} "$@"\n')
    start.chmod(0o755)
    return start


def _says(office: SimpleNamespace, pattern: str) -> str:
    found = wait_until(
        lambda: re.search(pattern, office.log.read_text()) or office.process.poll() is not None, what=pattern
    )
    assert office.process.poll() is None, office.log.read_text()
    return found[1]


def test_a_browser_elsewhere_makes_the_administrator_by_the_printed_link(
    office: SimpleNamespace, assert_accessible: Callable[[Page], None]
) -> None:
    assert _says(office, r"Kopje is ready: (\S+)") == f"http://{SERVER}:{PORT}"
    link = _says(office, r"It works once: (\S+)")
    assert link.startswith(f"http://{SERVER}:{PORT}/first-administrator/")
    page, problems = office.page, []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(link)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for name, value in (("first_name", "Ruth Kimani"), ("username", "ruth")):
        page.fill(f"input[name={name}]", value)
    for name in ("password1", "password2"):
        page.fill(f"input[name={name}]", "tree-on-the-plain")
    page.get_by_role("button", name="Make my account and come in").click()
    page.wait_for_url(f"http://{SERVER}:{PORT}/")
    assert office.stack.sql("select username, is_superuser from auth_user") == [("ruth", 1)]
    assert problems == []


def test_the_link_is_spent_then_and_says_so(office: SimpleNamespace, assert_accessible: Callable[[Page], None]) -> None:
    answer = office.page.goto(_says(office, r"It works once: (\S+)"))
    assert answer.status == 410
    expect(office.page.locator("main")).to_contain_text("ask the administrator for an invitation")
    assert_accessible(office.page)


def test_six_people_save_at_once_during_a_search_without_a_lock_error(office: SimpleNamespace, tmp_path: Path) -> None:
    stack = office.stack
    stack.manage("register_model", "--for-tests", str(make_fake_folder(tmp_path / "fake", seconds_per_patch=0.2)))
    *tokens, owner = stack.shell(SIX).split()
    _ask(office, owner, "POST", "/api/v1/surveys/ruaha/runs/", {"model": "fake"})
    said = json.loads(_at_the_desk(office, six_people.__file__, f"http://{SERVER}:{PORT}", "ruaha",
                                   str(_pictures(tmp_path / "pictures")), *tokens))  # fmt: skip
    statuses = {(save.split()[0], status) for save, status, _seconds in said["saves"]}
    assert statuses == {("POST", 201), ("PATCH", 200)}
    assert len(said["saves"]) == N_PEOPLE * N_IMAGES * (1 + six_people.N_CHANGES)
    assert _n_searches_between(stack, said["began_at"], said["ended_at"]) > 0
    assert "locked" not in office.log.read_text()


def _pictures(folder: Path) -> Path:
    folder.mkdir()
    for person in range(N_PEOPLE):
        for number in range(N_IMAGES):
            write_jpeg(folder / f"{person}-{number}.jpg", noise(1300, 1300, seed=10 * person + number))
    return folder


def _at_the_desk(office: SimpleNamespace, *arguments: str) -> str:
    command = office.network.at(office.network.desk, sys.executable, *arguments)
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


def _ask(office: SimpleNamespace, token: str, method: str, path: str, body: dict[str, Any]) -> None:
    code = (
        "import sys, urllib.request as u; u.urlopen(u.Request(sys.argv[1], sys.argv[2].encode(), method=sys.argv[3], "
        "headers={'Authorization': 'Token ' + sys.argv[4], 'Content-Type': 'application/json'}))"
    )
    _at_the_desk(office, "-c", code, f"http://{SERVER}:{PORT}{path}", json.dumps(body), method, token)


def _n_searches_between(stack: Stack, began_at: float, ended_at: float) -> int:
    seconds = "unixepoch(substr(started_at, 1, 19))"
    return stack.sql(
        f"select count(*) from jobs_job where kind = 'detect' and {seconds} between {began_at} and {ended_at}"
    )[0][0]


# --- kill -9 ----------------------------------------------------------------------------------------------------------
def _children(pid: int) -> dict[int, str]:
    """Process numbers, and what each was started as."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
    return found


def _role(command: str) -> str:
    for role, sign in {"web": "manage.py web", "dispatcher": "dispatcher", "searcher": "--queues detect"}.items():
        if sign in command:
            return role
    return "quick worker" if "--queues" in command else "?"


def _running(office: SimpleNamespace) -> dict[str, int]:
    return {_role(command): pid for pid, command in _children(office.process.pid).items()}


def _all_four(office: SimpleNamespace) -> dict[str, int]:
    def running() -> dict[str, int] | None:
        found = _running(office)
        return found if set(found) == {"web", "dispatcher", "quick worker", "searcher"} else None

    return wait_until(running, what="all four processes")


def _are_gone(pids: Iterable[int]) -> bool:
    return not any(is_running(str(pid)) for pid in pids)


def _pulses(stack: Stack) -> set[str]:
    return {name for (name,) in stack.sql("select name from jobs_pulse")}


def test_a_killed_searcher_is_named_by_the_doctor_then_started_again_and_its_image_is_searched(
    office: SimpleNamespace,
) -> None:
    stack, before, pulses = office.stack, _all_four(office), _pulses(office.stack)
    wait_until(lambda: stack.sql("select 1 from jobs_job where kind = 'detect' and state = 'running'"), what="a search")
    office.process.send_signal(signal.SIGSTOP)  # else the dead one has its successor before the doctor comes
    dead = [before["searcher"], *_children(before["searcher"])]
    os.killpg(before["searcher"], signal.SIGKILL)
    wait_until(lambda: _are_gone(dead), timeout_s=5, what="the end of the searcher")
    doctor = [sys.executable, str(ROOT / "manage.py"), "doctor", "--port", str(PORT)]
    done = subprocess.run(
        office.network.at(office.network.office, *doctor), env=stack.environment, capture_output=True, text=True
    )
    office.process.send_signal(signal.SIGCONT)
    assert done.returncode == 1
    assert re.search(r"FAIL workers +There is no worker for detect. The worker \S+ \(detect\) .* is gone", done.stdout)
    assert "Kopje answers on it" in done.stdout
    wait_until(lambda: _pulses(stack) - pulses, what="a new searcher")


@pytest.mark.parametrize("role", ["web", "dispatcher", "quick worker"])
def test_a_killed_child_is_started_again_and_works(role: str, office: SimpleNamespace) -> None:
    before, pulses = _all_four(office), _pulses(office.stack)
    offspring = _children(before[role])
    os.kill(before[role], signal.SIGKILL)
    wait_until(lambda: _running(office).get(role, before[role]) != before[role], what=f"another {role}")
    if role == "web":
        wait_until(lambda: _opens(office.page), what="the page at the other end of the cable")
    else:
        wait_until(lambda: _pulses(office.stack) - pulses, what=f"a sign of life of the new {role}")
    assert _are_gone(offspring), "nothing of the old one stays"


def _opens(page: Page) -> bool:
    with suppress(Exception):
        return page.goto(f"http://{SERVER}:{PORT}/surveys/ruaha/", timeout=3000).status == 200
    return False


def test_a_killed_process_of_the_web_server_has_a_successor(office: SimpleNamespace) -> None:
    web = _running(office)["web"]
    [process] = _children(web)
    os.kill(process, signal.SIGKILL)
    wait_until(lambda: set(_children(web)) - {process}, what="another process of the web server")
    wait_until(lambda: _opens(office.page), what="the page at the other end of the cable")
    assert _running(office)["web"] == web


def test_nothing_was_lost(office: SimpleNamespace) -> None:
    stack = office.stack
    live = "select count(*) from jobs_job where state in ('new', 'queued', 'running') and kind not like 'tidy_%'"
    wait_until(lambda: stack.sql(live) == [(0,)], what="all images to be searched")
    searched = stack.sql("select search_state, count(*) from surveys_image group by 1")
    assert searched == [("searched", N_PEOPLE * N_IMAGES)]
    assert stack.manage("verify_survey", "ruaha").strip() == ""
    assert "locked" not in office.log.read_text()


def test_told_to_stop_it_stops_all(office: SimpleNamespace) -> None:
    running = [pid for child in _children(office.process.pid) for pid in (child, *_children(child))]
    assert len(running) >= 7  # the web server's process and two workers' children are the second generation
    office.process.terminate()
    assert office.process.wait(30) == 0
    wait_until(lambda: _are_gone(running), timeout_s=5, what="the end of all")
    assert "Kopje has stopped." in office.log.read_text()
