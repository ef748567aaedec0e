"""The OpenAPI schema describes the interface that there is: every route, every verb, in a valid document."""

import re

import pytest
import yaml
from django.core.management import call_command

from tests.access.routes import routes
from tests.access.table import lines


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """The paths of the schema, which is valid, and about which the generator has nothing to complain."""
    file = tmp_path_factory.mktemp("schema") / "schema.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(file))
    return yaml.safe_load(file.read_text())["paths"]


def in_url_conf() -> dict[str, str]:
    """The names of the routes for programs, by their paths as the schema writes them."""
    found = {"/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.pattern): route.name for route in routes()}
    return {path: name for path, name in found.items() if path.startswith("/api/v1/")}


def test_the_schema_names_every_route_and_no_other(paths):
    assert sorted(paths) == sorted(in_url_conf())


@pytest.mark.parametrize(("path", "name"), in_url_conf().items(), ids=in_url_conf().values())
def test_the_schema_names_every_verb_of_a_route(path, name, paths):
    answered = {line.verb for line in lines() if line.route == name and "405" not in line.statuses.values()}
    of_the_framework = set() if "/tus/" in path else {"HEAD", "OPTIONS"}
    assert {verb.upper() for verb in paths[path]} == answered - of_the_framework
