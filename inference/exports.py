"""The tables of counts, row by row. Where an image was not searched, or people found it unusable, its counts are blank:
only a search of something that can be seen says zero."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery

from inference.models import Detection, ResultSet, Run
from inference.species import COUNTED, species_map
from inference.uncertain_patches import uncertain_patches as uncertain_patches_of_run
from surveys.csvfile import Cell
from surveys.models import Image, ImageLabel, Survey
from surveys.positions import position_for

ROWS_AT_ONCE = 2000
IMAGE_COLUMNS = ("survey", "image_id", "file_name", "path", "sha256", "captured_at", "transect", "camera")
RUN_COLUMNS = ("model", "model_version", "run", "threshold", "mode")
STATE_COLUMNS = ("image_state", "review_state", "excluded", "reason")
PLACE_COLUMNS = ("latitude", "longitude", "position_is_exact")
KNOWN_COLUMNS = ("width", "height", "size_bytes", "camera_model", "transect_source", "uploaded_at")
BOX_COLUMNS = ("label", "score", "left", "top", "right", "bottom", "verdict")
DETECTED_IMAGE = (*IMAGE_COLUMNS[2:], "width", "height", "latitude", "longitude", "is_excluded", "review_state")
PATCH_COLUMNS = ("left", "top", "right", "bottom", "label", "score", "n_boxes")
COUNTS = ("n_detections", "n_confirmed", "n_rejected")
SCREEN_COUNTS = ("n_patches", "n_passed", "n_at_random")
SCREEN_COLUMNS = ("pre_filter", *SCREEN_COUNTS)

RESULT_STATES = {
    ResultSet.State.SEARCHED: "searched",
    ResultSet.State.FAILED: "search_failed",
    ResultSet.State.WAITING: "waiting",
}

Row = list[Cell]
ImageCounts = dict[str, tuple[int, int, int]]


@dataclass(frozen=True)
class Table:
    """`about`: what formats that have a place for it say of the whole table."""

    header: tuple[str, ...]
    rows: Iterator[Row]
    about: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ExportOf:
    """What is exported: a survey's images as one run saw them (or none did), for one reader."""

    survey: Survey
    run: Run | None
    reader: Any

    @property
    def labels(self) -> list[str]:
        """The model's labels in its order, as the survey names them, then those that only people gave."""
        if self.run is None:
            return []
        known = species_map(self.run).labels
        given = ImageLabel.objects.filter(run=self.run.pk).order_by("label").values_list("label", flat=True).distinct()
        return [*known, *(label for label in given if label not in known)]

    @property
    def run_cells(self) -> Row:
        if self.run is None:
            return ["", "", "", None, ""]
        model = self.run.model_version
        return [model.name, model.version, str(self.run.pk), self.run.threshold, self.run.mode]

    @property
    def pre_filter(self) -> str:
        """Name and version of what looked first and left patches out; empty where the detector saw all of them."""
        return f"{self.run.screen.name} {self.run.screen.version}" if self.run and self.run.screen else ""


@dataclass(frozen=True)
class ImageLine:
    """One image of an export, with its counts where it was searched and is of use. `screen_cells`: of how much of it
    the counts speak; blank where it was not searched, and the last two where nothing was left out."""

    cells: Row
    state_cells: Row
    screen_cells: Row
    counts: ImageCounts | None
    place: tuple[str, str]  # transect and camera
    review_state: str
    is_excluded: bool

    @property
    def image_id(self) -> str:
        return str(self.cells[1])

    def count_cells(self, label: str) -> Row:
        """Blank for no label: where a survey leaves out all that the model knows, nothing was counted."""
        if self.counts is None or not label:
            return [None, None, None]
        return list(self.counts.get(label, (0, 0, 0)))


def detection_counts(export: ExportOf) -> Table:
    """A row for every image and label of the run's model; without a run, a row an image without label and counts."""
    header = (*IMAGE_COLUMNS, "label", *COUNTS, *RUN_COLUMNS, *STATE_COLUMNS, *SCREEN_COLUMNS)
    return Table(header, _count_rows(export))


