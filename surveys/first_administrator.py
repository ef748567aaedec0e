"""The first person to come in: whoever holds the link that `manage.py serve` prints, while there is no administrator.

The links' hashes lie in a file of the data folder, a line each with the time until which it works. Whoever removes that
file has used the links up, and only one can.
"""

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.people import hash_of_token

MOST_LINKS = 50  # those of the last starts; each works until one of them was used, or its time is over
LASTS = timedelta(days=7)


class NoSuchLinkError(Exception):
    def __str__(self) -> str:
        return _(
            "This is not the link that Kopje printed when it was started. Copy that one once more, whole; or start "
            "Kopje again: it prints a new one."
        )


class HasAdministratorError(Exception):
    def __str__(self) -> str:
        return _(
            "Kopje has an administrator already, so this link is used up. Log in; without an account, ask the "
            "administrator for an invitation."
        )


def is_missing() -> bool:
    """Where there is an administrator, all links end: else they would open again once he may not log in any more."""
    if not get_user_model().objects.filter(is_superuser=True, is_active=True).exists():
        return True
    _file().unlink(missing_ok=True)
    return False


def make_link_token() -> str:
    """The token of a new link; what is kept is its hash. Links of earlier starts go on working."""
    token = secrets.token_urlsafe(32)
    works_until = int((timezone.now() + LASTS).timestamp())
    lines = [*_lines(), f"{hash_of_token(token)} {works_until}"][-MOST_LINKS:]
    with os.fdopen(os.open(_file(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write("\n".join(lines))
    return token


def check_link(token: str) -> None:
    """Raises HasAdministratorError or NoSuchLinkError where the link opens nothing."""
    if not is_missing():
        raise HasAdministratorError
    if hash_of_token(token) not in _hashes_at(timezone.now().timestamp()):
        raise NoSuchLinkError


@transaction.atomic
def make_administrator(user: Any, token: str) -> None:
    """Makes the person the administrator and uses the link up; raises like check_link()."""
    check_link(token)
    user.is_superuser = user.is_staff = True
    user.save(update_fields=["is_superuser", "is_staff"])
    try:
        _file().unlink()  # of two at the same moment, one finds it gone, and what it wrote is rolled back
    except FileNotFoundError:
        raise HasAdministratorError from None


def _file() -> Path:
    return Path(settings.DATA_DIR) / "administrator_links"


def _lines() -> list[str]:
    try:
        return _file().read_text().splitlines()
    except FileNotFoundError:
        return []


def _hashes_at(now: float) -> list[str]:
    found = (line.partition(" ") for line in _lines())
    return [hash for hash, _space, until in found if until.isdecimal() and now < int(until)]
