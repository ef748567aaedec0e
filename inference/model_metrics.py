"""What a card says that its model scored, as tables: the card's `metrics` are its maker's own, of any shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

RATES = ("recall", "precision", "f1", "ap", "map")
MOST_FIGURES = 60
MOST_TEXT = 200
WORDS = {
    "images": _("images"),
    "animals": _("animals"),
    "recall": _("recall"),
    "precision": _("precision"),
    "f1": "F1",
    "ap": "AP",
    "recall_partly_hidden": _("recall of animals partly hidden"),
    "recall_with_label": _("recall with the right label"),
    "false_detections_an_image": _("false detections an image"),
    "first_seed": _("first seed"),
}


@dataclass(frozen=True)
class Figure:
    """`rate` is the value where it is a share from 0 to 1, of which a bar can be drawn."""

    name: str
    value: Any
    rate: float | None = None


@dataclass(frozen=True)
class KindTable:
    """A row a kind of animal; a kind that lacks a figure has None there."""

    columns: list[str]
    rows: list[tuple[str, list[Figure | None]]]


@dataclass(frozen=True)
class MeasuredSet:
    """What was scored on one named set of images."""

    name: str
    figures: list[Figure]
    kinds: KindTable | None


def sets_of(metrics: Mapping[str, Any]) -> list[MeasuredSet]:
    """A set for every object in the metrics; numbers that stand beside them are a set without a name."""
    named = {name: value for name, value in metrics.items() if isinstance(value, dict)}
    own = {name: value for name, value in metrics.items() if name not in named}
    found = [_measured("", own)] if own else []
    return found + [_measured(words_of(name), value) for name, value in named.items()]


def words_of(key: str) -> str:
    """“recall_partly_hidden” as people say it."""
    return str(WORDS.get(key) or key.replace("_", " ").strip()[:MOST_TEXT])


def _measured(name: str, values: Mapping[str, Any]) -> MeasuredSet:
    tables = [value for value in values.values() if _is_table(value)]
    figures = [_figure(key, value) for key, value in values.items() if not _is_table(value)]
    return MeasuredSet(name, figures[:MOST_FIGURES], _table(tables[0]) if tables else None)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(isinstance(row, dict) for row in value.values())


def _figure(key: str, value: Any) -> Figure:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number:
        return Figure(words_of(key), str(value)[:MOST_TEXT])
    is_rate = key.lower().startswith(RATES) and 0 <= value <= 1
    return Figure(words_of(key), value, float(value) if is_rate else None)


def _table(kinds: Mapping[str, Mapping[str, Any]]) -> KindTable:
    keys = list(dict.fromkeys(key for row in kinds.values() for key in row))[:MOST_FIGURES]
    rows = [(kind, [_figure(key, row[key]) if key in row else None for key in keys]) for kind, row in kinds.items()]
    return KindTable([words_of(key) for key in keys], rows)
