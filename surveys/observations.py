"""The animals and groups that people accept: the only thing counted."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from surveys.models import Image, Observation, Survey

Box = tuple[float, float, float, float]


def accept(image: Image, detection: UUID, *, species: str, count: int, box: Box, actor: Any) -> Observation:
    """The observation of this detection, made or brought back; inside the transaction of the verdict."""
    left, top, right, bottom = box
    facts = {"species": species, "count": count, "left": left, "top": top, "right": right, "bottom": bottom}
    found, _is_new = Observation.objects.update_or_create(
        detection=detection,
        defaults=facts | {"withdrawn_at": None},
        create_defaults=facts | {"image": image, "created_by": actor},
    )
    return found


def withdraw(detection: UUID) -> None:
    """What a detection counted it counts no more; the row stays."""
    Observation.objects.filter(detection=detection, withdrawn_at=None).update(withdrawn_at=timezone.now())


def named_species(survey: Survey) -> list[str]:
    """What the accepted animals of a survey are called, in the order of the alphabet."""
    accepted = Observation.objects.filter(image__survey=survey, image__trashed_at=None, withdrawn_at=None)
    return list(accepted.order_by("species").values_list("species", flat=True).distinct())


def has_animals(image: Image) -> bool:
    return Observation.objects.filter(image=image, withdrawn_at=None).exists()
