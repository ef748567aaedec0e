"""Fills a survey with many rows for every table, and measures an export of them; run in processes of their own."""

import json
import time
from pathlib import Path

from django.db import connection, transaction

from inference.api.exports import CSV, GEOJSON, XLSX, Format, stream
from inference.exports import ExportOf
from inference.models import Detection, ResultSet, Run
from review.exports import TABLES
from review.models import Review
from surveys.models import Image, ImageLabel, Observation, Survey
from tests.factories.inference import a_detection, make_model_version, make_run
from tests.factories.surveys import make_survey

N_IMAGES, N_LABELS, N_DETECTIONS = 2500, 80, 200_000
N_OBSERVATIONS = 20_000
MEASURED: dict[str, tuple[str, Format]] = {
    **{name: (name, CSV) for name in ("detection_counts", "detections", "image_counts", "observations")},
    **{name: (name, CSV) for name in ("image_animals_wide", "transect_counts")},
    "detections.xlsx": ("detections", XLSX),
    "observations.geojson": ("observations", GEOJSON),
}


@transaction.atomic
def fill() -> None:
    survey = make_survey(slug="large")
    labels = [f"species {number}" for number in range(N_LABELS)]
    run = make_run(survey, model_version=make_model_version(card={"labels": labels}))
    images = Image.objects.bulk_create([_image(survey, number) for number in range(N_IMAGES)])
    searched = {"state": "searched", "n_detections": 1, "searched_at": "2026-01-01T00:00Z"}
    ResultSet.objects.bulk_create([ResultSet(run=run, image=image, **searched) for image in images])
    ImageLabel.objects.bulk_create(
        [ImageLabel(image=image, run=run.pk, label=labels[0], n_detections=1) for image in images[::20]]
    )
    for image in images[:200]:
        _store(a_detection(run, image, label=labels[0]), N_DETECTIONS // 200)
    proposed = Detection.objects.order_by("pk")[:N_OBSERVATIONS]
    box = ("left", "top", "right", "bottom")
    accepted = (
        Observation(
            image_id=one.image_id,
            detection=one.pk,
            species=labels[0],
            created_by=survey.created_by,
            **{side: getattr(one, side) for side in box},
        )
        for one in proposed
    )
    Observation.objects.bulk_create(accepted, batch_size=1000)
    said = {"verdict": "confirmed", "author": survey.created_by, "rank": 3, "count": 1, "species": labels[0]}
    reviews = (Review(survey=survey, image_id=one.image_id, detection=one.pk, **said) for one in proposed)
    Review.objects.bulk_create(reviews, batch_size=1000)


def _store(detection: Detection, times: int) -> None:
    """As many rows that differ in their key alone, in a tenth of the time that bulk_create takes."""
    key, others = Detection._meta.pk, [field for field in Detection._meta.concrete_fields if not field.primary_key]
    values = [field.get_db_prep_save(getattr(detection, field.attname), connection) for field in others]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in (key, *others))
    places = ", ".join(["%s"] * (1 + len(others)))
    rows = [[key.get_db_prep_save(key.get_default(), connection), *values] for _ in range(times)]
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {Detection._meta.db_table} ({columns}) VALUES ({places})", rows)


def _image(survey: Survey, number: int) -> Image:
    size = {"width": 6000, "height": 4000, "size_bytes": 1}
    name = f"DSC_{number:05}.JPG"
    return Image(survey=survey, file_name=name, sha256=f"{number:064x}", ingest_state="done", **size)


def measure() -> None:
    """Prints, for every table, lines, megabytes more at the most, and seconds to the first piece."""
    run = Run.objects.select_related("survey", "model_version", "created_by").get()
    export = ExportOf(run.survey, run, run.created_by)
    for table, form in MEASURED.values():
        next(stream(export, table, TABLES[table], form))  # what only the first export loads is no growth
    print(json.dumps({name: _measure(export, *of) for name, of in MEASURED.items()}))


def _measure(export: ExportOf, table: str, form: Format) -> dict[str, float]:
    """Lines are those of a text: a workbook has none."""
    before, started, first, lines, most = _memory_mb(), time.perf_counter(), 0.0, 0, 0.0
    for piece in stream(export, table, TABLES[table], form):
        first = first or time.perf_counter() - started
        lines += piece.count("\n" if isinstance(piece, str) else b"\n") if form != XLSX else 0
        most = max(most, _memory_mb())
    return {"lines": lines, "grown_mb": most - before, "first_s": first, "s": time.perf_counter() - started}


def _memory_mb() -> float:
    """Of the process's own; not the pages of the database file, which SQLite maps."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("RssAnon:")[1].split()[0]) / 1024
