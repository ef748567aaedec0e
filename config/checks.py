"""What must hold for the parts to fit: run by `manage.py check`, each with an id and a hint."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.dispatch import Signal

import inference.signals
import surveys.signals
from config.environment import BASE_DIR
from jobs.registry import kind_names

FACTS = (surveys.signals, inference.signals)
ROOMS = ("surveys", "inference", "viewer", "review", "config")
SHARED_FILE_SYSTEMS = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "ceph", "glusterfs")


@register()
def every_fact_has_a_receiver(**_options: Any) -> list[CheckMessage]:
    return [
        Error(f"Nothing receives the fact {name}.", hint="Connect a receiver in config/pipeline.py.", id="kopje.E001")
        for module in FACTS
        for name, signal in vars(module).items()
        if isinstance(signal, Signal) and not signal.receivers
    ]


@register()
def every_kind_of_job_has_a_handler(**_options: Any) -> list[CheckMessage]:
    asked_for = {kind for room in ROOMS for path in (BASE_DIR / room).rglob("*.py") for kind in kinds_asked_for(path)}
    return [
        Error(
            f"Jobs of kind {kind!r} are asked for, but nothing handles them.",
            hint="Register a handler in config/pipeline.py.",
            id="kopje.E002",
        )
        for kind in sorted(asked_for.difference(kind_names()))
    ]


@register()
def sqlite_is_on_a_local_disk(**_options: Any) -> list[CheckMessage]:
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3") or file_system_of(Path(database["NAME"])) not in SHARED_FILE_SYSTEMS:
        return []
    hint = "Set DATA_DIR to a folder on a local disk, or DATABASE_URL to a PostgreSQL."
    return [
        Warning("The SQLite database is on a network file system, where its locks fail.", hint=hint, id="kopje.W003")
    ]


def kinds_asked_for(path: Path) -> Iterator[str]:
    """The kinds that the source names, as text or as a constant of the module, in calls of enqueue and enqueue_many."""
    tree = ast.parse(path.read_text())
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _name(call.func) in ("enqueue", "enqueue_many") and call.args:
            kind = call.args[0]
            yield constants.get(_name(kind), _name(kind)) if not isinstance(kind, ast.Constant) else kind.value


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "?")


def file_system_of(path: Path) -> str:
    """The type of the file system that holds the path, empty where the system does not tell."""
    try:
        lines = Path("/proc/mounts").read_text().splitlines()
    except OSError:
        return ""
    mounts = {Path(line.split()[1]): line.split()[2] for line in lines}
    return next((mounts[folder] for folder in [path, *path.resolve().parents] if folder in mounts), "")
