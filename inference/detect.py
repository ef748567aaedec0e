"""Searching one image for one run: decode once, find, make the pyramid of the same pixels, write everything at once."""

import logging
import os
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Case, F, TextField, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from imaging.errors import UnreadableImageError
from imaging.pyramid import write_pyramid
from inference.crop_sheets import write_sheet
from inference.engine import (
    Boxes,
    Detector,
    EngineError,
    SearchResult,
    SearchSettings,
    load_card,
    load_detector,
    search_image,
)
from inference.engine.screen import Screened
from inference.models import Detection, ModelVersion, PatchRecord, ResultSet, Run
from inference.patch_records import SaidOfPatches, pack
from inference.pixels import BandedPixels, open_pixels
from inference.refused_models import refused_once
from inference.runs import SEARCH_FAILED, hold_survey
from inference.screening import screening_of
from inference.signals import image_detected
from inference.species import SpeciesMap, species_map
from jobs.errors import JobFailedError
from surveys.files import crop_sheet_path, original_path, pyramid_path
from surveys.models import Image, ImageLabel

logger = logging.getLogger(__name__)
UNFINISHED = (ResultSet.State.WAITING, ResultSet.State.FAILED)
CHECK_EVERY_S = 0.5
FAILURE_COLUMNS = ("failure", "failure_code")
MAX_DETECTIONS = 20_000
MISSING = (Image.Pyramid.NONE, Image.Pyramid.FAILED)


@dataclass(frozen=True)
class LoadedModel:
    detector: Detector
    settings: SearchSettings

    @property
    def device(self) -> str:
        """Where it runs; a detector that does not say runs on the CPU."""
        return getattr(self.detector, "device", "cpu")

    @property
    def engine(self) -> str:
        """What computes it there; empty where the detector does not say."""
        return getattr(self.detector, "engine", "")


class _HeldCheck:
    """Between batches: ends a search that was cancelled or given to somebody else. At most twice a second."""

    def __init__(self, job: Any) -> None:
        self._job, self._checked_at = job, float("-inf")

    def __call__(self, *_patches: int) -> None:
        if time.monotonic() - self._checked_at > CHECK_EVERY_S:
            self._job.check_held()
            self._checked_at = time.monotonic()


@dataclass(frozen=True)
class Looked:
    """What one search of one image found and the ids that its boxes get, its patch record, whether it made the
    pyramid, and where and by what it was computed."""

    found: SearchResult
    ids: list[UUID]
    record: bytes
    has_pyramid: bool
    device: str
    engine: str


def detect(job: Any) -> None:
    """Handler of `detect`: the subject is a result set."""
    result_set = ResultSet.objects.select_related("run__model_version", "image").filter(pk=job.subject).first()
    if result_set is None or result_set.state not in UNFINISHED or result_set.run.state != Run.State.ACTIVE:
        with job.finish():
            return
    try:
        looked = _look(result_set, job)
    except (UnreadableImageError, EngineError) as error:
        raise JobFailedError(str(error)) from error
    with job.finish():
        record(result_set, looked)


def failed(job: Any) -> None:
    """The job ended `failed`: its image is not searched, and says why. Called in the transaction of that fact."""
    result_set = ResultSet.objects.select_related("run", "image").filter(pk=job.subject).first()
    if result_set is None:
        return
    is_current = hold_survey(result_set.run.survey_id) == result_set.run_id
    if (
        ResultSet.objects.filter(pk=result_set.pk, state__in=UNFINISHED).update(
            state=ResultSet.State.FAILED, failure=job.failure
        )
        and is_current
    ):
        Image.objects.filter(pk=result_set.image_id).update(
            search_state=Image.Search.FAILED, n_detections=None, failure=job.failure, failure_code=SEARCH_FAILED
        )


def record(result_set: ResultSet, looked: Looked) -> None:
    """Writes what one search of one image found; once, inside the transaction that ends its job."""
    run, boxes = result_set.run, looked.found.boxes
    is_current = hold_survey(run.survey_id) == run.pk
    if not _claim(result_set, looked):
        return
    labels, species = run.model_version.labels, species_map(run)
    PatchRecord.objects.create(result_set=result_set, content=looked.record)
    Detection.objects.bulk_create(_detections(result_set, looked, labels), batch_size=1000)
    counters = _label_counts(result_set, boxes, labels, species)
    ImageLabel.objects.bulk_create(counters)
    result_set.n_detections, n_counted = len(boxes), sum(counter.n_detections for counter in counters)
    if n_counted < len(boxes):
        ResultSet.objects.filter(pk=result_set.pk).update(n_dropped=len(boxes) - n_counted)
    columns = _image_columns(n_counted) if is_current else {}
    if looked.has_pyramid:
        columns["pyramid_state"] = result_set.image.pyramid_state = Image.Pyramid.READY
    if columns:
        Image.objects.filter(pk=result_set.image_id).update(**columns)
    image_detected.send(ResultSet, result_set=result_set)


