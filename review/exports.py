"""The tables of what people accepted, row by row. An image has a number only once somebody has finished with it, or a
search of all of it found nothing; until then, and where it is of no use, the number is blank."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone

from inference.exports import (
    IMAGE_COLUMNS,
    ROWS_AT_ONCE,
    RUN_COLUMNS,
    SCREEN_COLUMNS,
    STATE_COLUMNS,
    ExportOf,
    ImageLine,
    Row,
    Table,
    image_lines,
)
from inference.exports import TABLES as PROPOSED
from inference.models import Detection
from surveys.models import Image, Observation

NOTE = "overlap not removed; misses not corrected"
BOX = ("left", "top", "right", "bottom")
OBSERVATION_COLUMNS = (
    "observation_id",
    "species",
    "n_animals",
    *BOX,
    "detection_id",
    "score",
    "reviewer",
    "accepted_at",
)
IS_FINAL = (Image.Review.REVIEWED, Image.Review.EMPTY)
Animals = dict[str, int]


def observations(export: ExportOf) -> Table:
    """A row an accepted animal or group, with the search that proposed it; blank where a person drew it."""
    header = (*IMAGE_COLUMNS, *OBSERVATION_COLUMNS, *RUN_COLUMNS, "review_state", "excluded", "data_time", "note")
    return Table(header, _observation_rows(export))


def _observation_rows(export: ExportOf) -> Iterator[Row]:
    accepted = Observation.objects.filter(image__survey=export.survey, image__trashed_at=None, withdrawn_at=None)
    rows = accepted.select_related("image", "created_by").order_by("image", "pk").iterator(chunk_size=ROWS_AT_ONCE)
    about = [timezone.now(), NOTE]
    for chunk in _chunks(rows):
        proposed = _proposed([row.detection for row in chunk if row.detection])
        for row in chunk:
            image, detection = row.image, proposed.get(row.detection)
            known = (getattr(image, name) for name in IMAGE_COLUMNS[2:])
            box = (getattr(row, side) for side in BOX)
            found = [str(row.detection) if row.detection else "", detection.score if detection else None]
            yield [
                *(export.survey.slug, str(image.pk), *known, str(row.pk), row.species, row.count, *box, *found),
                *(row.created_by.username, row.created_at, *_run_cells(export, detection)),
                *(image.review_state, image.is_excluded, *about),
            ]


def _chunks(rows: Iterator[Observation]) -> Iterator[list[Observation]]:
    for _number, group in groupby(enumerate(rows), key=lambda pair: pair[0] // ROWS_AT_ONCE):
        yield [row for _place, row in group]


def _proposed(ids: list[UUID]) -> dict[Any, Detection]:
    return Detection.objects.select_related("run__model_version").in_bulk(ids)


def _run_cells(export: ExportOf, detection: Detection | None) -> Row:
    return ExportOf(export.survey, detection.run if detection else None, export.reader).run_cells


def image_counts(export: ExportOf) -> Table:
    """A row for every image and species, those without animals too."""
    header = (
        *IMAGE_COLUMNS, "species", "n_animals", "n_so_far",
        *RUN_COLUMNS, *STATE_COLUMNS, *SCREEN_COLUMNS, "data_time", "note",
    )  # fmt: skip
    return Table(header, _count_rows(export))


def _count_rows(export: ExportOf) -> Iterator[Row]:
    named, run_cells, about = species_of(export), export.run_cells, [timezone.now(), NOTE]
    counts = _animals_by_image(export)
    current, found = next(counts, (None, {}))
    for line in image_lines(export):
        image_id = str(line.cells[1])
        while current is not None and current < image_id:
            current, found = next(counts, (None, {}))
        animals = found if current == image_id else {}
        for species in named or [""]:
            so_far = animals.get(species, 0) if species else None
            number = so_far if is_final(line) else None
            yield [
                *(*line.cells, species, number, so_far),
                *(*run_cells, *line.state_cells, *line.screen_cells, *about),
            ]


def species_of(export: ExportOf) -> list[str]:
    """Those that the model of the search knows, as the survey names them, then those that only people named."""
    accepted = Observation.objects.filter(image__survey=export.survey, image__trashed_at=None, withdrawn_at=None)
    named = set(accepted.values_list("species", flat=True).distinct())
    known = export.labels
    return [*known, *sorted(named - set(known))]


def is_final(line: ImageLine) -> bool:
    """Whether the image's number is one: people have finished with it, or a search found nothing that they might judge
    and they drew nothing either."""
    state = line.state_cells[1]
    if state == Image.Review.UNREVIEWED:
        return line.counts is not None and not any(n for n, *_judged in line.counts.values())
    return state in IS_FINAL


def _animals_by_image(export: ExportOf) -> Iterator[tuple[str, Animals]]:
    """Accepted animals by species, in the order of the images."""
    accepted = Observation.objects.filter(image__survey=export.survey, image__trashed_at=None, withdrawn_at=None)
    sums = accepted.order_by("image").values_list("image", "species").annotate(n=Sum("count"))
    for image_id, group in groupby(sums.iterator(chunk_size=ROWS_AT_ONCE), key=lambda row: row[0]):
        yield str(image_id), {species: n for _image, species, n in group}


TABLES = {**PROPOSED, "observations": observations, "image_counts": image_counts}
