"""The moving part of a survey's page, and a mark that changes when it does."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.utils import timezone

from surveys.members import members_of
from surveys.models import Activity, Membership, Survey
from surveys.next_steps import Step, next_steps
from surveys.progress import Trouble, progress_of
from surveys.stages import Stage, stages_of

N_ACTIVITIES = 8
N_MEMBERS = 6


@dataclass(frozen=True)
class Overview:
    stages: list[Stage]
    troubles: list[Trouble]
    steps: list[Step]
    activities: list[Activity]
    is_live: bool
    members: list[Membership]
    n_more_members: int

    @property
    def mark(self) -> str:
        seen = (self.stages, self.troubles, self.steps, [(a.pk, a.subject) for a in self.activities], self.is_live)
        return sha256(repr(seen).encode()).hexdigest()[:16]


def overview_of(principal: Any, survey: Survey, *, now: datetime | None = None) -> Overview:
    now = now or timezone.now()
    progress = progress_of(survey, now=now)
    members = list(members_of(survey).order_by("pk"))
    return Overview(
        stages=stages_of(survey, progress, now),
        troubles=progress.troubles,
        steps=next_steps(survey, progress, principal, n_people=len(members)),
        activities=list(survey.activities.select_related("actor").order_by("-pk")[:N_ACTIVITIES]),
        is_live=progress.is_live,
        members=members[:N_MEMBERS],
        n_more_members=max(len(members) - N_MEMBERS, 0),
    )
