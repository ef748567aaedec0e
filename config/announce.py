"""What the terminal says while Kopje starts: how far the sample survey is, and when everything is ready."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic

from django.db import connection
from django.utils import timezone

from config import sample
from config.doctor.machine import DIRECT
from config.health import CHECKS, OK
from config.sample import SampleProgress

EVERY_S = 0.25


@dataclass(frozen=True)
class Place:
    """Where Kopje listens; on this machine it answers on 127.0.0.1 also when it listens everywhere."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def is_up(self) -> bool:
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104
        try:
            DIRECT.open(f"http://{host}:{self.port}/healthz", timeout=5).close()
        except OSError:
            return False
        return True

    def is_ready(self) -> bool:
        """It answers, and everything behind it is at work."""
        return self.is_up() and all(check(timezone.now()) == OK for check in CHECKS.values())


def announce(place: Place, stop: threading.Event, *, login: str = "") -> None:
    """Says, from a thread, when everything is ready. A demonstration has a `login`, and is ready with its sample."""

    def speak() -> None:
        for sentence in sentences(place, stop, login):
            print(sentence, flush=True)  # noqa: T201
        connection.close()

    threading.Thread(target=speak, daemon=True).start()


def sentences(place: Place, stop: threading.Event, login: str) -> Iterator[str]:
    _wait(stop, place.is_up)
    if login:
        yield from _progress(place, stop, login)
    _wait(stop, place.is_ready)
    if not stop.is_set():
        yield f"Kopje is ready: {place.url}"
        yield from [f"Login: {login}"] if login else []
        yield "Ctrl-C stops it."


def _progress(place: Place, stop: threading.Event, login: str) -> Iterator[str]:
    """A sentence whenever another image of the sample survey is done, until nothing of it is left to do."""
    began_at, began_with = monotonic(), sample.progress()
    said = began_with.n_done
    if not began_with.is_over:
        yield f"Rendering and searching the {began_with.n_images} images of the sample survey."
        yield f"Watch it happen on {place.url} (log in as {login})."
    while not stop.is_set() and not (now := sample.progress()).is_over:
        if now.n_done > said:
            said = now.n_done
            yield how_far(now, now.n_done - began_with.n_done, monotonic() - began_at)
        stop.wait(EVERY_S)
    if not began_with.is_over and not stop.is_set() and (now := sample.progress()).n_failed:
        yield f"{_so_far(now)}: the page Failures of the sample survey says why."


def how_far(now: SampleProgress, n_new: int, seconds: float) -> str:
    """After the first of several that are searched side by side, the pace would look half of what it is."""
    left_s = round(seconds / n_new * (now.n_images - now.n_done))
    left = f", about {max(1, left_s)} s left" if n_new > 1 else ""
    return f"{_so_far(now)}{left}"


def _so_far(now: SampleProgress) -> str:
    return f"{now.n_searched} of {now.n_images} images searched{f', {now.n_failed} failed' if now.n_failed else ''}"


def _wait(stop: threading.Event, condition: Callable[[], bool]) -> None:
    while not stop.is_set() and not condition():
        stop.wait(EVERY_S)
