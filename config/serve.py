"""What serving an office needs beyond the processes: names, a clean account list, the first link, plain words."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import CommandError
from django.db import connection
from django.http.request import validate_host
from django.urls import reverse
from django.utils import timezone

from config import demo, lan
from config.announce import Place
from config.doctor import machine, wheels
from config.environment import words
from config.health import CHECKS, OK
from inference.engine.card import CARD_FILE
from surveys import first_administrator
from surveys.files import store

EVERY_S = 0.5
PATIENCE_S = 60
PLAIN_HTTP = (
    "Passwords cross the network unencrypted (plain http). On a network that strangers can join, put a TLS proxy in "
    "front: docs/running.md says how."
)


@dataclass(frozen=True)
class Served:
    """How Kopje is reached: by itself at `place`, by people under `names`, the best one first."""

    place: Place
    names: tuple[str, ...]

    @classmethod
    def at(cls, host: str, port: int) -> "Served":
        asked = "127.0.0.1" if host in lan.EVERYWHERE else lan.in_address(host)
        return cls(Place(asked, port), tuple(lan.reachable_as(host)))

    def allowed_hosts(self) -> list[str]:
        """The operator's choice, else every name; always the loopback, by which Kopje asks itself whether it is up."""
        chosen = words("ALLOWED_HOSTS", "") or self.names
        return list(dict.fromkeys([*chosen, *lan.LOOPBACK]))

    @property
    def url(self) -> str:
        """What to tell people: the address of the proxy in front where there is one."""
        if settings.CSRF_TRUSTED_ORIGINS:
            return settings.CSRF_TRUSTED_ORIGINS[0]
        best = [*self._answering(), *lan.LOOPBACK][0]
        return f"https://{best}" if settings.BEHIND_HTTPS else f"http://{best}:{self.place.port}"

    @property
    def other_urls(self) -> list[str]:
        """Where it answers besides; behind a proxy nobody comes in by the port."""
        if settings.CSRF_TRUSTED_ORIGINS or settings.BEHIND_HTTPS:
            return []
        return [f"http://{name}:{self.place.port}" for name in self._answering()[1:]]

    def _answering(self) -> list[str]:
        """The names that other machines may use: the operator's, then this machine's as far as they are allowed.

        `*` and `.office.example` allow names, but are none.
        """
        names = [name for name in words("ALLOWED_HOSTS", "") if not name.startswith(("*", "."))]
        allowed = [name for name in self.names if validate_host(name, self.allowed_hosts())]
        return [name for name in dict.fromkeys([*names, *allowed]) if name not in lan.LOOPBACK]


def refuse_missing_device() -> None:
    """DEVICE=cuda without a card would fail every search: better said before anything starts."""
    if settings.DEVICE == "cuda":
        finding = machine.device(wheels.load(list(wheels.locked())).providers)
        if not finding.is_well:
            raise CommandError(f"{finding.says} {finding.remedy}.")


def where_data_is() -> list[str]:
    elsewhere = [f"files in {store()}"] if settings.DATA_DIR not in store().parents else []
    elsewhere += [] if connection.vendor == "sqlite" else ["rows in the database of DATABASE_URL"]
    and_there = f"; {' and '.join(elsewhere)}" if elsewhere else ""
    return [f"Everything is kept in {settings.DATA_DIR}{and_there}. It stays when Kopje is updated: back it up."]


def refuse_full_disk() -> None:
    for folder in (settings.DATA_DIR, store()):
        if finding := machine.writing(folder):
            raise CommandError(f"{finding.says} {finding.remedy}.")


def prepare_data() -> list[str]:
    """What must hold before strangers to this machine come in; what was changed for that, in sentences."""
    said = _close_demo_account()
    if (demo.STARTER / CARD_FILE).exists():
        demo.register_starter()
    return said


def _close_demo_account() -> list[str]:
    """Its password was printed on a terminal, and it may do everything. With a password of one's own it stays open."""
    path = demo.password_file(settings.DATA_DIR)
    user = get_user_model().objects.filter(username=demo.NAME, is_active=True).first()
    if user is None or not path.exists() or not user.check_password(path.read_text()):
        return []
    user.is_active = False
    user.save(update_fields=["is_active"])
    return [f"The account {demo.NAME} of the demonstration is closed: its password is no secret. Its survey stays."]


def wait_until_ready(served: Served, stop: threading.Event) -> Iterator[str]:
    """Says what is missing where that takes long; ends when Kopje is ready, or stopped before."""
    patience = PATIENCE_S / EVERY_S
    while not stop.wait(EVERY_S) and not served.place.is_ready():
        patience -= 1
        if patience == 0:
            yield f"Not ready after {PATIENCE_S} s: {'; '.join(_missing(served))}. `make doctor` says what to do."


def _missing(served: Served) -> list[str]:
    answers = {name: check(timezone.now()) for name, check in CHECKS.items()}
    web = [] if served.place.is_up() else ["the web server does not answer"]
    return [*web, *(f"{name} {answer}" for name, answer in answers.items() if answer != OK)]


def welcome(served: Served) -> list[str]:
    also = served.other_urls
    return [
        f"Kopje is ready: {served.url}",
        *([f"This machine is also called: {', '.join(also)}"] if also else []),
        *_first_link(served.url),
        *([] if settings.BEHIND_HTTPS else [PLAIN_HTTP]),
        "Ctrl-C stops it.",
    ]


def _first_link(url: str) -> list[str]:
    if not first_administrator.is_missing():
        return []
    path = reverse("first-administrator", args=[first_administrator.make_link_token()])
    return [f"This link makes the administrator's account, within seven days. It works once: {url}{path}"]