def image_counts_wide(export: ExportOf) -> Table:
    """A row an image, a column a label."""
    labels, after = export.labels, (*RUN_COLUMNS, *STATE_COLUMNS, *SCREEN_COLUMNS)
    taken = {*IMAGE_COLUMNS, *after}
    named = (f"{label} (label)" if label in taken else label for label in labels)
    rows = (
        [
            *line.cells,
            *(line.count_cells(label)[0] for label in labels),
            *export.run_cells,
            *line.state_cells,
            *line.screen_cells,
        ]
        for line in image_lines(export)
    )
    return Table((*IMAGE_COLUMNS, *named, *after), rows)


def _count_rows(export: ExportOf) -> Iterator[Row]:
    labels, run_cells = export.labels or [""], export.run_cells
    for line in image_lines(export):
        for label in labels:
            yield [*line.cells, label, *line.count_cells(label), *run_cells, *line.state_cells, *line.screen_cells]


def image_lines(export: ExportOf) -> Iterator[ImageLine]:
    """Every image of the survey in the order of upload, its counts merged in from a second ordered query."""
    counts = _counts_by_image(export.run)
    current, found = next(counts, (None, {}))
    for row in _image_rows(export, results=("state", "failure", *SCREEN_COUNTS)).iterator(chunk_size=ROWS_AT_ONCE):
        while current is not None and current < row["pk"]:
            current, found = next(counts, (None, {}))
        searched = row["result_state"] == ResultSet.State.SEARCHED
        yield ImageLine(
            [export.survey.slug, str(row["pk"]), *(row[name] for name in IMAGE_COLUMNS[2:])],
            [image_state(row), row["review_state"], row["is_excluded"], _reason(row)],
            [export.pre_filter, *(row[f"result_{name}"] for name in SCREEN_COUNTS)],
            (found if current == row["pk"] else {}) if searched and is_usable(row) else None,
            (row["transect"], row["camera"]),
            row["review_state"],
            row["is_excluded"],
        )


def _image_rows(export: ExportOf, *more: str, results: Sequence[str] = ("state", "failure")) -> Any:
    columns = (
        "pk",
        *IMAGE_COLUMNS[2:],
        "ingest_state",
        "review_state",
        "is_excluded",
        "failure",
        "failure_code",
        *more,
    )
    result = ResultSet.objects.filter(run=export.run, image=OuterRef("pk")).annotate(n_counted=COUNTED)
    return (
        Image.objects.filter(survey=export.survey, trashed_at=None)
        .order_by("pk")
        .annotate(**{f"result_{name}": Subquery(result.values(name)) for name in results})
        .values(*columns, *(f"result_{name}" for name in results))
    )


def _counts_by_image(run: Run | None) -> Iterator[tuple[Any, ImageCounts]]:
    """(image, counts by label), ordered by image as the images are."""
    if run is None:
        return
    image, counts = None, {}
    rows = ImageLabel.objects.filter(run=run.pk).order_by("image_id").values_list("image_id", "label", *COUNTS)
    for image_id, label, *numbers in rows.iterator(chunk_size=ROWS_AT_ONCE):
        if image is not None and image_id != image:
            yield image, counts
            counts = {}
        image, counts[label] = image_id, tuple(numbers)
    if image is not None:
        yield image, counts


def image_state(row: dict[str, Any]) -> str:
    """How far the image has come in this run: only `searched` has counts."""
    if row["ingest_state"] != Image.Ingest.DONE:
        return "unreadable" if row["ingest_state"] == Image.Ingest.FAILED else "unread"
    return RESULT_STATES.get(row["result_state"], "not_searched")


def is_usable(row: dict[str, Any]) -> bool:
    """Whether a search of it says anything: what nobody can see is no zero, and what was proposed there no count."""
    return row["review_state"] != Image.Review.UNUSABLE


def _reason(row: dict[str, Any]) -> str:
    return row["failure"] if row["ingest_state"] == Image.Ingest.FAILED else row["result_failure"] or ""


def detections(export: ExportOf) -> Table:
    """A row a detection that counts, with the position of its image as far as the reader may see it."""
    header = (
        *IMAGE_COLUMNS,
        "image_width",
        "image_height",
        *PLACE_COLUMNS,
        "detection_id",
        *BOX_COLUMNS,
        *RUN_COLUMNS,
        "excluded",
        "review_state",
        "pre_filter",
        "model_label",
    )
    return Table(header, _detection_rows(export))


