"""The boxes of one species, from all images of the current search, in the order in which people go through them.

Every order is a walk along an index of the detections: a page takes the rows that it shows and no others, however many
there are. Where a species has several labels, or several verdicts are wanted, each has a walk of its own, and these are
merged. "near" walks two ways from the score at which the model is least sure.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from inference.counts import countable, label_counts
from inference.models import AREA, Detection, Run
from inference.species import SpeciesMap
from review.models import Carried, Verdict

OPEN, ALL = "open", "all"
SORTS = {
    "best": _("highest model score first"),
    "lowest": _("lowest model score first"),
    "near": _("least sure first"),
    "large": _("largest first"),
    "small": _("smallest first"),
}
JUDGED = (Verdict.CONFIRMED, Verdict.REJECTED, Verdict.RELABELLED, Verdict.DUPLICATE, Verdict.UNCERTAIN)
CARRIED = (Carried.Kind.MATCHED.value, Carried.Kind.SUPPRESSED.value)  # before this search
STATES = {
    OPEN: _("not reviewed"),
    **{str(verdict): verdict.label for verdict in JUDGED},
    **{kind: Carried.Kind(kind).label for kind in CARRIED},
    ALL: _("all"),
}
COLUMNS = (
    "run", "image", "label", "score", "left", "top", "right", "bottom", "verdict",
    "image__survey", "image__file_name", "image__width", "image__height", "image__pyramid_state",
)  # fmt: skip


class BadPlaceError(ValueError):
    """No place in a list that could be gone on from."""


@dataclass(frozen=True)
class Side:
    """One way along the index: by `key`, up or down, `since` a value that is included (up) or not (down)."""

    key: str
    is_down: bool
    since: float | None = None

    def rows(self, boxes: QuerySet[Detection], last: tuple[float, UUID] | None) -> QuerySet[Detection]:
        beyond, sign = ("lt", "-") if self.is_down else ("gt", "")
        if self.since is not None:
            boxes = boxes.filter(**{f"{self.key}__{'lt' if self.is_down else 'gte'}": self.since})
        if last is not None:
            value, id = last
            # Twice said, so that the index is entered at the value, not at its beginning.
            behind = Q(**{f"{self.key}__{beyond}": value}) | Q(**{f"pk__{beyond}": id})
            boxes = boxes.filter(behind, **{f"{self.key}__{beyond}e": value})
        return boxes.order_by(f"{sign}{self.key}", f"{sign}pk")

    def rank(self, box: Any) -> tuple[float, int]:
        value, sign = getattr(box, self.key), -1 if self.is_down else 1
        far = sign * value if self.since is None else abs(value - self.since)
        return far, sign * box.pk.int


@dataclass(frozen=True)
class Wanted:
    """`labels`: the model's, of one species; `least_sure`: the score around which "near" goes."""

    run: Run
    labels: Sequence[str]
    state: str = OPEN
    sort: str = "best"

    @property
    def verdicts(self) -> Sequence[str]:
        return ("", *JUDGED, *CARRIED) if self.state == ALL else ("" if self.state == OPEN else self.state,)

    @property
    def sides(self) -> Sequence[Side]:
        pivot = least_sure(self.run)
        return {
            "best": (Side("score", is_down=True),),
            "lowest": (Side("score", is_down=False),),
            "near": (Side("score", False, pivot), Side("score", True, pivot)),
            "large": (Side("area", is_down=True),),
            "small": (Side("area", is_down=False),),
        }[self.sort]


@dataclass(frozen=True)
class GridPage:
    """`next`: where the following page begins; None where there is nothing more."""

    boxes: list[Any] = field(default_factory=list)
    next: str | None = None


def least_sure(run: Run) -> float:
    """The score from which on the model's makers take a box for an animal, or the search, where that is higher."""
    return max(float(run.model_version.card["score_threshold"]), run.threshold)


def read_grid(wanted: Wanted, after: str | None, size: int) -> GridPage:
    """Raises BadPlaceError."""
    sides = wanted.sides
    last = _read_place(after, len(sides))
    walks = [
        _walk(wanted, number, last[number], label, verdict, size + 1)
        for number in range(len(sides))
        for label in wanted.labels
        for verdict in wanted.verdicts
    ]
    found = list(islice(heapq.merge(*walks, key=lambda step: step[0]), size + 1))
    for (_rank, number), box in found[:size]:
        last[number] = (getattr(box, sides[number].key), box.pk)
    boxes = [box for _rank, box in found[:size]]
    return GridPage(boxes, _write_place(last) if len(found) > size else None)


def _walk(
    wanted: Wanted, number: int, last: tuple[float, UUID] | None, label: str, verdict: str, size: int
) -> Iterator[tuple[tuple[Any, int], Any]]:
    side = wanted.sides[number]
    boxes = countable(Detection.objects.filter(run=wanted.run, label=label, verdict=verdict)).annotate(area=AREA)
    rows = side.rows(boxes, last).select_related("image").only(*COLUMNS)[:size]
    return (((side.rank(box), number), box) for box in rows)


def _read_place(text: str | None, n_sides: int) -> list[tuple[float, UUID] | None]:
    """As `_write_place` wrote it: where each side has come to."""
    if text is None:
        return [None] * n_sides
    try:
        parts = [part.split("_") if part else None for part in text.split(",")]
        places = [(float(part[0]), UUID(part[1])) if part else None for part in parts]
    except (ValueError, IndexError) as error:
        raise BadPlaceError(text) from error
    if len(places) != n_sides or any(place and place[0] != place[0] for place in places):
        raise BadPlaceError(text)
    return places


def _write_place(last: Sequence[tuple[float, UUID] | None]) -> str:
    return ",".join(f"{place[0]!r}_{place[1]}" if place else "" for place in last)


@dataclass(frozen=True)
class Left:
    """Of one species in the current search: all boxes, and those that nobody has judged."""

    label: str
    n: int
    n_open: int


def left_of(run: Run, species: SpeciesMap) -> list[Left]:
    """Most frequent first. Reckoned from counters; only what is neither confirmed, rejected nor open is counted."""
    verdicts = (*CARRIED, Verdict.RELABELLED, Verdict.DUPLICATE, Verdict.UNCERTAIN)
    otherwise = countable(Detection.objects.filter(run=run, label__in=species.model_labels, verdict__in=verdicts))
    others: dict[str | None, int] = {}
    for label, n in otherwise.order_by().values_list("label").annotate(n=Count("pk")):
        others[species.of(label)] = others.get(species.of(label), 0) + n
    return [
        Left(
            each.label,
            each.n_detections,
            each.n_detections - each.n_confirmed - each.n_rejected - others.get(each.label, 0),
        )
        for each in label_counts(run)
        if each.n_detections
    ]