def _look(result_set: ResultSet, job: Any) -> Looked:
    """Where animals are found, the pixels already decoded make the pyramid."""
    image, run = result_set.image, result_set.run
    model = loaded_model(run.model_version_id, run.threshold, settings.DEVICE, run.mode)
    pixels = open_pixels(original_path(image.pk), model.settings, max_pixels=settings.IMAGE_MAX_PIXELS)
    screening = screening_of(result_set, settings.DEVICE, own_threads())
    found = search_image(pixels, model.detector, model.settings, on_batch=_HeldCheck(job), screening=screening)
    is_mosaic = isinstance(pixels, BandedPixels)
    if not is_mosaic and len(found.boxes) > MAX_DETECTIONS:
        # A threshold near zero proposes everything everywhere; a survey of that would fill the database.
        sentence = _("The model finds %(n)d boxes on this image, more than %(most)d: search with a higher model score.")
        raise JobFailedError(sentence % {"n": len(found.boxes), "most": MAX_DETECTIONS})
    lacks_pyramid = image.pyramid_state in MISSING and not is_mosaic
    has_pyramid = bool(len(found.boxes)) and lacks_pyramid and _make_pyramid(image, pixels)
    ids = [uuid7() for _box in range(len(found.boxes))]
    if ids and not is_mosaic:
        _make_crops(result_set, pixels, found.boxes, ids)
    said = SaidOfPatches.of(found, (pixels.shape[1], pixels.shape[0]), model.settings.plan)
    return Looked(found, ids, pack(said), has_pyramid, model.device, model.engine)


def _make_pyramid(image: Image, pixels: Any) -> bool:
    try:
        write_pyramid(pixels, pyramid_path(image.pk))
    except OSError:
        # What was found must not be lost for it: the viewer makes the pyramid when somebody looks.
        logger.exception("The pyramid of image %s could not be written", image.pk)
        return False
    return True


def _make_crops(result_set: ResultSet, pixels: Any, boxes: Boxes, ids: list[UUID]) -> None:
    try:
        write_sheet(crop_sheet_path(result_set.image_id, result_set.run_id), pixels, boxes, ids)
    except OSError:
        logger.exception("The crops of image %s could not be written", result_set.image_id)  # cut when somebody looks


@lru_cache(maxsize=2)
def loaded_model(model_version_id: UUID, threshold: float, device: str, mode: str = "exact") -> LoadedModel:
    """The model, loaded once a worker process; two, so that a change of model does not load for every image."""
    folder = ModelVersion.objects.get(pk=model_version_id).folder
    with refused_once(folder, threshold, device, mode):
        detector = load_detector(folder, device=device, threads=own_threads(), score_threshold=threshold, mode=mode)
    return LoadedModel(detector, replace(SearchSettings.from_card(load_card(folder)), score_threshold=threshold))


def own_threads() -> int:
    """This process's share of the cores: a worker has as many processes as it says."""
    return max(1, len(os.sched_getaffinity(0)) // int(os.environ.get("KOPJE_CONCURRENCY", "1")))


def _claim(result_set: ResultSet, looked: Looked) -> bool:
    """Turns the unfinished result set into a searched one; false where somebody else did, or the run was cancelled."""
    return bool(
        ResultSet.objects.filter(pk=result_set.pk, state__in=UNFINISHED, run__state=Run.State.ACTIVE).update(
            state=ResultSet.State.SEARCHED,
            n_detections=len(looked.found.boxes),
            n_patches=len(looked.found.patches),
            detector_s=looked.found.detector_seconds,
            device=looked.device,
            engine=looked.engine,
            failure="",
            searched_at=timezone.now(),
            **_screen_columns(looked.found.screened),
        )
    )


def _screen_columns(screened: Screened | None) -> dict[str, Any]:
    """Blank where no pre-filter looked: then nothing was left out."""
    if screened is None:
        return {}
    counted = ("n_passed", "n_uncertain", "n_at_random", "n_lost", "lost_squared", "most_lost")
    return {"screen_s": screened.seconds, **{name: getattr(screened, name) for name in counted}}


def _image_columns(n_counted: int) -> dict[str, Any]:
    """What lists need; the sentence of a former failure goes, if it was one of the search."""
    kept = {
        name: Case(When(failure_code=SEARCH_FAILED, then=Value("")), default=F(name), output_field=TextField())
        for name in FAILURE_COLUMNS
    }
    return {"search_state": Image.Search.SEARCHED, "n_detections": n_counted, **kept}


def _detections(result_set: ResultSet, looked: Looked, labels: list[str]) -> list[Detection]:
    boxes = looked.found.boxes
    rows = zip(looked.ids, *boxes.decimals, boxes.label, strict=True)
    return [
        Detection(
            id=id,
            run_id=result_set.run_id,
            image_id=result_set.image_id,
            label=labels[label],
            score=min(score, 1.0),
            left=left,
            top=top,
            right=right,
            bottom=bottom,
        )
        for id, left, top, right, bottom, score, label in rows
    ]


def _label_counts(result_set: ResultSet, boxes: Boxes, labels: list[str], species: SpeciesMap) -> list[ImageLabel]:
    """A counter a species of this survey; none of what it leaves out."""
    scores_of: dict[str, list[float]] = {}
    for label, score in zip(boxes.label.tolist(), boxes.decimals[-1], strict=True):
        if (name := species.of(labels[label])) is not None:
            scores_of.setdefault(name, []).append(score)
    return [
        ImageLabel(
            image_id=result_set.image_id,
            run=result_set.run_id,
            label=name,
            n_detections=len(scores),
            max_score=min(max(scores), 1.0),
        )
        for name, scores in scores_of.items()
    ]
