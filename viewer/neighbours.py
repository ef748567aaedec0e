"""The image before and the one after, in the order in which images came into the survey."""

from dataclasses import dataclass
from uuid import UUID

from surveys.models import Image


@dataclass(frozen=True)
class Neighbours:
    previous: UUID | None
    next: UUID | None


def neighbours_of(image: Image) -> Neighbours:
    """By key, one index look-up each: never by counting rows."""
    ids = Image.objects.filter(survey=image.survey_id, trashed_at=None).values_list("id", flat=True)
    return Neighbours(
        previous=ids.filter(id__lt=image.id).order_by("-id").first(),
        next=ids.filter(id__gt=image.id).order_by("id").first(),
    )
