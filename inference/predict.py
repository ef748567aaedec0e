"""One posted image through one model, answered at once; nothing of it is kept.

The web process imports no library of a network: a worker computes, before everything else that waits, and the request
waits for its answer, for a while.
"""

import os
import time
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from imaging.errors import UnreadableImageError
from inference.detect import MAX_DETECTIONS, LoadedModel, loaded_model
from inference.engine import EngineError, SearchResult, search_image
from inference.models import ModelVersion
from inference.pixels import open_pixels
from inference.posted import forget, take_in
from jobs.at_work import is_worked_on
from jobs.enqueue import enqueue
from jobs.errors import JobFailedError
from jobs.models import Job
from surveys.files import answer_path, posted_path

KIND = "predict"
PRIORITY = 20
PATIENCE_S = 60.0
MOST_WAITING = 8  # requests at once: each keeps a thread of the web process
MOST_OF_ONE = 3  # of these, of one person: they go before all searches
MOST_BYTES = 64 * 2**20
LOOK_EVERY_S = (0.05, 0.5)  # at first and in the end
UNREADABLE = "image"  # Job.failure_code


class NoAnswerError(Exception):
    """Nobody answered, or the model cannot. The text says why and what to do."""


class TooSlowError(NoAnswerError):
    """The answer did not come within the time that a request may wait."""


class BadImageError(Exception):
    """The posted file is no image that can be read; the text says why."""


def predict(version: ModelVersion, image: UploadedFile, threshold: float | None, actor: Any) -> dict[str, Any]:
    """The worker's answer, as `answer` writes it. Raises NoAnswerError or BadImageError."""
    _check_somebody_is_free(actor)
    posted_id = uuid7()
    try:
        take_in(image, posted_path(posted_id))
        payload = {"model_version": str(version.pk), "threshold": threshold, "actor": actor.pk}
        _wait_for(enqueue("predict", posted_id, payload=payload, priority=PRIORITY))
        found: dict[str, Any] = orjson.loads(answer_path(posted_id).read_bytes())
        return found
    finally:
        Job.objects.filter(
            kind=KIND, subject=posted_id
        ).delete()  # a worker that is at it finds out between two batches
        forget(posted_id)


def _check_somebody_is_free(actor: Any) -> None:
    if not is_worked_on("detect", now=timezone.now()):
        raise NoAnswerError(_("No worker is running that could search the image. Ask whoever runs this server."))
    waiting = [
        payload.get("actor") for payload in Job.objects.live().filter(kind=KIND).values_list("payload", flat=True)
    ]
    if waiting.count(actor.pk) >= MOST_OF_ONE:
        raise NoAnswerError(_("Your other images wait for their answer already. Ask again once it has come."))
    if len(waiting) >= MOST_WAITING:
        raise NoAnswerError(_("Too many images wait for their answer already. Try again in a minute."))


def _wait_for(job: Job) -> None:
    until, pause = time.monotonic() + PATIENCE_S, LOOK_EVERY_S[0]
    while time.monotonic() < until:
        job.refresh_from_db(fields=["state", "failure", "failure_code"])
        if job.state == Job.State.DONE:
            return
        if job.state not in Job.LIVE:
            raise (BadImageError if job.failure_code == UNREADABLE else NoAnswerError)(job.failure)
        time.sleep(pause)
        pause = min(LOOK_EVERY_S[1], pause * 1.5)
    sentence = _(
        "The model did not answer within %(seconds)d seconds. Post a smaller image, or upload it to a survey and "
        "search it there."
    )
    raise TooSlowError(sentence % {"seconds": PATIENCE_S})


def answer(job: Job) -> None:
    """Handler of `predict`: the subject is a posted image."""
    model = _model(job)
    try:
        pixels = open_pixels(posted_path(job.subject), model.settings, max_pixels=settings.IMAGE_MAX_PIXELS)
    except UnreadableImageError as error:
        raise JobFailedError(str(error), UNREADABLE) from error
    try:
        found = search_image(pixels, model.detector, model.settings, on_batch=lambda *_patches: job.check_held())
    except EngineError as error:
        raise JobFailedError(str(error)) from error
    if len(found.boxes) > MAX_DETECTIONS:
        sentence = _("The model finds %(n)d boxes on this image, more than %(most)d: search with a higher model score.")
        raise JobFailedError(sentence % {"n": len(found.boxes), "most": MAX_DETECTIONS})
    height, width = pixels.shape[:2]
    _write(job.subject, {"width": width, "height": height, **_told(model, found)})
    with job.finish():
        pass


def _model(job: Job) -> LoadedModel:
    version = ModelVersion.objects.get(pk=job.payload["model_version"])
    threshold = job.payload["threshold"]
    lowest = version.card["score_threshold"] if threshold is None else threshold
    try:
        return loaded_model(version.pk, lowest, settings.DEVICE)
    except EngineError as error:
        raise JobFailedError(str(error)) from error


def _told(model: LoadedModel, found: SearchResult) -> dict[str, Any]:
    labels = model.detector.labels
    names = ("left", "top", "right", "bottom", "score")
    rows = zip(*found.boxes.decimals, found.boxes.label.tolist(), strict=True)
    return {
        "threshold": model.settings.score_threshold,
        "device": model.device,
        "n_patches": len(found.patches),
        "seconds": round(found.detector_seconds, 3),
        "detections": [dict(zip(names, row, strict=True)) | {"label": labels[label]} for *row, label in rows],
    }


def _write(posted_id: UUID, content: dict[str, Any]) -> None:
    path = answer_path(posted_id)
    hidden = path.with_suffix(f".{os.getpid()}")
    hidden.write_bytes(orjson.dumps(content))
    hidden.rename(path)
