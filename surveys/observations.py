"""The animals and groups that people accept: the only thing counted."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from surveys.models import Image, Observation, Survey

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Animal:
    """What is accepted, of one animal or of a group in one box."""

    species: str
    count: int
    life: str
    box: Box

    @property
    def columns(self) -> dict[str, Any]:
        return {"species": self.species, "count": self.count, "life": self.life, **sides(self.box)}


def accept(image: Image, detection: UUID, animal: Animal, actor: Any) -> Observation:
    """The observation of this detection, made or brought back; inside the transaction of the verdict."""
    found, _is_new = Observation.objects.update_or_create(
        detection=detection,
        defaults=animal.columns | {"withdrawn_at": None},
        create_defaults=animal.columns | {"image": image, "created_by": actor},
    )
    return found


def withdraw(detection: UUID) -> None:
    """What a detection counted it counts no more; the row stays."""
    Observation.objects.filter(detection=detection, withdrawn_at=None).update(withdrawn_at=timezone.now())


def accept_drawn(observation: Observation, animal: Animal) -> None:
    """What a person drew, as it counts now; inside the transaction of the verdict."""
    Observation.objects.filter(pk=observation.pk).update(withdrawn_at=None, **animal.columns)


def withdraw_drawn(observation: Observation) -> None:
    Observation.objects.filter(pk=observation.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())


def box_of(row: Any) -> Box:
    """Of an observation, or of a detection."""
    return row.left, row.top, row.right, row.bottom


def sides(box: Box) -> dict[str, float]:
    return dict(zip(("left", "top", "right", "bottom"), box, strict=True))


def named_species(survey: Survey) -> list[str]:
    """What the accepted animals of a survey are called, in the order of the alphabet."""
    accepted = Observation.objects.filter(image__survey=survey, image__trashed_at=None, withdrawn_at=None)
    return list(accepted.order_by("species").values_list("species", flat=True).distinct())


def has_animals(image: Image) -> bool:
    return Observation.objects.filter(image=image, withdrawn_at=None).exists()
