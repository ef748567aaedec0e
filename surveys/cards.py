"""Survey cards of the home page: everything they show, in a number of queries that does not grow with the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from surveys.models import Image, Membership, Survey
from surveys.progress import Counts, animals_of, counts_of
from surveys.stages import number

N_FACES = 3


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


def _covers(surveys: list[UUID]) -> dict[UUID, UUID]:
    """The latest image of each survey that has a preview."""
    latest = Image.objects.filter(survey=OuterRef("pk"), ingest_state=Image.Ingest.DONE, trashed_at=None).order_by(
        "-pk"
    )
    rows = Survey.objects.filter(pk__in=surveys).annotate(cover=Subquery(latest.values("pk")[:1]))
    return {pk: cover for pk, cover in rows.order_by().values_list("pk", "cover") if cover}


def _people(surveys: list[UUID]) -> dict[UUID, list[Any]]:
    people: dict[UUID, list[Any]] = {}
    for membership in Membership.objects.filter(survey__in=surveys).select_related("user").order_by("pk"):
        people.setdefault(membership.survey_id, []).append(membership.user)
    return people
