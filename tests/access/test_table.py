"""Every route and verb, as every kind of person: the exact status. A route that the table lacks is a failure."""

import json
import re
from collections.abc import Callable, Collection
from copy import copy
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client

from tests.access.bodies import BODIES
from tests.access.routes import Route, close, routes
from tests.access.scene import Scene, make_scene
from tests.access.table import PRINCIPALS, VERBS, Line, lines, verbs_of

TABLE = lines()


def listed(route: str) -> set[str]:
    return {line.verb for line in TABLE if line.route == route}


def test_the_table_and_the_product_have_the_same_routes() -> None:
    assert {line.route for line in TABLE} == {route.name for route in routes()}


def test_no_two_routes_share_a_name() -> None:
    names = [route.name for route in routes()]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("route", sorted({line.route for line in TABLE}))
def test_every_verb_of_a_route_is_covered(route: str) -> None:
    assert "other" in listed(route)
    assert "GET" in listed(route) or "POST" in listed(route)


@pytest.fixture
def scene(cast: SimpleNamespace) -> Scene:
    return make_scene(cast)


@pytest.mark.parametrize("who", ["outsider", "anonymous", pytest.param("owner", marks=pytest.mark.slow)])
def test_statuses_in_short(who: str, scene: Scene, as_user: Callable[[Any], Client]) -> None:
    """The verbs that each route lists, as three who stand for all."""
    check(who, scene, as_user, verbs_of_route=listed)


@pytest.mark.slow
@pytest.mark.parametrize("who", PRINCIPALS)
def test_statuses(who: str, scene: Scene, as_user: Callable[[Any], Client]) -> None:
    check(who, scene, as_user, verbs_of_route=lambda _route: VERBS)


def check(
    who: str, scene: Scene, as_user: Callable[[Any], Client], *, verbs_of_route: Callable[[str], Collection[str]]
) -> None:
    expected = {
        (route, verb): line.statuses[who]
        for route in routes()
        for line in of(route)
        for verb in verbs_of(line, listed(route.name))
        if verb in verbs_of_route(route.name)
    }
    client = as_user(scene.people[who])
    found = {(route, verb): status_of(client, route, verb, scene) for route, verb in expected}
    wrong = {
        f"{verb} {route.name} as {who}": f"{found[route, verb]}, not {status}"
        for (route, verb), status in expected.items()
        if found[route, verb] != status
    }
    assert {route for route, _verb in found} == set(routes())
    assert wrong == {}


def of(route: Route) -> list[Line]:
    return [line for line in TABLE if line.route == route.name]


def address(route: Route, scene: Scene) -> str:
    arguments = scene.arguments | ({"token": scene.arguments["reset_token"]} if "uidb64" in route.pattern else {})
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(arguments[match.group(1)]), route.pattern)


def status_of(client: Client, route: Route, verb: str, scene: Scene) -> str:
    """The status of one request, whose effects are undone."""
    cache.clear()  # throttles
    cookies, client.cookies = client.cookies, copy(client.cookies)  # one request logs out
    with transaction.atomic():
        response = client.generic(verb, address(route, scene), **body_of(route, verb, scene))
        name = status_name(response)
        close(response)
        transaction.set_rollback(True)
    client.cookies = cookies
    return name


def body_of(route: Route, verb: str, scene: Scene) -> dict[str, Any]:
    body = BODIES.get((route.name, verb), {})
    if isinstance(body, dict):
        return {"data": json.dumps(body), "content_type": "application/json"}
    return body.request(scene.arguments)


def status_name(response: HttpResponseBase) -> str:
    location = response.headers.get("Location", "")
    return (
        "login" if response.status_code == 302 and location.startswith("/login/?next=") else str(response.status_code)
    )
