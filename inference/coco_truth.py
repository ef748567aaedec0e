"""Reading a COCO file of known animals that somebody uploads. Nothing in it is believed before it was looked at.

What is read: `images` (id, file_name; sha256, width, height where they stand there), `annotations` (image_id,
category_id, bbox as left, top, width, height in px; iscrowd) and `categories` (id, name).
"""

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.utils.translation import gettext as _

PARTS = IMAGES, ANNOTATIONS, CATEGORIES = "images", "annotations", "categories"
MOST_BYTES = 16 * 2**20
MOST_IMAGES, MOST_BOXES = 20_000, 500_000
MOST_PARTS = 800_000  # 16 MB of nothing else took 540 MB of memory
LONGEST_LABEL, LONGEST_NAME = 80, 800
FARTHEST_PX = 1_000_000

Row = tuple[float, float, float, float, str, bool]  # left, top, right, bottom, label, whether it is a crowd


class CocoError(Exception):
    """A file that cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class CocoImage:
    """One image of the file. `size`: width and height in px, where the file says them."""

    file_name: str
    sha256: str = ""
    size: tuple[int, int] | None = None
    rows: list[Row] = field(default_factory=list)


def read_coco(content: bytes) -> list[CocoImage]:
    """The images with their known animals, in the file's order; those without any are known to be empty. Raises
    CocoError."""
    if len(content) > MOST_BYTES:
        sentence = _("This file is larger than %(most)d MB: leave out all but images, their boxes and categories.")
        raise CocoError(sentence % {"most": MOST_BYTES // 2**20})
    if content.count(b"{") + content.count(b"[") > MOST_PARTS:
        sentence = _("This file holds more than %(most)d lists and objects: leave out all but images and their boxes.")
        raise CocoError(sentence % {"most": MOST_PARTS})
    try:
        told = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise CocoError(_("This file is no JSON: %(problem)s.") % {"problem": str(error)[:200]}) from error
    if not isinstance(told, dict):
        raise CocoError(_("This is no COCO file: it must hold %(names)s.") % {"names": ", ".join(PARTS)})
    labels = {key: _label(entry) for key, entry in _by_id(told, CATEGORIES, MOST_IMAGES)}
    images = {key: _image(entry) for key, entry in _by_id(told, IMAGES, MOST_IMAGES)}
    if not images:
        raise CocoError(_("This file lists no images."))
    for entry in _entries(told, ANNOTATIONS, MOST_BOXES):
        image = images.get(_key(entry, "image_id", ANNOTATIONS))
        label = labels.get(_key(entry, "category_id", ANNOTATIONS))
        if image is None or label is None:
            sentence = _("An entry of “%(name)s” names an image or a category that the file does not list.")
            raise CocoError(sentence % {"name": ANNOTATIONS})
        image.rows.append(_row(entry, label))
    return list(images.values())


def _entries(told: dict[str, Any], name: str, most: int) -> Iterator[dict[str, Any]]:
    entries = told.get(name)
    if not isinstance(entries, list):
        raise CocoError(_("This is no COCO file: “%(name)s” must be a list.") % {"name": name})
    if len(entries) > most:
        sentence = _("“%(name)s” has more than %(most)d entries: split the file.")
        raise CocoError(sentence % {"name": name, "most": most})
    for entry in entries:
        if not isinstance(entry, dict):
            raise CocoError(_("Each entry of “%(name)s” must be an object.") % {"name": name})
        yield entry


def _by_id(told: dict[str, Any], name: str, most: int) -> Iterator[tuple[Hashable, dict[str, Any]]]:
    seen = set()
    for entry in _entries(told, name, most):
        key = _key(entry, "id", name)
        if key in seen:
            sentence = _("Two entries of “%(name)s” have the id %(id)s.")
            raise CocoError(sentence % {"name": name, "id": str(key)[:40]})
        seen.add(key)
        yield key, entry


def _key(entry: dict[str, Any], key: str, name: str) -> Hashable:
    value = entry.get(key)
    if not isinstance(value, int | str) or isinstance(value, bool):
        sentence = _("An entry of “%(name)s” lacks “%(key)s”, which must be a number or a text.")
        raise CocoError(sentence % {"name": name, "key": key})
    return value


def _text(entry: dict[str, Any], key: str, name: str, longest: int) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not 0 < len(value.strip()) <= longest or "\x00" in value:
        sentence = _("An entry of “%(name)s” lacks “%(key)s”, which must be a text of at most %(most)d characters.")
        raise CocoError(sentence % {"name": name, "key": key, "most": longest})
    return value.strip()


def _label(entry: dict[str, Any]) -> str:
    return _text(entry, "name", CATEGORIES, LONGEST_LABEL)


def _image(entry: dict[str, Any]) -> CocoImage:
    sides = entry.get("width"), entry.get("height")
    size = (int(sides[0]), int(sides[1])) if all(_is_number(side) for side in sides) else None
    sha256 = entry.get("sha256")
    told = sha256.strip().lower() if isinstance(sha256, str) and len(sha256.strip()) == 64 else ""
    return CocoImage(_text(entry, "file_name", IMAGES, LONGEST_NAME), told, size)


def _row(entry: dict[str, Any], label: str) -> Row:
    box = entry.get("bbox")
    if not isinstance(box, list) or len(box) != 4 or not all(_is_number(side) for side in box):
        sentence = _("An entry of “%(name)s” lacks “bbox”: left, top, width and height in px, all numbers.")
        raise CocoError(sentence % {"name": ANNOTATIONS})
    left, top, width, height = box
    if width <= 0 or height <= 0:
        sentence = _("The box %(box)s has no area: its width and height must be above 0.")
        raise CocoError(sentence % {"box": box})
    return left, top, left + width, top + height, label, _is_crowd(entry)


def _is_crowd(entry: dict[str, Any]) -> bool:
    value = entry.get("iscrowd") or 0
    if value not in (0, 1):
        sentence = _("An entry of “%(name)s” has an “iscrowd” that is neither 0 nor 1.")
        raise CocoError(sentence % {"name": ANNOTATIONS})
    return bool(value)


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and abs(value) <= FARTHEST_PX
