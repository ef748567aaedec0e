"""docker-compose.yml without Docker: its commands, with its environment, in its order, as processes of this machine.

Only the containers' names, paths and ports are exchanged for this machine's; nothing of the file is said again here.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from tests.services import ROOT, Stack, find_binary, wait_until

OURS = "kopje:local"
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<how>[-?])(?P<word>[^}]*))?\}")


class MissingValueError(Exception):
    """Compose says the sentence that the file has for it, and starts nothing."""


def assignments(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def read(dot_env: dict[str, str]) -> dict[str, Any]:
    """The Compose file as it is with that .env."""

    def value(found: re.Match[str]) -> str:
        given = dot_env.get(found["name"], "")
        if not given and found["how"] == "?":
            raise MissingValueError(f"{found['name']}: {found['word']}")
        return given or found["word"] or ""

    return yaml.safe_load(VARIABLE.sub(value, (ROOT / "docker-compose.yml").read_text()))


def instructions() -> list[list[tuple[str, str]]]:
    """The Dockerfile, a list for each of its stages."""
    text = (ROOT / "deploy/Dockerfile").read_text().replace("\\\n", "")
    stages = re.split(r"^(?=FROM )", text, flags=re.M)[1:]
    return [re.findall(r"^([A-Z]+) (.*)$", stage, re.M) for stage in stages]


def image_environment() -> dict[str, str]:
    pairs = [pair for word, rest in instructions()[-1] if word == "ENV" for pair in rest.split()]
    return assignments("\n".join(pair for pair in pairs if not pair.startswith("PATH=")))


class Containers:
    """`ports`: where this machine has what the containers call web, redis and db."""

    def __init__(self, folder: Path, dot_env: dict[str, str], ports: dict[str, int]) -> None:
        self.folder, self.dot_env, self.ports = folder, dot_env, ports
        self.stacks: dict[str, Stack] = {}

    @cached_property
    def services(self) -> dict[str, Any]:
        return read(self.dot_env)["services"]

    @cached_property
    def places(self) -> dict[str, str]:
        """Of the containers, and here."""
        folders = {
            name: str(self.folder / name.strip("/").replace("/", "-")) for name in ("/data", "/static", "/tmp/data")
        }
        return {
            **folders,
            "/venv/bin/python": sys.executable,
            "@db:5432": f"@127.0.0.1:{self.ports['db']}",
            "@redis:6379": f"@127.0.0.1:{self.ports['redis']}",
            "0.0.0.0": "127.0.0.1",
            "8000": str(self.ports["web"]),
        }

    def here(self, text: str) -> str:
        longest_first = sorted(self.places, key=len, reverse=True)
        return re.sub("|".join(map(re.escape, longest_first)), lambda found: self.places[found[0]], text)

    def environment(self, name: str) -> dict[str, str]:
        service = self.services[name]
        of_image = image_environment() if service["image"] == OURS else {}
        of_file = self.dot_env if service.get("env_file") == ".env" else {}
        return {key: self.here(text) for key, text in {**of_image, **of_file, **service["environment"]}.items()}

    def stack(self, name: str) -> Stack:
        """For processes in the container of that service."""
        if name not in self.stacks:
            self.stacks[name] = Stack(self.folder, **self.environment(name))
        return self.stacks[name]

    def build(self) -> None:
        """What the Dockerfile does with the code."""
        stack = Stack(self.folder)
        for command in [
            rest for stage in instructions() for word, rest in stage if word == "RUN" and "manage.py" in rest
        ]:
            subprocess.run(["sh", "-euc", self.here(command)], cwd=ROOT, env=stack.environment, check=True)

    def up(self, others: dict[str, Callable[[list[str]], None]]) -> None:
        """Each service once what it waits for has come true; `others` start those that are not Kopje's own image."""
        waits_for = {name: service.get("depends_on", {}) for name, service in self.services.items()}
        for name in TopologicalSorter(waits_for).static_order():
            for earlier, how in waits_for[name].items():
                self._wait(earlier, how["condition"])
            self._start(name, others)

    def _wait(self, name: str, condition: str) -> None:
        if condition == "service_healthy":
            wait_until(lambda: self.is_healthy(name), what=f"the health check of {name}")
        else:  # it has ended: `_start` waited for that
            assert condition == "service_completed_successfully"

    def _start(self, name: str, others: dict[str, Callable[[list[str]], None]]) -> None:
        service = self.services[name]
        if service["image"] != OURS:
            others[name](service.get("command", []))
        elif service["restart"] == "no":
            self.stack(name).manage(*self.arguments(name))
        else:
            self.stack(name).start(*self.arguments(name), name=name)

    def arguments(self, name: str) -> list[str]:
        """What follows `python manage.py`."""
        python, manage, *arguments = self.services[name]["command"]
        assert (python, manage) == ("python", "manage.py")
        return [self.here(argument) for argument in arguments]

    def is_healthy(self, name: str) -> bool:
        """By the service's own check."""
        kind, program, *arguments = self.services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        command = [sys.executable] if program == "python" else [find_binary(program)]
        if program == "redis-cli":
            command += ["-p", str(self.ports["redis"])]
        environment = {**Stack(self.folder).environment, **self.environment(name), "PGPORT": str(self.ports["db"])}
        command += [self.here(argument) for argument in arguments]
        return subprocess.run(command, env=environment, capture_output=True, timeout=30).returncode == 0

    def stop(self) -> None:
        for stack in self.stacks.values():
            stack.stop()
