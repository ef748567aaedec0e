"""The same as surveys.observations for many detections at once, each in one statement."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from surveys.bulk_rows import upsert
from surveys.models import Observation
from surveys.observations import Animal


@dataclass(frozen=True)
class Accepted:
    """What `surveys.observations.accept` takes, with ids in the place of rows."""

    image_id: UUID
    detection: UUID
    animal: Animal
    actor_id: Any


def accept_many(accepted: Sequence[Accepted]) -> None:
    """Each detection once; inside the transaction of the verdicts."""
    if accepted:
        changed = (*accepted[0].animal.columns, "withdrawn_at")
        upsert([_observation(one) for one in accepted], key="detection", changed=changed)


def _observation(one: Accepted) -> Observation:
    facts = one.animal.columns
    return Observation(image_id=one.image_id, detection=one.detection, created_by_id=one.actor_id, **facts)


def withdraw_many(detections: Collection[UUID]) -> None:
    if detections:
        counted = Observation.objects.filter(detection__in=detections, withdrawn_at=None)
        counted.update(withdrawn_at=timezone.now())
