"""Transects and cameras of a survey: how they are written, which there are, which look like one written in two ways."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.models import Survey

MAX_TRANSECT = 80
MAX_CAMERA = 40
NONE = "-"  # in filters: images without one. No transect has this name, for a name holds a letter or a digit
# Which side of the aircraft, as file names and tables write it; any other text is a camera's own name.
SIDES = {
    "left": ("l", "left", "port", "rsol", "rso-l", "lh"),
    "right": ("r", "right", "starboard", "rsor", "rso-r", "rh"),
    "nadir": ("n", "nadir", "vertical", "down"),
}
SIDE_OF = {written: side for side, all_written in SIDES.items() for written in all_written}
SIDE_WORDS = {"left": gettext_lazy("left"), "right": gettext_lazy("right"), "nadir": gettext_lazy("nadir")}


class BadNameError(ValueError):
    """A text that cannot name a transect or a camera. Its text is for people."""


def clean_transect(text: str) -> str:
    """A transect's name without stray blanks; empty for none. Raises BadNameError."""
    return _clean(text, MAX_TRANSECT)


def clean_camera(text: str) -> str:
    """left, right or nadir where the text says one of them in any way that is known; else the camera's own name."""
    name = _clean(text, MAX_CAMERA)
    return SIDE_OF.get(name.lower(), name)


def _clean(text: str, limit: int) -> str:
    name = " ".join("".join(_plain(char) for char in unicodedata.normalize("NFC", text)).split())
    if name and not any(char.isalnum() for char in name):
        raise BadNameError(_("“%(name)s” holds neither a letter nor a digit.") % {"name": name[:limit]})
    if len(name) > limit:
        raise BadNameError(_("“%(name)s…” is longer than %(limit)d characters.") % {"name": name[:20], "limit": limit})
    return name


def _plain(char: str) -> str:
    """Tabs and line breaks become blanks; what cannot be seen or turns the direction of reading goes."""
    category = unicodedata.category(char)
    return char if category[0] not in "CZ" else " " if char.isspace() else ""


def camera_word(camera: str) -> str:
    return str(SIDE_WORDS.get(camera, camera))


def natural_key(name: str) -> tuple[Any, ...]:
    """Sorts T2 before T10. Digits are 0 to 9 alone: there are others, such as ², that are no number to Python."""
    parts = re.split(r"([0-9]+)", name.lower())
    return (tuple((0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in parts if part), name)


@dataclass(frozen=True)
class Named:
    """A transect or a camera and how many images it has."""

    name: str
    n_images: int


def transects_of(survey: Survey) -> list[Named]:
    """In natural order; images without a transect under the name "" come first."""
    return _named(survey, "transect")


def cameras_of(survey: Survey) -> list[Named]:
    return _named(survey, "camera")


def _named(survey: Survey, column: str) -> list[Named]:
    rows = survey.images.filter(trashed_at=None).values_list(column).annotate(n=Count("pk")).order_by()
    return sorted((Named(name, n) for name, n in rows), key=lambda named: natural_key(named.name))


@dataclass(frozen=True)
class TransectImages:
    """One transect of the survey's list: its images, by camera."""

    name: str
    n_images: int
    cameras: list[Named]


def transect_images_of(survey: Survey) -> list[TransectImages]:
    """Every transect with its images by camera, in natural order; one query."""
    rows = survey.images.filter(trashed_at=None).values_list("transect", "camera").annotate(n=Count("pk")).order_by()
    found: dict[str, list[Named]] = defaultdict(list)
    for transect, camera, n in rows:
        found[transect].append(Named(camera, n))
    return [
        TransectImages(name, sum(camera.n_images for camera in found[name]), sorted(found[name], key=lambda c: c.name))
        for name in sorted(found, key=natural_key)
    ]


def alike(names: Iterable[str]) -> list[list[str]]:
    """Names that most likely mean one transect: they differ in capitals, blanks, dashes or leading zeros only."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        bare = re.sub(r"[\W_]+", "", name.lower())
        found[re.sub(r"(?<![0-9])0+(?=[0-9])", "", bare)].append(name)
    return [sorted(group, key=natural_key) for group in found.values() if len(group) > 1]
