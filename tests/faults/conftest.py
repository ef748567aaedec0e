"""A Kopje with the exercise part installed, and short leases."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.services import Stack, wait_until

BACKENDS = ("sqlite", "postgres")


class Exercise:
    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        stack.sql("CREATE TABLE exercise_effect (subject varchar(60), pid integer)")

    def ask(self, number: int = 1, *, kind: str = "exercise", **payload: Any) -> list[str]:
        """Asks for that many jobs; their subjects."""
        code = (
            "import json, uuid; from jobs.enqueue import enqueue_many;"
            f"subjects = [uuid.uuid4() for _ in range({number})];"
            f"enqueue_many({kind!r}, subjects, payload=json.loads({json.dumps(payload)!r}));"
            "print(json.dumps(list(map(str, subjects))))"
        )
        return json.loads(self.stack.shell(code))

    def effects(self) -> list[str]:
        """What the jobs left behind, a subject a row."""
        return [subject for subject, _pid in self.stack.sql("SELECT subject, pid FROM exercise_effect")]

    def states(self) -> dict[str, int]:
        return dict(self.stack.sql("SELECT state, COUNT(*) FROM jobs_job GROUP BY state"))

    def wait_for(self, timeout_s: float = 60, watched: subprocess.Popen[bytes] | None = None, **states: int) -> None:
        """Until at least that many jobs are in each of these states. A `watched` worker that ends is started again, as
        its supervisor would."""

        def reached() -> bool:
            nonlocal watched
            if watched and watched.poll() is not None:
                watched = self.stack.start_worker()
            seen = self.states()
            return all(seen.get(state, 0) >= number for state, number in states.items())

        wait_until(reached, timeout_s=timeout_s, what=f"{states}")


@pytest.fixture
def make_exercise(make_stack: Callable[..., Stack]) -> Callable[..., Exercise]:
    def make(on: str = "sqlite", **environment: str) -> Exercise:
        defaults = {"JOB_LEASE_S": "2", "JOB_RETRY_WAIT_S": "0", "settings": "tests.faults.settings"}
        return Exercise(make_stack(on=on, **{**defaults, **environment}))

    return make
