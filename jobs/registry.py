"""Which kinds of jobs there are: name, handler, queue, limits. Filled by config.pipeline."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.module_loading import import_string

from jobs.errors import UnknownKindError

if TYPE_CHECKING:
    from jobs.models import Job

QUEUES = ("io", "detect", "tiles", "export", "control")


@dataclass(frozen=True)
class Limits:
    """Seconds until the handler is interrupted, seconds until its process is killed, attempts in all."""

    soft_s: float
    hard_s: float
    max_attempts: int = 3


@dataclass(frozen=True)
class Kind:
    name: str
    handler: "Callable[[Job], None]"
    queue: str
    limits: Limits
    on_failed: "Callable[[Job], None] | None" = None  # called in the transaction in which a job ends failed
    every_s: float | None = None  # comes back by itself, about nothing in particular (jobs.recurring)


_kinds: dict[str, Kind] = {}
_named: set[str] = set()


def register(
    name: str,
    handler: "Callable[[Job], None] | str",
    *,
    queue: str,
    limits: Limits,
    on_failed: "Callable[[Job], None] | str | None" = None,
    every_s: float | None = None,
) -> None:
    """A handler that is named, as in "surveys.ingest.ingest", is imported when it is first called."""
    if queue not in QUEUES:
        raise ValueError(f"{queue!r} is not a queue: choose one of {', '.join(QUEUES)}.")
    if not 0 < limits.soft_s < limits.hard_s:
        raise ValueError(f"The soft limit of {name!r} must be shorter than its hard limit.")
    _kinds[name] = Kind(name, _callable(handler), queue, limits, on_failed and _callable(on_failed), every_s)


def _callable(handler: "Callable[[Job], None] | str") -> "Callable[[Job], None]":
    if not isinstance(handler, str):
        return handler
    _named.add(handler)

    def import_and_call(job: "Job") -> None:
        import_string(handler)(job)

    return import_and_call


def import_handlers() -> None:
    """All that are named: a worker does so before it forks, so that its children share them."""
    for name in sorted(_named):
        import_string(name)


def get_kind(name: str) -> Kind:
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKindError(f"No handler is registered for jobs of kind {name!r}.") from None


def recurring_kinds() -> list[Kind]:
    return [kind for kind in _kinds.values() if kind.every_s is not None]


def kind_names() -> list[str]:
    """During an upgrade a process may meet jobs of kinds that it does not know: it leaves them to the newer ones."""
    return list(_kinds)
