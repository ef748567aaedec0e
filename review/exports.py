"""The tables of what people accepted, row by row: a number only where it is one, a blank everywhere else."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery, UUIDField
from django.utils import timezone

from inference.exports import (
    IMAGE_COLUMNS,
    PLACE_COLUMNS,
    ROWS_AT_ONCE,
    RUN_COLUMNS,
    SCREEN_COLUMNS,
    STATE_COLUMNS,
    ExportOf,
    Row,
    Table,
    place_cells,
)
from inference.exports import TABLES as PROPOSED
from inference.models import Detection, Run
from review.models import Review
from review.numbers import (
    ABOUT,
    NOTE,
    WHOSE_VERDICT,
    Animals,
    Beside,
    ImageNumber,
    accepted,
    image_numbers,
    reviews_by_image,
    species_of,
)
from review.settling import standing_of
from review.transect_exports import transect_counts, transect_counts_wide
from surveys.models import Image, Survey

BOX = ("left", "top", "right", "bottom")
OBSERVATION_COLUMNS = (
    "observation_id",
    "species",
    "n_animals",
    "life",
    *BOX,
    "detection_id",
    "score",
    "reviewer",
    "accepted_at",
)
PLACE = ("latitude", "longitude")
SAID_COLUMNS = ("reviewer", "whose_verdict", "data_time", "note")


def observations(export: ExportOf) -> Table:
    """A row an accepted animal or group, with the search that proposed it; blank where a person drew it."""
    states = ("review_state", "excluded", "whose_verdict", "data_time", "note")
    header = (*IMAGE_COLUMNS, *PLACE_COLUMNS, *OBSERVATION_COLUMNS, *RUN_COLUMNS, *states)
    return Table(header, _observation_rows(export), ABOUT)


def _observation_rows(export: ExportOf) -> Iterator[Row]:
    runs = Run.objects.filter(survey=export.survey).select_related("model_version")
    of_run = {run.pk: ExportOf(export.survey, run, export.reader).run_cells for run in runs}
    drawn, about = ExportOf(export.survey, None, export.reader).run_cells, [WHOSE_VERDICT, timezone.now(), NOTE]
    proposed = Detection.objects.filter(pk=OuterRef("detection"))
    found = {"score": Subquery(proposed.values("score")), "run": Subquery(proposed.values("run"), UUIDField())}
    image, own = [f"image__{name}" for name in (*IMAGE_COLUMNS[2:], *PLACE)], ["species", "count", "life", *BOX]
    rows = accepted(export.survey).order_by("image", "pk").annotate(**found).values(
        *("pk", "image", "image__review_state", "image__is_excluded", *image, *own),
        *("detection", "score", "run", "created_by__username", "created_at"),
    )  # fmt: skip
    standing = Beside(_standing(export.survey), {})
    for row in rows.iterator(chunk_size=ROWS_AT_ONCE):
        counts = standing.at(str(row["image"])).get(row["detection"] or row["pk"])
        said = counts or (row["created_by__username"], row["created_at"])
        yield [
            *_image_cells(export, row),
            *(str(row["pk"]), *(row[name] for name in own), str(row["detection"] or ""), row["score"], *said),
            *of_run.get(row["run"], drawn),
            *(row["image__review_state"], row["image__is_excluded"], *about),
        ]


def _image_cells(export: ExportOf, row: dict[str, Any]) -> Row:
    where = {name: row[f"image__{name}"] for name in PLACE}
    place = place_cells(export, Image(pk=row["image"], survey=export.survey, **where))
    return [export.survey.slug, str(row["image"]), *(row[f"image__{name}"] for name in IMAGE_COLUMNS[2:]), *place]


def _standing(survey: Survey) -> Iterator[tuple[str, dict[UUID, tuple[Any, Any]]]]:
    """Whose verdict counts on each box of an image, and when it was given; by the detection or the drawn box."""
    of_boxes = Review.objects.filter(image__survey=survey).exclude(detection=None, observation=None)
    for image_id, said in reviews_by_image(of_boxes):
        boxes: dict[UUID, list[Review]] = {}
        for review in said:
            boxes.setdefault(review.detection or review.observation, []).append(review)
        counting = ((box, standing_of(reviews)) for box, reviews in boxes.items())
        yield image_id, {box: (one.author.get_username(), one.created_at) for box, one in counting if one}


def image_counts(export: ExportOf) -> Table:
    """A row for every image and species, those without animals too."""
    numbers = ("species", "n_animals", "n_carcasses", "n_so_far")
    return Table(
        (*IMAGE_COLUMNS, *numbers, *RUN_COLUMNS, *STATE_COLUMNS, *SCREEN_COLUMNS, *SAID_COLUMNS), _rows(export), ABOUT
    )


def _rows(export: ExportOf) -> Iterator[Row]:
    named, run_cells, now = species_of(export), export.run_cells, timezone.now()
    for number in image_numbers(export):
        after = [*run_cells, *number.line.state_cells, *number.line.screen_cells, *_said(number, now)]
        for species in named or [""]:
            so_far = number.animals.get(species, Animals()) if species else (None, None)
            final = so_far if number.is_final else (None, None)
            yield [*number.line.cells, species, *final, so_far[0], *after]


def image_animals_wide(export: ExportOf) -> Table:
    """A row an image, a column a species."""
    named, after = species_of(export), (*RUN_COLUMNS, *STATE_COLUMNS, *SCREEN_COLUMNS, *SAID_COLUMNS)
    taken = {*IMAGE_COLUMNS, *after}
    columns = (f"{species} (species)" if species in taken else species for species in named)
    return Table((*IMAGE_COLUMNS, *columns, *after), _wide_rows(export, named), ABOUT)


def _wide_rows(export: ExportOf, named: list[str]) -> Iterator[Row]:
    run_cells, now = export.run_cells, timezone.now()
    for number in image_numbers(export):
        final = (number.animals.get(species, Animals()).n if number.is_final else None for species in named)
        line = number.line
        yield [*line.cells, *final, *run_cells, *line.state_cells, *line.screen_cells, *_said(number, now)]


def _said(number: ImageNumber, now: Any) -> Row:
    return [number.reviewer, WHOSE_VERDICT, now, NOTE]


TABLES = {
    **PROPOSED,
    "observations": observations,
    "image_counts": image_counts,
    "image_animals_wide": image_animals_wide,
    "transect_counts": transect_counts,
    "transect_counts_wide": transect_counts_wide,
}
PLACED = {name: TABLES[name] for name in ("observations", "detections", "images")}  # tables that say where
