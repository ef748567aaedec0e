"""Two traps that show only in real processes: libvips before a fork, and an inference engine in the web process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services import ROOT, Stack, wait_until

pytestmark = pytest.mark.slow

PAGES = ("/", "/login/", "/surveys/new/", "/surveys/ruaha/", "/surveys/ruaha/images/", "/surveys/ruaha/upload/")
ROUTES = ("/api/v1/surveys/", "/api/v1/surveys/ruaha/images/", "/api/v1/surveys/ruaha/runs/", "/api/v1/models/")
SERVE = f"""
import sys
from pathlib import Path
from config.wsgi import application
from django.contrib.auth import get_user_model
from django.test import Client
from surveys.models import Membership, Survey
user = get_user_model().objects.create_user("ana", password="tree-on-the-plain")
Membership.objects.create(survey=Survey.objects.create(slug="ruaha", created_by=user), user=user, role="owner")
client = Client(headers={{"host": "localhost"}})
client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
for path in {PAGES + ROUTES}:
    status = client.get(path).status_code
    assert status in (200, 302), (path, status)
print(*(name for name in ("torch", "onnxruntime") if name in sys.modules))
"""


@pytest.fixture
def look(make_exercise):
    """`look(**environment)`: what the first job of a new worker saw, or None when it did not come to its end."""

    def look(**environment: str) -> str | None:
        exercise = make_exercise(JOB_LEASE_S="1", **environment)
        exercise.stack.start_dispatcher()
        exercise.stack.start_worker(concurrency=1)
        exercise.ask(kind="look")
        wait_until(lambda: {"done", "failed"} & set(exercise.states()), what="the look to end")
        [seen] = exercise.effects()
        return None if seen.startswith("failed") else seen

    return look


def test_a_workers_main_process_uses_no_libvips_before_it_forks(look):
    assert look() == "pyvips not imported, first used in None"


@pytest.mark.parametrize("plant", ["libvips through its door", "libvips directly"])
def test_the_guard_notices_libvips_in_a_workers_main_process(look, plant):
    assert look(PLANT=plant) is None


def test_the_web_process_imports_no_inference_engine(make_stack):
    assert imported(make_stack()) == ""


def test_the_guard_notices_an_inference_engine_in_the_web_process(make_stack):
    stack = make_stack(settings="tests.faults.settings", PLANT="onnxruntime in every process")
    assert imported(stack) == "onnxruntime"


def test_the_running_web_server_has_no_inference_engine_in_its_memory(make_stack):
    assert not engine_in_memory(make_stack())


def test_the_guard_notices_an_inference_engine_in_the_memory_of_the_web_server(make_stack):
    assert engine_in_memory(make_stack(settings="tests.faults.settings", PLANT="onnxruntime in every process"))


def imported(stack: Stack) -> str:
    """Which inference engines a process has imported that served a few pages."""
    command = [sys.executable, "-c", SERVE]
    done = subprocess.run(command, env=stack.environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def engine_in_memory(stack: Stack) -> bool:
    main = stack.start_web()
    stack.is_up()
    return any("onnxruntime" in maps or "libtorch" in maps for maps in memory_maps(group=main.pid))


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
