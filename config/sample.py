"""The sample survey of a demonstration: rendered by jobs, then read and searched like any other upload.

Its twelve uploads stand in the database from the start. A job renders one and, in the transaction in which it ends,
asks for the next: an interrupted first start goes on where it was, and nothing is made twice. Which uploads are Kopje's
own is told by their ids, which follow from the survey's: people may bring files of the same names.
"""

import json
import os
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from config.sample_file import camera_file
from config.sample_images import (
    BY_NAME,
    DESCRIPTION,
    HEIGHT,
    NAME,
    PATTERN,
    SAMPLE_IMAGES,
    SLUG,
    TIME_ZONE,
    WIDTH,
    SampleImage,
)
from inference.models import ModelVersion, ResultSet, Run
from inference.runs import start_run
from jobs.enqueue import enqueue
from jobs.models import Job
from surveys.create import create_survey, free_slug
from surveys.files import part_path
from surveys.models import Image, Survey, Upload
from surveys.uploads import finish_upload

if TYPE_CHECKING:
    from training.render import Scene

KIND = "render_sample"
USUAL_BYTES = 8_000_000  # until it is rendered nobody knows better
EXPIRES_AFTER = timedelta(days=365)


def was_made() -> bool:
    """Also when it lies in the trash, or was deleted for good since: the jobs that rendered it stay."""
    return Job.objects.filter(kind=KIND).exists()


def sample_survey() -> Survey | None:
    """As long as it is not in the trash."""
    survey_id = Job.objects.filter(kind=KIND).values_list("group", flat=True).first()
    return Survey.objects.filter(pk=survey_id, trashed_at=None).first()


@transaction.atomic
def make_sample(owner: Any, model: ModelVersion, *, at_once: int) -> Survey:
    """The survey, its search and its uploads; `at_once` of them are rendered side by side."""
    about = {"description": DESCRIPTION, "time_zone": TIME_ZONE, "file_name_pattern": PATTERN}
    survey = create_survey(owner, slug=free_slug(SLUG), name=NAME, **about)
    start_run(survey, model, owner)
    now = timezone.now()
    for id, image in zip(sample_ids(survey), SAMPLE_IMAGES, strict=True):
        Upload.objects.create(
            id=id,
            survey=survey,
            owner=owner,
            file_name=image.file_name,
            size_bytes=USUAL_BYTES,
            held_at=now,
            expires_at=now + EXPIRES_AFTER,
        )
    _ask_for(at_once, survey)
    return survey


def go_on(*, at_once: int) -> None:
    """Asks again for what nobody asks for any more: the survey was in the trash when its turn came."""
    survey = sample_survey()
    if survey and not Job.objects.live().filter(kind=KIND).exists():
        _ask_for(at_once, survey)


def sample_ids(survey: Survey) -> list[UUID]:
    """Of the uploads that Kopje made, and of the images they became: of version 7, in the order of SAMPLE_IMAGES."""
    return [_sample_id(survey.pk, number) for number in range(len(SAMPLE_IMAGES))]


def _sample_id(survey_id: UUID, number: int) -> UUID:
    made_at = survey_id.int >> 80  # of version 7 the first 48 bits are the time
    drawn = int.from_bytes(sha256(survey_id.bytes + bytes([number])).digest()) >> 194
    return UUID(int=made_at << 80 | 7 << 76 | number << 64 | 2 << 62 | drawn)


@dataclass(frozen=True)
class SampleProgress:
    """How many images the sample survey is to have, and how far they are. Of a survey that is gone: nothing to do."""

    n_images: int = 0
    n_searched: int = 0
    n_failed: int = 0
    n_given_up: int = 0  # by people: their uploads ended, or moved to the trash

    @property
    def n_done(self) -> int:
        return self.n_searched + self.n_failed + self.n_given_up

    @property
    def is_over(self) -> bool:
        return self.n_done == self.n_images


