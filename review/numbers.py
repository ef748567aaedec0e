"""The accepted animals of each image, and whether they are its number yet: only once somebody has finished with it, or
a search of all of it found nothing. Until then, and where it is of no use, it has none."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Generic, NamedTuple, TypeVar

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from inference.exports import ROWS_AT_ONCE, ExportOf, ImageLine, image_lines
from review.models import Review
from review.settling import standing_of
from surveys.models import Image, Life, Observation, Survey
from surveys.observations import named_species

FINISHED = (Image.Review.REVIEWED, Image.Review.EMPTY)
WHOSE_VERDICT = "of each person the latest; among these the highest role (owner, analyst, reviewer), then the latest"
ABOUT = (("whose_verdict", WHOSE_VERDICT),)
NOTE = "overlap not removed; misses not corrected"
Value = TypeVar("Value")


class Standing(StrEnum):
    """What an image's number is worth."""

    FINAL = "final"
    OPEN = "open"  # proposals or verdicts that nobody has finished with
    UNUSABLE = "unusable"
    NOT_SEARCHED = "not_searched"  # and nobody said anything of it


class Animals(NamedTuple):
    n: int = 0
    n_carcasses: int = 0  # of these

    def plus(self, other: "Animals") -> "Animals":
        return Animals(self.n + other.n, self.n_carcasses + other.n_carcasses)


@dataclass(frozen=True)
class ImageNumber:
    """`reviewer`: whose word on the whole image counts."""

    line: ImageLine
    standing: Standing
    animals: dict[str, Animals]  # by species, accepted so far
    reviewer: str

    @property
    def is_final(self) -> bool:
        return self.standing == Standing.FINAL


def image_numbers(export: ExportOf) -> Iterator[ImageNumber]:
    """Every image of the survey in the order of upload; what was accepted comes from ordered queries beside it."""
    animals, reviewers = Beside(_animals(export.survey), {}), Beside(_reviewers(export.survey), "")
    for line in image_lines(export):
        found, reviewer = animals.at(line.image_id), reviewers.at(line.image_id)
        yield ImageNumber(line, standing_of_line(line), found, reviewer)


def standing_of_line(line: ImageLine) -> Standing:
    """As `standings` says it to the database: both must say the same."""
    if line.review_state in FINISHED:
        return Standing.FINAL
    if line.review_state == Image.Review.UNUSABLE:
        return Standing.UNUSABLE
    if line.review_state != Image.Review.UNREVIEWED:
        return Standing.OPEN
    if line.counts is None:
        return Standing.NOT_SEARCHED
    return Standing.OPEN if any(n for n, *_judged in line.counts.values()) else Standing.FINAL


def standings(image: str = "") -> dict[Standing, Q]:
    """The same of the survey's current search, for the database; `image__` where the rows are of something on one."""
    state, found = f"{image}review_state", f"{image}n_detections"
    is_unreviewed = Q((state, Image.Review.UNREVIEWED))
    return {
        Standing.FINAL: Q((f"{state}__in", FINISHED)) | (is_unreviewed & Q((found, 0))),
        Standing.OPEN: Q((state, Image.Review.IN_PROGRESS)) | (is_unreviewed & Q((f"{found}__gt", 0))),
        Standing.UNUSABLE: Q((state, Image.Review.UNUSABLE)),
        Standing.NOT_SEARCHED: is_unreviewed & Q((found, None)),
    }


def accepted(survey: Survey) -> QuerySet[Observation]:
    return Observation.objects.filter(image__survey=survey, image__trashed_at=None, withdrawn_at=None)


def species_of(export: ExportOf) -> list[str]:
    """Those that the model of the search knows, as the survey names them, then those that only people named."""
    known = export.labels
    return [*known, *(name for name in named_species(export.survey) if name not in known)]


class Beside(Generic[Value]):
    """What a second query says of each image, both in the order of the images."""

    def __init__(self, pairs: Iterator[tuple[str, Value]], otherwise: Value) -> None:
        self._pairs, self._otherwise = pairs, otherwise
        self._next: tuple[str, Value] | None = next(pairs, None)

    def at(self, image_id: str) -> Value:
        while self._next is not None and self._next[0] < image_id:
            self._next = next(self._pairs, None)
        return self._next[1] if self._next is not None and self._next[0] == image_id else self._otherwise


def reviews_by_image(reviews: QuerySet[Review]) -> Iterator[tuple[str, list[Review]]]:
    """Those of one image together, in the order in which they were made. No database sorts them all for that."""
    rows = reviews.order_by("image").select_related("author").defer("note").iterator(chunk_size=ROWS_AT_ONCE)
    for image_id, group in groupby(rows, key=lambda review: review.image_id):
        yield str(image_id), sorted(group, key=lambda review: (review.created_at, review.pk))


def _animals(survey: Survey) -> Iterator[tuple[str, dict[str, Animals]]]:
    carcasses = Coalesce(Sum("count", filter=Q(life=Life.CARCASS)), 0)
    sums = accepted(survey).order_by("image").values_list("image", "species")
    rows = sums.annotate(n=Sum("count"), n_carcasses=carcasses).iterator(chunk_size=ROWS_AT_ONCE)
    for image_id, group in groupby(rows, key=lambda row: row[0]):
        yield str(image_id), {species: Animals(n, dead) for _image, species, n, dead in group}


def _reviewers(survey: Survey) -> Iterator[tuple[str, str]]:
    of_images = Review.objects.filter(image__survey=survey, detection=None, observation=None)
    for image_id, reviews in reviews_by_image(of_images):
        if (counts := standing_of(reviews)) is not None:
            yield image_id, counts.author.get_username()
