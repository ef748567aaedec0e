"""Kopje shown on this machine: a person to log in as, the starter model, the sample survey."""

import os
import secrets
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError

from config import sample
from config.concurrency import default_concurrency
from config.doctor import house
from config.environment import STARTER
from inference.engine import load_card
from inference.models import ModelVersion
from inference.registry import register_model
from jobs.models import Pulse

NAME = "demo"


def prepare(concurrency: int | None) -> None:
    """The sample survey, made once: not when it is there, nor when somebody has deleted it."""
    model = register_starter()
    at_once = concurrency or default_concurrency()
    if sample.was_made():
        sample.go_on(at_once=at_once)
    else:
        sample.make_sample(get_user_model().objects.get(username=NAME), model, at_once=at_once)


def refuse_beside_others() -> None:
    """Called before anything is started: the person of the demonstration may do everything, in whatever is in there.

    Where the account is open already, nothing gets worse.
    """
    people = get_user_model().objects.filter(is_active=True)
    if people.filter(username=NAME).exists():
        return
    if administrator := people.filter(is_superuser=True).first():
        reason = f"{administrator.get_username()} is the administrator there"
    elif any(map(house.is_alive, Pulse.objects.all())):
        reason = "another Kopje is running on it"
    else:
        return
    raise CommandError(
        f"The data folder is in use: {reason}. The demonstration would open it to an account that may do everything. "
        "Give it a folder of its own: make demo DATA_DIR=/another/folder"
    )


def make_person(folder: Path) -> str:
    """The administrator `demo` and his password: made once, and kept beside the data for the next start."""
    path = password_file(folder)
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(9))
    people = get_user_model().objects
    if not people.filter(username=NAME).exists():
        people.create_superuser(NAME, password=path.read_text())
    people.filter(username=NAME, is_active=False).update(is_active=True)  # `make serve` closes the account
    return path.read_text()


def password_file(folder: Path) -> Path:
    return folder / "demo_password"


def register_starter() -> ModelVersion:
    """The starter model in the registry; of a version that is there already nothing is read but the card."""
    card = load_card(STARTER)
    known = ModelVersion.objects.filter(name=card.name, version=card.version).first()
    return known if known and known.folder.exists() else register_model(STARTER)[0]
