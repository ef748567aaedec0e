"""The moving part of a survey's page, and a mark that changes when it does."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.utils import timezone

from surveys.cards import telling_images
from surveys.found import Found, found_in
from surveys.members import members_of
from surveys.models import Activity, Image, Membership, Survey
from surveys.next_steps import Step, next_steps
from surveys.progress import Counts, Trouble, progress_of
from surveys.stages import Stage, stages_of

N_ACTIVITIES = 8
N_MEMBERS = 6
N_PICTURES = 4


@dataclass(frozen=True)
class Overview:
    stages: list[Stage]
    pictures: list[Image]
    found: Found
    counts: Counts
    troubles: list[Trouble]
    steps: list[Step]
    activities: list[Activity]
    is_live: bool
    members: list[Membership]
    n_more_members: int

    @property
    def mark(self) -> str:
        pictures, activities = [p.pk for p in self.pictures], [(a.pk, a.subject) for a in self.activities]
        seen = (self.stages, pictures, self.found, self.troubles, self.steps, activities, self.is_live)
        return sha256(repr(seen).encode()).hexdigest()[:16]


def overview_of(principal: Any, survey: Survey, *, now: datetime | None = None) -> Overview:
    now = now or timezone.now()
    progress = progress_of(survey, now=now)
    members = list(members_of(survey).order_by("pk"))
    return Overview(
        stages=stages_of(survey, progress, now),
        pictures=_pictures(survey),
        found=found_in(survey, is_known=bool(progress.counts.searched)),
        counts=progress.counts,
        troubles=progress.troubles,
        steps=next_steps(survey, progress, principal, n_people=len(members)),
        activities=list(survey.activities.select_related("actor").order_by("-pk")[:N_ACTIVITIES]),
        is_live=progress.is_live,
        members=members[:N_MEMBERS],
        n_more_members=max(len(members) - N_MEMBERS, 0),
    )


def _pictures(survey: Survey) -> list[Image]:
    """The images that tell most, then the latest others: a strip of pictures, never one of empty frames."""
    shown = survey.images.filter(ingest_state=Image.Ingest.DONE, trashed_at=None)
    telling = list(telling_images(shown)[:N_PICTURES])
    others = [image for image in shown.order_by("-pk")[:N_PICTURES] if not image.n_detections]
    return (telling + others)[:N_PICTURES]
