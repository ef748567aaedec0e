"""The web process imports no library of a network, whatever is asked of it."""

import http.client
import json
import os
from pathlib import Path

import pytest

from tests.services import Stack
from tests.training.pytorch import need_pytorch

pytestmark = pytest.mark.slow
PLANTED = ("onnxruntime", "torch")


def test_no_route_and_verb_asks_for_an_inference_engine(make_stack):
    assert asked_for(make_stack(settings="tests.faults.settings")) == []


@pytest.mark.parametrize("library", [*PLANTED, "a backend"])
def test_the_guard_notices_an_inference_engine_behind_a_single_route(make_stack, library):
    noted = asked_for(make_stack(settings="tests.faults.settings", PLANT=f"{library} in the web process"))
    name = "inference.engine.backends.fake" if library == "a backend" else library
    assert noted[0].startswith(f"{name}: GET ")
    assert noted[0].endswith("annotated.jpg")


def test_the_running_web_server_has_no_inference_engine_in_its_memory(make_stack):
    assert engines_in_memory(make_stack(settings="tests.faults.settings")) == set()


@pytest.mark.parametrize("library", PLANTED)
def test_the_guard_notices_an_inference_engine_in_the_memory_of_the_web_server(make_stack, library):
    if library == "torch":
        need_pytorch()
    stack = make_stack(settings="tests.faults.settings", PLANT=f"{library} in the web process")
    assert engines_in_memory(stack) == {library}


def asked_for(stack: Stack) -> list[str]:
    """Parts of inference that a process tried to import that was asked for everything, and by which request."""
    return json.loads(stack.shell("from tests.faults.web_walk import walk; walk()").splitlines()[-1])


def engines_in_memory(stack: Stack) -> set[str]:
    """What the server has mapped into its memory after a look at all there is to see."""
    to_see = json.loads(stack.shell("from tests.faults.web_walk import prepare; prepare()").splitlines()[-1])
    main = stack.start_web()
    look_at_all(stack.port, **to_see)
    maps = "".join(memory_maps(group=main.pid))
    return {library for library in PLANTED if f"/{library}/" in maps}


def look_at_all(port: int, *, cookies: str, statuses: dict[str, str]) -> None:
    connection, found = http.client.HTTPConnection("127.0.0.1", port, timeout=60), {}
    for address in statuses:
        connection.request("GET", address, headers={"Cookie": cookies})
        answer = connection.getresponse()
        answer.read()
        found[address] = str(answer.status)
    assert found == statuses


def memory_maps(group: int) -> list[str]:
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    found = [Path(f"/proc/{pid}/maps").read_text() for pid in pids if is_in_group(pid, group)]
    assert len(found) >= 2  # the server and at least one process that serves
    return found


def is_in_group(pid: int, group: int) -> bool:
    try:
        return os.getpgid(pid) == group
    except ProcessLookupError:
        return False