def progress() -> SampleProgress:
    """Of the images that Kopje made, in the search they were made for: what people add is none of its business."""
    survey = sample_survey()
    if survey is None:
        return SampleProgress()
    ids = sample_ids(survey)
    images = survey.images.filter(pk__in=ids, trashed_at=None)
    first_run = Run.objects.filter(survey=survey).order_by("pk")[:1]
    results = ResultSet.objects.filter(run__in=first_run, image__in=images)
    unread, waiting = images.filter(ingest_state=Image.Ingest.WAITING), results.filter(state=ResultSet.State.WAITING)
    unreadable, unsearchable = (
        images.filter(ingest_state=Image.Ingest.FAILED),
        results.filter(state=ResultSet.State.FAILED),
    )
    unrenderable = survey.uploads.filter(pk__in=ids, state=Upload.State.ENDED).exclude(failure="")
    # In the order that images take: one that goes on meanwhile may be counted twice, but is never missed.
    n_left = _unrendered(survey).count() + unread.count() + waiting.count()
    n_searched = results.filter(state=ResultSet.State.SEARCHED).count()
    n_failed = sum(found.count() for found in (unrenderable, unreadable, unsearchable))
    return SampleProgress(len(ids), n_searched, n_failed, max(0, len(ids) - n_left - n_searched - n_failed))


def render(job: Job) -> None:
    """Handler of `render_sample`: the subject is an upload of the sample survey."""
    upload = Upload.objects.select_related("survey", "owner").filter(pk=job.subject).first()
    if upload is None or upload.survey.trashed_at is not None:
        return
    if upload.state != Upload.State.RECEIVING:  # somebody gave it up on the upload page
        with job.finish():
            _ask_for_next(upload.survey)
        return
    image = BY_NAME[upload.file_name]
    scene = _render(image)
    content = camera_file(scene.jpeg, image)
    job.check_held()
    part_path(upload.pk).write_bytes(content)
    _write_truth(image, scene)
    now = timezone.now()
    with job.finish():
        Upload.objects.filter(pk=upload.pk).update(size_bytes=len(content))
        upload.size_bytes = len(content)
        finish_upload(upload, now=now)
        _unrendered(upload.survey).update(held_at=now)  # on a slow machine, too, the pages say that they are arriving
        _ask_for_next(upload.survey)


def failed(job: Job) -> None:
    """One that cannot be rendered does not hold up those after it. Called in the transaction of that fact."""
    if upload := Upload.objects.select_related("survey").filter(pk=job.subject).first():
        Upload.objects.filter(pk=upload.pk).update(state=Upload.State.ENDED, failure=job.failure)
        _ask_for_next(upload.survey)


def truth_path(image: SampleImage) -> Path:
    """What the renderer drew, as JSON: a list of label and box, in px of the image."""
    return Path(settings.DATA_DIR) / "sample_truth" / f"{image.file_name}.json"


def _unrendered(survey: Survey) -> QuerySet[Upload]:
    return survey.uploads.filter(pk__in=sample_ids(survey), state=Upload.State.RECEIVING)


def _ask_for(number: int, survey: Survey) -> None:
    for _one in range(number):
        _ask_for_next(survey)


def _ask_for_next(survey: Survey) -> None:
    asked_for = Job.objects.live().filter(kind=KIND).values("subject")
    if upload := _unrendered(survey).exclude(pk__in=asked_for).order_by("pk").first():
        enqueue(KIND, upload.pk, group=survey.pk)


def _render(image: SampleImage) -> "Scene":
    from training.render import render_scene  # only who renders needs the renderer

    return render_scene(
        image.seed,
        width=WIDTH,
        height=HEIGHT,
        landscape=image.landscape,
        view=image.view,
        n_animals=image.n_animals,
    )


def _write_truth(image: SampleImage, scene: "Scene") -> None:
    path = truth_path(image)
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}.{os.getpid()}")
    hidden.write_text(
        json.dumps([{"label": animal.label, "box": list(map(float, animal.box))} for animal in scene.animals])
    )
    hidden.rename(path)
