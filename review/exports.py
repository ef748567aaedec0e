"""The tables of what people accepted, row by row. An image has a number only once somebody has finished with it, or a
search of all of it found nothing; until then, and where it is of no use, the number is blank."""

from collections.abc import Iterator
from itertools import groupby

from django.db.models import OuterRef, QuerySet, Subquery, Sum, UUIDField
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
from inference.models import Detection, Run
from surveys.models import Image, Observation
from surveys.observations import named_species

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
    runs = Run.objects.filter(survey=export.survey).select_related("model_version")
    of_run = {run.pk: ExportOf(export.survey, run, export.reader).run_cells for run in runs}
    drawn, about = ExportOf(export.survey, None, export.reader).run_cells, [timezone.now(), NOTE]
    proposed = Detection.objects.filter(pk=OuterRef("detection"))
    found = {"score": Subquery(proposed.values("score")), "run": Subquery(proposed.values("run"), UUIDField())}
    image = [f"image__{name}" for name in IMAGE_COLUMNS[2:]]
    own = ["species", "count", *BOX]
    rows = accepted(export).order_by("image", "pk").annotate(**found).values(
        *("pk", "image", "image__review_state", "image__is_excluded", *image, *own),
        *("detection", "score", "run", "created_by__username", "created_at"),
    )  # fmt: skip
    for row in rows.iterator(chunk_size=ROWS_AT_ONCE):
        yield [
            *(export.survey.slug, str(row["image"]), *(row[name] for name in image)),
            *(str(row["pk"]), *(row[name] for name in own)),
            *(str(row["detection"] or ""), row["score"], row["created_by__username"], row["created_at"]),
            *(*of_run.get(row["run"], drawn), row["image__review_state"], row["image__is_excluded"], *about),
        ]


def accepted(export: ExportOf) -> QuerySet[Observation]:
    return Observation.objects.filter(image__survey=export.survey, image__trashed_at=None, withdrawn_at=None)


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
    known = export.labels
    return [*known, *(name for name in named_species(export.survey) if name not in known)]


def is_final(line: ImageLine) -> bool:
    """Whether the image's number is one: people have finished with it, or a search found nothing that they might judge
    and they drew nothing either."""
    state = line.state_cells[1]
    if state == Image.Review.UNREVIEWED:
        return line.counts is not None and not any(n for n, *_judged in line.counts.values())
    return state in IS_FINAL


def _animals_by_image(export: ExportOf) -> Iterator[tuple[str, Animals]]:
    """Accepted animals by species, in the order of the images."""
    sums = accepted(export).order_by("image").values_list("image", "species").annotate(n=Sum("count"))
    for image_id, group in groupby(sums.iterator(chunk_size=ROWS_AT_ONCE), key=lambda row: row[0]):
        yield str(image_id), {species: n for _image, species, n in group}


TABLES = {**PROPOSED, "observations": observations, "image_counts": image_counts}
