"""Every route and verb of the access table, each asked for by somebody who may, and what was imported meanwhile.

For a process of its own, `manage.py shell`: in the tests' process others have imported everything long since. Only the
product's web process is imitated: `config.wsgi` is imported as the server does.
"""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client, TestCase

from config.wsgi import application
from review.exports import TABLES
from surveys.models import Image
from tests.access.bodies import Tus, metadata
from tests.access.routes import close, routes
from tests.access.scene import Scene, make_scene
from tests.access.table import Line, verbs_of
from tests.access.test_table import address, body_of, listed, of, status_name
from tests.factories.surveys import make_cast
from viewer import grants

LIBRARIES = ("torch", "onnxruntime")
BACKENDS = "inference.engine.backends."  # the package is the seam, what stands in it loads libraries
REFUSALS = {"login", "401", "403", "404", "405"}
WHOLE_FILE = {"Upload-Length": "5", "Upload-Metadata": metadata(survey="ruaha", filename="c.png")}


class Watch:
    """Stands before the finders of modules, and notes and refuses what belongs to an engine, installed or not.

    Who asks without minding a refusal is in the list; who minds, in the traceback.
    """

    def __init__(self) -> None:
        self.doing = "starting"
        self.noted = [f"{name}: {self.doing}" for name in sys.modules if is_of_engines(name)]

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> None:
        if is_of_engines(name):
            self.noted.append(f"{name}: {self.doing}")
            raise ImportError(f"{name} is not for the web process")


def is_of_engines(name: str) -> bool:
    return name.partition(".")[0] in LIBRARIES or name.startswith(BACKENDS)


@dataclass(frozen=True)
class Asked:
    verb: str
    address: str
    who: str
    expected: str
    more: dict[str, Any]


def walk() -> None:
    """Prints as JSON what was imported, and by which request; goes no further than the first that does."""
    watch = Watch()
    sys.meta_path.insert(0, watch)
    assert application
    scene, client = make_scene(make_cast()), Client(SERVER_NAME="localhost")
    sessions = {who: session_of(person) for who, person in scene.people.items() if person}
    for asked in everything(scene):
        watch.doing = f"{asked.verb} {asked.address}"
        found = status_of(client, asked, sessions.get(asked.who))
        assert found == asked.expected, (asked, found)
        if watch.noted:
            break
    print(json.dumps(watch.noted))


def everything(scene: Scene) -> Iterator[Asked]:
    for route in routes():
        for line in of(route):
            who = somebody_who_may(line)
            for verb in verbs_of(line, listed(route.name)):
                yield Asked(verb, address(route, scene), who, line.statuses[who], body_of(route, verb, scene))
    for table in TABLES:
        yield Asked("GET", f"/api/v1/surveys/ruaha/exports/{table}.csv", "owner", "200", {})
    yield Asked("POST", "/api/v1/tus/", "owner", "201", Tus(WHOLE_FILE, b"12345").request({}))


def somebody_who_may(line: Line) -> str:
    return next((who for who, status in line.statuses.items() if status not in REFUSALS), "owner")


def session_of(person: Any) -> str:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


def status_of(client: Client, asked: Asked, session: str | None) -> str:
    """All of the answer is taken and what waits for the commit is done; then the effects in the database are undone."""
    cache.clear()  # throttles
    client.cookies = SimpleCookie({"sessionid": session} if session else {})
    with transaction.atomic():
        with TestCase.captureOnCommitCallbacks(execute=True):
            response = client.generic(asked.verb, asked.address, **asked.more)
            take(response)
        transaction.set_rollback(True)
    return status_name(response)


def take(response: HttpResponseBase) -> None:
    if response.streaming:
        for _ in response:
            pass
    close(response)


def prepare() -> None:
    """Prints as JSON what somebody sends along who may see everything, and all there is to see, with its status."""
    scene = make_scene(make_cast())
    image = Image.objects.get(pk=scene.arguments["image_id"])
    tiles = grants.sign(image.pk, grants.Grant.of(image), now=time.time() + 600)
    cookies = f"sessionid={session_of(scene.people['administrator'])}; kopje_tiles={tiles}"
    statuses = {address(route, scene): line.statuses["administrator"] for route in routes() for line in of(route)
                if "GET" in verbs_of(line, listed(route.name))}  # fmt: skip
    print(json.dumps({"cookies": cookies, "statuses": statuses}))
