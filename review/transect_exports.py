"""Accepted animals by transect, the unit that estimates are made of. A transect has a number once every image of it
that can have one has it: a sum over a part would look like a small count. Memory grows with transects, not images."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils import timezone

from inference.exports import RUN_COLUMNS, ExportOf, Row, Table
from review.numbers import ABOUT, NOTE, WHOSE_VERDICT, Animals, ImageNumber, Standing, image_numbers, species_of
from surveys.transects import natural_key

SIDES = ("left", "right")
IMAGES = ("n_images", "n_images_final", "n_images_open", "n_images_unusable", "n_images_not_searched")
AFTER = (
    "is_final",
    *IMAGES,
    "n_images_excluded",
    *RUN_COLUMNS,
    "pre_filter",
    "reviewers",
    "whose_verdict",
    "data_time",
    "note",
)
BEFORE = ("survey", "transect")


@dataclass
class Tally:
    """Of the images of one transect, or of one camera there; excluded ones are no part of it."""

    standings: Counter[Standing] = field(default_factory=Counter)
    animals: defaultdict[str, Animals] = field(default_factory=lambda: defaultdict(Animals))  # on final images
    reviewers: set[str] = field(default_factory=set)
    n_excluded: int = 0

    def add(self, number: ImageNumber) -> None:
        if number.line.is_excluded:
            self.n_excluded += 1
            return
        self.standings[number.standing] += 1
        if number.reviewer:
            self.reviewers.add(number.reviewer)
        if number.is_final:
            for species, animals in number.animals.items():
                self.animals[species] = self.animals[species].plus(animals)

    @property
    def is_final(self) -> bool:
        """Unusable images hold nothing up: they give no zero, and their area is not to be counted either."""
        waiting = self.standings[Standing.OPEN] + self.standings[Standing.NOT_SEARCHED]
        return bool(self.standings[Standing.FINAL]) and not waiting

    def number(self, species: str) -> int | None:
        return self.animals[species].n if self.is_final and species else None

    def carcasses(self, species: str) -> int | None:
        return self.animals[species].n_carcasses if self.is_final and species else None

    def on_final(self, species: str) -> int | None:
        """Also where the transect is not done; None where no image of it is."""
        return self.animals[species].n if self.standings[Standing.FINAL] and species else None


@dataclass
class TransectTally:
    all: Tally = field(default_factory=Tally)
    sides: dict[str, Tally] = field(default_factory=lambda: {side: Tally() for side in SIDES})

    def add(self, number: ImageNumber, camera: str) -> None:
        self.all.add(number)
        if camera in self.sides:
            self.sides[camera].add(number)


def transect_counts(export: ExportOf) -> Table:
    """A row for every transect and species, those without animals too."""
    numbers = ("species", "n_animals", "n_carcasses", "n_left", "n_right", "n_on_final_images")
    return Table((*BEFORE, *numbers, *AFTER), _rows(export), ABOUT)


def _rows(export: ExportOf) -> Iterator[Row]:
    named = species_of(export) or [""]
    for transect, tally in _tallies(export):
        after, all_of_it = _after(export, tally.all), tally.all
        for species in named:
            sides = (tally.sides[side].number(species) for side in SIDES)
            numbers = [all_of_it.number(species), all_of_it.carcasses(species), *sides, all_of_it.on_final(species)]
            yield [export.survey.slug, transect, species, *numbers, *after]


def transect_counts_wide(export: ExportOf) -> Table:
    """A row a transect, a column a species."""
    named, taken = species_of(export), {*BEFORE, *AFTER}
    columns = (f"{species} (species)" if species in taken else species for species in named)
    rows = (
        [export.survey.slug, transect, *(tally.all.number(species) for species in named), *_after(export, tally.all)]
        for transect, tally in _tallies(export)
    )
    return Table((*BEFORE, *columns, *AFTER), rows, ABOUT)


def _tallies(export: ExportOf) -> list[tuple[str, TransectTally]]:
    """In the natural order of the transects; images without one come first, under no name."""
    tallies: defaultdict[str, TransectTally] = defaultdict(TransectTally)
    for number in image_numbers(export):
        transect, camera = number.line.place
        tallies[transect].add(number, camera)
    return sorted(tallies.items(), key=lambda item: natural_key(item[0]))


def _after(export: ExportOf, tally: Tally) -> Row:
    standings = (tally.standings[standing] for standing in Standing)
    images = [tally.is_final, tally.standings.total(), *standings, tally.n_excluded]
    said = ["; ".join(sorted(tally.reviewers)), WHOSE_VERDICT, timezone.now(), NOTE]
    return [*images, *export.run_cells, export.pre_filter, *said]
