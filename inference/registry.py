"""The private registry: a model folder becomes a frozen version that searches can name for ever."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from inference.engine import EngineError, ModelCard, load_card, load_detector, write_card
from inference.engine.card import CARD_FILE
from inference.models import Detection, ModelVersion
from surveys.files import model_folder
from surveys.hashing import sha256_of

TEST_FILES = {"oracle": "truth.json"}  # what formats without weights need beside the card
MAX_LABEL = Detection._meta.get_field("label").max_length


class RegistryError(Exception):
    """A model folder that cannot be registered; the message says why and what to do."""


def register_model(folder: Path, *, for_tests: bool = False) -> tuple[ModelVersion, bool]:
    """The frozen version of a model folder, and whether it is new: the same content again changes nothing."""
    card = _acceptable_card(folder, for_tests=for_tests)
    with _copied(folder, card) as (copy, sha256):
        content = json.loads(json.dumps(asdict(card)))
        known = ModelVersion.objects.filter(name=card.name, version=card.version).first()
        if known and (known.card, known.weights_sha256) != (content, sha256):
            raise RegistryError(
                _(
                    "%(model)s is registered already, with other content. A registered version never changes: "
                    "give the card another version."
                )
                % {"model": known}
            )
        with transaction.atomic():
            version = known or ModelVersion.objects.create(
                name=card.name, version=card.version, card=content, weights_sha256=sha256
            )
            if known is None or not version.folder.exists():
                _move_into_place(copy, version.folder)
    return version, known is None


def _acceptable_card(folder: Path, *, for_tests: bool) -> ModelCard:
    try:
        card = load_card(folder)
    except EngineError as error:
        raise RegistryError(str(error)) from error
    if card.weights_file is None and not for_tests:
        sentence = _("The format “%(format)s” is for tests only: it finds no real animals.")
        raise RegistryError(sentence % {"format": card.format})
    if too_long := [label for label in card.labels if len(label) > MAX_LABEL]:
        sentence = _("The label “%(label)s” is too long: use at most %(most)d characters.")
        raise RegistryError(sentence % {"label": too_long[0], "most": MAX_LABEL})
    return card


@contextmanager
def _copied(folder: Path, card: ModelCard) -> Iterator[tuple[Path, str]]:
    """A copy of the folder beside its final place, loaded once to try it, and the hash of its weights."""
    copy = model_folder(card.name, f".incoming-{uuid7()}")
    copy.mkdir(parents=True)
    try:
        sha256 = _copy_weights(folder, copy, card)
        write_card(card, copy)
        _sync(copy / CARD_FILE)
        load_detector(copy, device="cpu")
        yield copy, sha256
    except EngineError as error:
        raise RegistryError(str(error)) from error
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def _copy_weights(folder: Path, copy: Path, card: ModelCard) -> str:
    """Copies the weights and returns their hash, which must be the card's."""
    name = card.weights_file or TEST_FILES.get(card.format)
    if name is None:
        return ""
    try:
        shutil.copyfile(folder / name, copy / name)
    except OSError as error:
        sentence = _("The weights file %(file)s cannot be read: it must stand in the model folder beside card.json.")
        raise RegistryError(sentence % {"file": name}) from error
    _sync(copy / name)
    sha256 = sha256_of(copy / name)
    if card.weights_file and sha256 != card.sha256:
        sentence = _("%(file)s is not the file that the card describes: its SHA-256 is %(found)s. Copy it again.")
        raise RegistryError(sentence % {"file": name, "found": sha256})
    return sha256


def _move_into_place(copy: Path, target: Path) -> None:
    """A folder that stands there has no row: it is left from a registration that broke off."""
    if target.exists():
        target.rename(copy.with_name(f"{copy.name}.old"))
    copy.rename(target)
    shutil.rmtree(copy.with_name(f"{copy.name}.old"), ignore_errors=True)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
