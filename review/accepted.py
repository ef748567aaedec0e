"""What people accepted in a survey, for its page: by species and by transect, with how many images have their number.

Grouped in the database over observations, which people made one by one, and over images once; never over detections."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from review.numbers import Standing, accepted, standings
from surveys.models import Image, Life, Survey
from surveys.transects import natural_key

IS_FINAL = standings("image__")[Standing.FINAL]
MOST_SPECIES = 12  # columns of the page; the tables for download have all


@dataclass(frozen=True)
class SpeciesAnimals:
    """Over images that are not excluded. `n_final`: of the animals, those on images that are finished."""

    species: str
    n: int = 0
    n_final: int = 0
    n_carcasses: int = 0
    n_images: int = 0


@dataclass(frozen=True)
class ImageStandings:
    """How many images there are outside the trash, by what their number is worth; excluded ones apart."""

    final: int = 0
    open: int = 0
    unusable: int = 0
    not_searched: int = 0
    excluded: int = 0

    @property
    def all(self) -> int:
        return self.final + self.open + self.unusable + self.not_searched

    @property
    def is_final(self) -> bool:
        return bool(self.final) and not self.open and not self.not_searched

    def __add__(self, other: "ImageStandings") -> "ImageStandings":
        return ImageStandings(*(mine + theirs for mine, theirs in zip(self.parts, other.parts, strict=True)))

    @property
    def parts(self) -> tuple[int, ...]:
        return self.final, self.open, self.unusable, self.not_searched, self.excluded


@dataclass(frozen=True)
class TransectAnimals:
    transect: str
    images: ImageStandings
    counts: list[tuple[str, int | None]]  # by species; None until the transect is final


@dataclass(frozen=True)
class Accepted:
    images: ImageStandings
    species: list[SpeciesAnimals]
    none_of: list[str]  # species that the search knows and nobody accepted
    shown: list[str]  # columns of `transects`
    transects: list[TransectAnimals]  # none where no image has one

    @property
    def most(self) -> int:
        return max((row.n for row in self.species), default=0)

    @property
    def has_carcasses(self) -> bool:
        return any(row.n_carcasses for row in self.species)

    @property
    def n_more(self) -> int:
        return max(len(self.species) + len(self.none_of) - len(self.shown), 0)


def accepted_in(survey: Survey, known: Sequence[str]) -> Accepted:
    """`known`: the species of the current search, in its order."""
    images = _images(survey)
    species = _by_species(survey)
    found = {row.species for row in species}
    none_of = [name for name in known if name not in found]
    shown = [*(row.species for row in species), *none_of][:MOST_SPECIES]
    transects = _transects(survey, images, shown) if any(images) else []
    return Accepted(sum(images.values(), ImageStandings()), species, none_of, shown, transects)


def _images(survey: Survey) -> dict[str, ImageStandings]:
    """By transect, in the natural order."""
    kept = Q(is_excluded=False)
    numbers = {standing.value: Count("pk", filter=kept & which) for standing, which in standings().items()}
    images = Image.objects.filter(survey=survey, trashed_at=None).values("transect").order_by()
    rows = {row.pop("transect"): row for row in images.annotate(**numbers, excluded=Count("pk", filter=~kept))}
    return {transect: ImageStandings(**rows[transect]) for transect in sorted(rows, key=natural_key)}


def _counted(survey: Survey) -> Any:
    return accepted(survey).filter(image__is_excluded=False).order_by()


def _by_species(survey: Survey) -> list[SpeciesAnimals]:
    """Most first."""
    rows = (
        _counted(survey)
        .values("species")
        .annotate(
            n=Sum("count"),
            n_final=Coalesce(Sum("count", filter=IS_FINAL), 0),
            n_carcasses=Coalesce(Sum("count", filter=Q(life=Life.CARCASS)), 0),
            n_images=Count("image", distinct=True),
        )
        .order_by("-n", "species")
    )
    return [SpeciesAnimals(**row) for row in rows]


def _transects(survey: Survey, images: dict[str, ImageStandings], shown: list[str]) -> list[TransectAnimals]:
    sums = _counted(survey).filter(IS_FINAL).values_list("image__transect", "species").annotate(n=Sum("count"))
    found = {(transect, species): n for transect, species, n in sums}
    return [
        TransectAnimals(
            transect,
            standings,
            [(name, found.get((transect, name), 0) if standings.is_final else None) for name in shown],
        )
        for transect, standings in images.items()
    ]
