"""Kopje shown on this machine: a person to log in as, the starter model, the sample survey."""

import os
import secrets
from pathlib import Path

from django.contrib.auth import get_user_model

from config import sample
from config.environment import BASE_DIR
from config.management.commands.worker import default_concurrency
from inference.engine import load_card
from inference.models import ModelVersion
from inference.registry import register_model

NAME = "demo"
STARTER = BASE_DIR / "models" / "starter"


def prepare(concurrency: int | None) -> None:
    """The sample survey, made once: not when it is there, nor when somebody has deleted it."""
    if not STARTER.exists():
        return
    model = register_starter()
    at_once = concurrency or default_concurrency()
    if sample.was_made():
        sample.go_on(at_once=at_once)
    else:
        sample.make_sample(get_user_model().objects.get(username=NAME), model, at_once=at_once)


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
