"""Survey cards of the home page: everything they show, in a number of queries that does not grow with the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from surveys.models import Image, Membership, Survey
from surveys.progress import Counts, animals_of, counts_of
from surveys.stages import number

N_FACES = 3
N_LATEST = 200  # the cover is chosen among so many: a survey may hold a hundred thousand


@dataclass(frozen=True)
class Card:
    survey: Survey
    counts: Counts
    animals: int
    cover: UUID | None
    people: list[Any]

    @property
    def faces(self) -> list[Any]:
        return self.people[:N_FACES]

    @property
    def n_more(self) -> int:
        return len(self.people) - len(self.faces)

    @property
    def status(self) -> str:
        n = self.counts
        if n.unread or n.searching:
            waiting = n.unread + n.searching
            return ngettext("Working on %(n)s image", "Working on %(n)s images", waiting) % {"n": number(waiting)}
        if not n.stored:
            return _("No images yet")
        if n.to_review:
            return _("Ready to review")
        return _("Searched") if n.searched else _("Not searched yet")


def cards(surveys: Sequence[Survey]) -> list[Card]:
    ids = [survey.pk for survey in surveys]
    counts, animals, covers, people = counts_of(ids), animals_of(ids), _covers(ids), _people(ids)
    return [
        Card(survey, counts[survey.pk], animals.get(survey.pk, 0), covers.get(survey.pk), people.get(survey.pk, []))
        for survey in surveys
    ]


def summary(cards: Sequence[Card]) -> str:
    """All of these surveys in one line."""
    counts = sum((card.counts for card in cards), start=Counts())
    parts = [
        ngettext("%(n)s survey", "%(n)s surveys", len(cards)) % {"n": number(len(cards))},
        ngettext("%(n)s image", "%(n)s images", counts.stored) % {"n": number(counts.stored)},
    ]
    if counts.detections:
        words = ngettext("%(n)s detection", "%(n)s detections", counts.detections)
        parts.append(words % {"n": number(counts.detections)})
    if counts.reviewed:
        share = number(100 * counts.reviewed // counts.stored)
        parts.append(_("%(share)s %% of the images reviewed") % {"share": share})
    return ", ".join(parts)


def telling_images(images: QuerySet[Image]) -> QuerySet[Image]:
    """Of the latest images with detections those with most first."""
    latest = images.filter(n_detections__gt=0).order_by("-pk").values("pk")[:N_LATEST]
    return Image.objects.filter(pk__in=latest).order_by(F("n_detections").desc(), "-pk")


def _covers(surveys: list[UUID]) -> dict[UUID, UUID]:
    """Of each survey the image that tells most, else the latest that can be shown."""
    shown = {"ingest_state": Image.Ingest.DONE, "trashed_at": None}
    telling = telling_images(Image.objects.filter(survey=OuterRef(OuterRef("pk")), **shown))
    latest = Image.objects.filter(survey=OuterRef("pk"), **shown).order_by("-pk")
    cover = Coalesce(Subquery(telling.values("pk")[:1]), Subquery(latest.values("pk")[:1]))
    rows = Survey.objects.filter(pk__in=surveys).annotate(cover=cover)
    return {pk: cover for pk, cover in rows.order_by().values_list("pk", "cover") if cover}


def _people(surveys: list[UUID]) -> dict[UUID, list[Any]]:
    people: dict[UUID, list[Any]] = {}
    for membership in Membership.objects.filter(survey__in=surveys).select_related("user").order_by("pk"):
        people.setdefault(membership.survey_id, []).append(membership.user)
    return people
