"""Which images of a survey a review task takes."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from surveys.models import Image, ImageLabel, Survey
from surveys.progress import IS_REVIEWED
from surveys.transects import NONE

MOST_IMAGES = 100_000
AT_ONCE = 2000


class TaskRefusedError(Exception):
    """Such a task cannot be made; the sentence tells what to do."""


@dataclass(frozen=True)
class TaskFilter:
    """`label`: a species of the survey's current search. Scores are the highest of the label on an image, or of any
    label; an image without detections has none. `share`: how much of what is left chance takes, over 0 to 1."""

    label: str = ""
    min_score: float | None = None
    max_score: float | None = None
    transect: str = ""
    reviewed: str = "no"
    share: float = 1
    seed: int = 0

    @property
    def is_about_boxes(self) -> bool:
        return bool(self.label) or self.min_score is not None or self.max_score is not None


def can_be_looked_at(prefix: str = "") -> Q:
    """Images that were read, lie in no trash and are not excluded."""
    said = {"ingest_state": Image.Ingest.DONE, "trashed_at": None, "is_excluded": False}
    return Q(**{prefix + name: value for name, value in said.items()})


def chosen_images(survey: Survey, wanted: TaskFilter) -> Iterator[UUID]:
    """The ids, in the order in which the images came into the survey; one look at the table, a piece at a time."""
    ids = _filtered(survey, wanted).order_by("pk").values_list("pk", flat=True)
    for image in ids.iterator(chunk_size=AT_ONCE):
        if wanted.share >= 1 or chance(wanted.seed, image) < wanted.share:
            yield image


def chance(seed: int, image: UUID) -> float:
    """From 0 up to 1, the same on every machine and database: the first eight bytes of the SHA-256 of "seed:image id",
    as a fraction. A larger share with the same seed holds all images of a smaller one."""
    digest = hashlib.sha256(f"{seed}:{image}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def how_many(survey: Survey, wanted: TaskFilter) -> int:
    """How many images it takes; one more than a task may hold where there are more."""
    n = 0
    for _image in chosen_images(survey, wanted):
        n += 1
        if n > MOST_IMAGES:
            break
    return n


def _filtered(survey: Survey, wanted: TaskFilter) -> QuerySet[Image]:
    images = survey.images.filter(can_be_looked_at())
    if wanted.transect:
        images = images.filter(transect="" if wanted.transect == NONE else wanted.transect)
    if wanted.reviewed:
        is_reviewed = Q(review_state__in=IS_REVIEWED)
        images = images.filter(is_reviewed if wanted.reviewed == "yes" else ~is_reviewed)
    return images.filter(_has_boxes(survey, wanted)) if wanted.is_about_boxes else images


def _has_boxes(survey: Survey, wanted: TaskFilter) -> Exists:
    found = ImageLabel.objects.filter(image=OuterRef("pk"), run=survey.current_run, n_detections__gt=0)
    if wanted.label:
        found = found.filter(label=wanted.label)
    if wanted.min_score is not None:
        found = found.filter(max_score__gte=wanted.min_score)
    if wanted.max_score is not None:
        found = found.filter(max_score__lte=wanted.max_score)
    return Exists(found)
