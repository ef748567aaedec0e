"""Six people share 300 images, and one of them dies with an image in hand: each is reviewed by one of them, once."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.services import ROOT, Stack, wait_until

pytestmark = pytest.mark.slow
N_PEOPLE, N_IMAGES, LEASE_S = 6, 300, 10
PREPARE = f"""
import json
from rest_framework.authtoken.models import Token
from review.task_filter import TaskFilter
from review.task_making import make_task
from tests.factories.surveys import make_image, make_member, make_survey
survey = make_survey()
people = [make_member(survey, "reviewer") for _ in range({N_PEOPLE})]
for _ in range({N_IMAGES}):
    make_image(survey=survey, pyramid_state="ready")
task = make_task(survey, "All", TaskFilter(), people, people[0])
print(json.dumps([str(task.pk), [Token.objects.create(user=user).key for user in people]]))
"""


class Client:
    """One of the six, in a process of its own."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self.log = log
        program = ROOT / "tests" / "functional" / "sharing_client.py"
        with log.open("w") as out:
            self.process = subprocess.Popen([sys.executable, str(program), *arguments], stdout=out, stderr=out)

    def said(self, word: str) -> list[str]:
        lines = [line.split() for line in self.log.read_text().splitlines()]
        return [line[1] for line in lines if line[0] == word]

    def holds_one(self) -> bool:
        return len(self.said("handed")) > len(self.said("reviewed")) > 0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Client]]:
    clients: list[Client] = []

    def start_one(*arguments: str) -> Client:
        clients.append(Client(tmp_path / f"client{len(clients)}.log", *arguments))
        return clients[-1]

    yield start_one
    for client in clients:
        client.process.kill()
        client.process.wait()


@pytest.mark.parametrize("on", ["sqlite", "postgres"])
def test_no_image_is_handed_out_twice_and_none_is_left_over(
    on: str, make_stack: Callable[..., Stack], start: Callable[..., Client]
) -> None:
    stack = make_stack(on=on, REVIEW_LEASE_S=str(LEASE_S))
    task, tokens = json.loads(stack.shell(PREPARE))
    stack.start_web()
    dying = start(stack.url, task, tokens[0], "0.3")
    others = [start(stack.url, task, token) for token in tokens[1:]]
    wait_until(dying.holds_one, what="the one who dies to hold an image")
    dying.process.kill()
    for client in others:
        assert client.process.wait(150) == 0, client.log.read_text()[-500:]

    lost = set(dying.said("handed")) - set(dying.said("reviewed"))
    handed = Counter(image for client in [dying, *others] for image in client.said("handed"))
    assert len(handed) == N_IMAGES
    assert {image for image, times in handed.items() if times > 1} <= lost
    assert all(len(client.said("reviewed")) > 1 for client in others)
    [(n_done, n_reviews)] = stack.sql("SELECT n_done, (SELECT COUNT(*) FROM review_review) FROM review_reviewtask")
    assert (n_done, n_reviews) == (N_IMAGES, N_IMAGES)
    assert stack.sql("SELECT SUM(n_done) FROM review_taskperson") == [(N_IMAGES,)]
