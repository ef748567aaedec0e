"""The private registry: a model folder becomes a frozen version that searches can name for ever."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from inference.engine import EngineError, ModelCard, load_card, write_card
from inference.engine.card import CARD_FILE
from inference.engine.screen_loading import load_screen
from inference.engine.selftest import FILES as SELFTEST_FILES
from inference.engine.selftest import read_selftest
from inference.models import Detection, ModelVersion
from surveys.files import ON_TRIAL, model_folder
from surveys.hashing import sha256_of

TEST_FILES = {"oracle": "truth.json"}  # what formats without weights need beside the card
MAX_LABEL = Detection._meta.get_field("label").max_length


class RegistryError(Exception):
    """A model folder that cannot be registered; the message says why and what to do."""


def register_model(folder: Path, *, for_tests: bool = False, actor: Any = None) -> tuple[ModelVersion, bool]:
    """The frozen version of a model folder, and whether it is new: the same content again changes nothing."""
    card = _acceptable_card(folder, for_tests=for_tests)
    with _copied(folder, card) as (copy, sha256):
        found = {"card": json.loads(json.dumps(asdict(card))), "weights_sha256": sha256, "selftest": _facts(copy, card)}
        known = ModelVersion.objects.filter(name=card.name, version=card.version).first()
        if known and not _is_same(known, found):
            raise RegistryError(
                _(
                    "%(model)s is registered already, with other content. A registered version never changes: "
                    "give the card another version."
                )
                % {"model": known}
            )
        with transaction.atomic():
            version = known or ModelVersion.objects.create(
                name=card.name, version=card.version, registered_by=actor, **found
            )
            if known and found["selftest"] and not known.selftest:
                _add_selftest(known, copy, found["selftest"])
            if known is None or not version.folder.exists():
                _move_into_place(copy, version.folder)
    return version, known is None


def _facts(folder: Path, card: ModelCard) -> dict[str, Any]:
    """What the registry keeps of a self-test; nothing where there is none. None is made here: what this machine finds
    says nothing about whether it computes what it should."""
    test = read_selftest(folder, card)
    return {"sha256": test.sha256, "n_boxes": len(test.expected)} if test else {}


def _is_same(known: ModelVersion, found: dict[str, Any]) -> bool:
    """A self-test may come later or be left out: it changes no box."""
    has_two = bool(known.selftest and found["selftest"])
    names = ("card", "weights_sha256", "selftest") if has_two else ("card", "weights_sha256")
    return all(getattr(known, name) == found[name] for name in names)


def _add_selftest(version: ModelVersion, copy: Path, facts: dict[str, Any]) -> None:
    if version.folder.exists():
        for name in SELFTEST_FILES:
            shutil.copyfile(copy / name, version.folder / name)
    version.selftest = facts
    version.save(update_fields=["selftest"])


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
    copy = model_folder(card.name, f"{ON_TRIAL}{uuid7()}")
    copy.mkdir(parents=True)
    try:
        sha256 = _copy_weights(folder, copy, card)
        _copy_selftest(folder, copy)
        write_card(card, copy)
        _sync(copy / CARD_FILE)
        load_screen(copy, device="cpu")  # any model may be a pre-filter, a detector as well as a classifier
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


def _copy_selftest(folder: Path, copy: Path) -> None:
    for name in SELFTEST_FILES:
        if (folder / name).exists():
            shutil.copyfile(folder / name, copy / name)
            _sync(copy / name)


def _move_into_place(copy: Path, target: Path) -> None:
    """A folder that stands there has no row: it is left from a registration that broke off."""
    if target.exists():
        target.rename(copy.with_name(f"{copy.name}.old"))
    copy.rename(target)
    shutil.rmtree(copy.with_name(f"{copy.name}.old"), ignore_errors=True)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
