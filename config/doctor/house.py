"""What needs Django: settings, database, queue, models."""

import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from config.doctor.finding import Finding

LEAST_SKEW = timedelta(seconds=5)


def examine(*, is_serving: bool, has_device: bool) -> Iterator[Finding]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        django.setup()
    except ImproperlyConfigured as error:
        yield Finding("settings", str(error), "Mend that environment variable; docs/settings.md lists them all")
        return
    state = database()
    yield state
    yield broker()
    if state.is_well and has_database():
        yield workers(is_serving=is_serving)
        yield from clocks()
        yield models(has_device=has_device)
    from config.doctor import sample

    yield sample.search(device=settings.DEVICE if has_device else "cpu")


def has_database() -> bool:
    """SQLite's file is made by the first start; looking must not make an empty one."""
    return connection.vendor != "sqlite" or Path(str(settings.DATABASES["default"]["NAME"])).exists()


def database() -> Finding:
    kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    if not has_database():
        return Finding("database", f"{kind}: made by the first start")
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        says = f"{kind} does not answer ({str(error).splitlines()[0]})."
        return Finding("database", says, "Start it, or mend DATABASE_URL; `make serve` without it uses SQLite")
    if waiting:
        says = f"{kind} answers, but is not as this version needs it: {len(waiting)} changes are missing."
        return Finding("database", says, "Run: make serve (it makes them), or manage.py migrate")
    return Finding("database", f"{kind} answers, and is as this version needs it")


def broker() -> Finding:
    from config import health

    name = settings.BROKER_URL.partition("://")[0]
    if health.broker(timezone.now()) == health.OK:
        return Finding("broker", f"{name} answers")
    remedy = "Start it, or mend BROKER_URL; without BROKER_URL messages are files, which is enough for one machine"
    return Finding("broker", f"{name} does not answer.", remedy)


def workers(*, is_serving: bool) -> Finding:
    """Every queue needs a living worker, and all need the dispatcher, as long as anything of Kopje runs."""
    from jobs.models import Pulse
    from jobs.registry import QUEUES

    pulses = list(Pulse.objects.order_by("-at"))
    alive = [pulse for pulse in pulses if is_alive(pulse)]
    if not alive and not is_serving:
        return Finding("workers", "Kopje is not running now: make serve starts it")
    served = {queue for pulse in alive for queue in pulse.queues.split(",")}
    missing = [queue for queue in QUEUES if queue not in served]
    has_dispatcher = any(pulse.role == Pulse.Role.DISPATCHER for pulse in alive)
    if not missing and has_dispatcher:
        return Finding("workers", f"{len(alive)} processes of the queue are at work")
    gone = [pulse for pulse in pulses if pulse not in alive and _is_missed(pulse, missing, has_dispatcher)]
    lacks = [*([] if has_dispatcher else ["the dispatcher"]), *(f"a worker for {queue}" for queue in missing)]
    says = f"There is no {', no '.join(lack.removeprefix('a ').removeprefix('the ') for lack in lacks)}."
    return Finding("workers", " ".join([says, *map(obituary, gone[:2])]), start_again(missing, has_dispatcher))


def is_alive(pulse: object) -> bool:
    """It said so lately; a process of this machine must also still be there."""
    from config.health import RECENT

    host, _, number = pulse.name.rpartition(":")
    is_gone = host == socket.gethostname() and not is_running(number)
    return pulse.at > timezone.now() - RECENT and not is_gone


def is_running(number: str) -> bool:
    """A process that ended stays in the list as long as nobody has taken note of its end."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def _is_missed(pulse: object, missing: list[str], has_dispatcher: bool) -> bool:
    return not has_dispatcher if pulse.role == "dispatcher" else bool(set(pulse.queues.split(",")) & set(missing))


def obituary(pulse: object) -> str:
    ago = (timezone.now() - pulse.at).total_seconds()
    when = f"{ago:.0f} s" if ago < 120 else f"{ago / 60:.0f} min"
    queues = f" ({pulse.queues})" if pulse.queues else ""
    return f"The {pulse.role} {pulse.name}{queues} gave its last sign of life {when} ago and is gone."


def start_again(missing: list[str], has_dispatcher: bool) -> str:
    commands = [] if has_dispatcher else ["manage.py dispatcher"]
    commands += [f"manage.py worker --queues {','.join(missing)}"] if missing else []
    return f"`make serve` starts it again by itself: read what it printed. Started singly: {'; '.join(commands)}"


def clocks() -> Iterator[Finding]:
    """Leases compare the clocks of machines: a sign of life from the future tells that they differ."""
    from jobs.models import Pulse

    ahead = Pulse.objects.filter(at__gt=timezone.now() + LEAST_SKEW).first()
    if ahead is not None:
        host, seconds = ahead.name.rpartition(":")[0], (ahead.at - timezone.now()).total_seconds()
        says = f"The clock of {host} was {seconds:.0f} s ahead of this machine's."
        yield Finding("clock", says, "Set both clocks: timedatectl set-ntp true")


def models(*, has_device: bool) -> Finding:
    """Every registered model is loaded as a search would load it."""
    from inference.engine import EngineError, load_detector
    from inference.models import ModelVersion

    device = settings.DEVICE if has_device else "cpu"
    versions = list(ModelVersion.objects.order_by("name", "version"))
    for version in versions:
        try:
            load_detector(version.folder, device=device)
        except (EngineError, OSError) as error:
            says = f"{version} does not load: {error}"
            return Finding("models", says, "Restore it from a backup, or run manage.py register_model with its folder")
    named = ", ".join(map(str, versions[:3])) + (" and others" if len(versions) > 3 else "")
    return Finding("models", f"{named} load" if versions else "none is registered: manage.py register_model FOLDER")
