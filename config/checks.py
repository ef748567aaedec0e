"""What must hold for the parts to fit: run by `manage.py check`, each with an id and a hint."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.dispatch import Signal

import inference.signals
import surveys.signals

FACTS = (surveys.signals, inference.signals)
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
def sqlite_is_on_a_local_disk(**_options: Any) -> list[CheckMessage]:
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3") or file_system_of(Path(database["NAME"])) not in SHARED_FILE_SYSTEMS:
        return []
    hint = "Set DATA_DIR to a folder on a local disk, or DATABASE_URL to a PostgreSQL."
    return [
        Warning("The SQLite database is on a network file system, where its locks fail.", hint=hint, id="kopje.W003")
    ]


def file_system_of(path: Path) -> str:
    """The type of the file system that holds the path, empty where the system does not tell."""
    try:
        lines = Path("/proc/mounts").read_text().splitlines()
    except OSError:
        return ""
    mounts = {Path(line.split()[1]): line.split()[2] for line in lines}
    return next((mounts[folder] for folder in [path, *path.resolve().parents] if folder in mounts), "")
