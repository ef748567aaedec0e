"""A person to log in as, for whoever tries Kopje out on this machine."""

import os
import secrets
import threading
import urllib.request
from pathlib import Path

from django.contrib.auth import get_user_model

NAME = "demo"
EVERY_S = 0.5


def make_person(folder: Path) -> str:
    """The administrator `demo` and his password: made once, and kept beside the data for the next start."""
    path = folder / "demo_password"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(9))
    people = get_user_model().objects
    if not people.filter(username=NAME).exists():
        people.create_superuser(NAME, password=path.read_text())
    return path.read_text()


def announce(url: str, sentences: list[str], stop: threading.Event) -> None:
    """Says the sentences, from a thread, as soon as every process is at work."""

    def wait() -> None:
        while not stop.wait(EVERY_S):
            if _is_ready(url):
                print(*sentences, sep="\n", flush=True)  # noqa: T201
                return

    threading.Thread(target=wait, daemon=True).start()


def _is_ready(url: str) -> bool:
    try:
        return urllib.request.urlopen(f"{url}/readyz", timeout=5).status == 200  # noqa: S310
    except OSError:
        return False
