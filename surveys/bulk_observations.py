"""The same as surveys.observations for many detections at once, each in one statement."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from surveys.bulk_rows import upsert
from surveys.models import Observation
from surveys.observations import Box

FACTS = ("species", "count", "left", "top", "right", "bottom", "withdrawn_at")


@dataclass(frozen=True)
class Accepted:
    """What `surveys.observations.accept` takes, with ids in the place of rows."""

    image_id: UUID
    detection: UUID
    species: str
    count: int
    box: Box
    actor_id: Any


def accept_many(accepted: Sequence[Accepted]) -> None:
    """Each detection once; inside the transaction of the verdicts."""
    upsert([_observation(one) for one in accepted], key="detection", changed=FACTS)


def _observation(one: Accepted) -> Observation:
    left, top, right, bottom = one.box
    return Observation(
        image_id=one.image_id,
        detection=one.detection,
        species=one.species,
        count=one.count,
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        created_by_id=one.actor_id,
    )


def withdraw_many(detections: Collection[UUID]) -> None:
    if detections:
        counted = Observation.objects.filter(detection__in=detections, withdrawn_at=None)
        counted.update(withdrawn_at=timezone.now())