def _detection_rows(export: ExportOf) -> Iterator[Row]:
    if export.run is None:
        return
    run_cells, last, cells, species = export.run_cells, None, [], species_map(export.run)
    rows = Detection.objects.filter(run=export.run, image__trashed_at=None).order_by("pk")
    columns = rows.values_list("image_id", *(f"image__{name}" for name in DETECTED_IMAGE), "pk", *BOX_COLUMNS)
    for image_id, *values in columns.iterator(chunk_size=ROWS_AT_ONCE):
        if image_id != last:  # an image's detections were written together, so nearly all follow one another
            last, described = image_id, dict(zip(DETECTED_IMAGE, values, strict=False))
            image = Image(pk=image_id, survey=export.survey, **described)
            cells = _detected_image(export, image)
        detection_id, label, *box = values[len(DETECTED_IMAGE) :]
        if (name := species.of(label)) is not None:
            found = [str(detection_id), name, *box]
            of_image = [image.is_excluded, image.review_state]
            yield [*cells, *found, *run_cells, *of_image, export.pre_filter, label]


def _detected_image(export: ExportOf, image: Image) -> Row:
    described = (getattr(image, name) for name in IMAGE_COLUMNS[2:])
    return [export.survey.slug, str(image.pk), *described, image.width, image.height, *place_cells(export, image)]


def place_cells(export: ExportOf, image: Image) -> Row:
    position = position_for(export.reader, image)
    return [position.latitude, position.longitude, position.is_exact] if position else [None, None, None]


def images(export: ExportOf) -> Table:
    """A row an image: what is known of it, and how far it has come in the run."""
    header = (
        *IMAGE_COLUMNS,
        *KNOWN_COLUMNS,
        *PLACE_COLUMNS,
        "n_detections",
        *RUN_COLUMNS,
        *STATE_COLUMNS,
        *SCREEN_COLUMNS,
    )
    return Table(header, _known_rows(export))


def _known_rows(export: ExportOf) -> Iterator[Row]:
    run_cells, slug = export.run_cells, export.survey.slug
    results = ("state", "failure", "n_counted", *SCREEN_COUNTS)
    rows = _image_rows(export, *KNOWN_COLUMNS, "latitude", "longitude", results=results)
    for row in rows.iterator(chunk_size=ROWS_AT_ONCE):
        image = Image(pk=row["pk"], survey=export.survey, latitude=row["latitude"], longitude=row["longitude"])
        cells = (row[name] for name in (*IMAGE_COLUMNS[2:], *KNOWN_COLUMNS))
        state = [image_state(row), row["review_state"], row["is_excluded"], _reason(row)]
        screen = [export.pre_filter, *(row[f"result_{name}"] for name in SCREEN_COUNTS)]
        found = row["result_n_counted"] if is_usable(row) else None
        yield [slug, str(row["pk"]), *cells, *place_cells(export, image), found, *run_cells, *state, *screen]


def uncertain_patches(export: ExportOf) -> Table:
    """A row a patch of which the pre-filter could not say whether it holds animals."""
    header = (*IMAGE_COLUMNS, *PATCH_COLUMNS, *RUN_COLUMNS, "excluded", "pre_filter")
    return Table(header, _uncertain_rows(export))


def _uncertain_rows(export: ExportOf) -> Iterator[Row]:
    run_cells = export.run_cells
    for image, patch in uncertain_patches_of_run(export.run) if export.run else ():
        cells = (getattr(image, name) for name in IMAGE_COLUMNS[2:])
        said = (getattr(patch, name) for name in PATCH_COLUMNS)
        yield [export.survey.slug, str(image.pk), *cells, *said, *run_cells, image.is_excluded, export.pre_filter]


TABLES: dict[str, Callable[[ExportOf], Table]] = {
    "detection_counts": detection_counts,
    "image_counts_wide": image_counts_wide,
    "detections": detections,
    "images": images,
    "uncertain_patches": uncertain_patches,
}
