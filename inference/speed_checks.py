"""Speed-up checks: both modes of a model look at the same patches of a survey, and what differs is kept."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from imaging.errors import UnreadableImageError
from inference.check_crops import Crop, cut_crops, most_telling
from inference.check_patches import ChosenPatches, choose_patches
from inference.detect import own_threads
from inference.engine import Boxes, Detector, EngineError, Patch, SearchSettings, Window, load_card, load_detector
from inference.engine.agreement import AgreementReport, agreement
from inference.models import CheckCrop, Mode, ModelVersion, Run, SpeedCheck
from inference.pixels import BandedPixels, open_pixels
from jobs.enqueue import enqueue
from jobs.errors import JobFailedError
from surveys.activity import record
from surveys.files import original_path
from surveys.models import Survey

KIND = "check_speed"
USUAL_PATCHES, MOST_PATCHES = 60, 200
FLOOR = 0.5  # of the threshold: boxes down to there are compared, to see which only slip under it
TELL_EVERY_S = 0.5
BATCH = 8


@dataclass
class _Mode:
    """One way of computing, and what it said so far."""

    detector: Detector
    seconds: float = 0.0
    found: list[Boxes] = field(default_factory=list)

    def look(self, windows: Sequence[Window]) -> list[Boxes]:
        if not self.found:
            self.detector.detect(windows[:1])  # the first call of a network is slower than all that follow
        began = time.perf_counter()
        found = self.detector.detect(windows)
        self.seconds += time.perf_counter() - began
        self.found += found
        return found

    @property
    def seconds_a_patch(self) -> float:
        return self.seconds / max(1, len(self.found))


def start_check(survey: Survey, version: ModelVersion, mode: str, actor: Any, n_patches: int) -> SpeedCheck:
    with transaction.atomic():
        check = SpeedCheck.objects.create(
            survey=survey, model_version=version, mode=mode, n_patches=n_patches, created_by=actor
        )
        enqueue(KIND, check.pk, group=survey.pk)
        record(survey, actor, "speed_check_started", f"{version}, {Mode(mode).label}")
    return check


def retry_check(check: SpeedCheck) -> bool:
    """A check that failed is made again; false where it did not fail."""
    with transaction.atomic():
        failed = SpeedCheck.objects.filter(pk=check.pk, state=SpeedCheck.State.FAILED, survey__isnull=False)
        is_mine = failed.update(state=SpeedCheck.State.WAITING, failure="", report={})
        if is_mine:
            enqueue(KIND, check.pk, group=check.survey_id)
    return bool(is_mine)


def check_speed(job: Any) -> None:
    """Handler of `check_speed`: the subject is a SpeedCheck."""
    waiting = SpeedCheck.objects.filter(state=SpeedCheck.State.WAITING, survey__isnull=False)
    check = waiting.select_related("survey", "model_version").filter(pk=job.subject).first()
    if check is None:
        return
    try:
        compared = _Comparison(check, job)
        compared.run()
    except (UnreadableImageError, EngineError) as error:
        raise JobFailedError(str(error)) from error
    with job.finish():
        _record(check, compared)


def failed(job: Any) -> None:
    """The job ended `failed`. Called in the transaction of that fact."""
    waiting = SpeedCheck.objects.filter(pk=job.subject, state=SpeedCheck.State.WAITING)
    waiting.update(state=SpeedCheck.State.FAILED, failure=job.failure)


def done_at_of(check: SpeedCheck, now: datetime) -> datetime | None:
    """When a check under way will be done, at its pace so far."""
    n_done, began_at = check.report.get("n_done", 0), check.report.get("began_at")
    if not n_done or not began_at:
        return None
    a_patch = (now - datetime.fromisoformat(began_at)) / n_done
    return now + a_patch * max(0, check.n_patches - n_done)


def report_of(check: SpeedCheck) -> AgreementReport:
    """Of a check that is done."""
    return AgreementReport.from_json(check.report)


def speed_checks_of(runs: Sequence[Run]) -> dict[UUID, UUID]:
    """Of the searches in another mode than the exact one: the latest check that is done of their mode; one query."""
    if all(run.mode == Mode.EXACT for run in runs):
        return {}
    done = SpeedCheck.objects.filter(state=SpeedCheck.State.DONE, survey__in={run.survey_id for run in runs})
    rows = done.order_by("id").values_list("survey_id", "model_version_id", "mode", "pk")
    latest = {tuple(of): check for *of, check in rows}
    of_runs = {run.pk: latest.get((run.survey_id, run.model_version_id, run.mode)) for run in runs}
    return {run: check for run, check in of_runs.items() if check}


class _Comparison:
    """One check being made."""

    def __init__(self, check: SpeedCheck, job: Any) -> None:
        self.check, self.job = check, job
        folder = check.model_version.folder
        card = load_card(folder)
        self.threshold, self.labels = card.score_threshold, card.labels
        self.rule = SearchSettings.from_card(card)
        self.exact, self.fast = (self._load(mode) for mode in (Mode.EXACT.value, check.mode))
        self.crops: list[Crop] = []
        self._told_at = float("-inf")
        self._began_at = timezone.now()

    def run(self) -> None:
        chance = random.Random(self.check.pk.int)  # noqa: S311
        chosen = choose_patches(self.check.survey, self.rule, self.check.n_patches, chance)
        if not chosen:
            raise JobFailedError(_("This survey has no image that could be read yet: upload some, then try again."))
        self._n_patches = sum(len(one.patches) for one in chosen)
        for one in chosen:
            self._look(one)

    @property
    def report(self) -> AgreementReport:
        return self._agreement(self.exact.found, self.fast.found)

    def _load(self, mode: str) -> _Mode:
        how = {"device": settings.DEVICE, "threads": own_threads(), "score_threshold": FLOOR * self.threshold}
        return _Mode(load_detector(self.check.model_version.folder, mode=mode, **how))

    def _look(self, one: ChosenPatches) -> None:
        pixels = open_pixels(original_path(one.image.pk), self.rule, max_pixels=settings.IMAGE_MAX_PIXELS)
        for start in range(0, len(one.patches), BATCH):
            windows = _windows(pixels, one.patches[start : start + BATCH])
            exact, fast = (mode.look(windows) for mode in (self.exact, self.fast))
            self.crops += cut_crops(self._agreement(exact, fast), one.image.pk, windows)
            self._tell()

    def _agreement(self, exact: Sequence[Boxes], fast: Sequence[Boxes]) -> AgreementReport:
        seconds = self.exact.seconds_a_patch, self.fast.seconds_a_patch
        return agreement(exact, fast, self.labels, threshold=self.threshold, seconds=seconds)

    def _tell(self) -> None:
        """How far it is; at most twice a second. Ends the work where somebody else has the job."""
        if time.monotonic() - self._told_at < TELL_EVERY_S:
            return
        self.job.check_held()
        report = {"n_done": len(self.exact.found), "began_at": self._began_at.isoformat()}
        SpeedCheck.objects.filter(pk=self.check.pk).update(report=report, n_patches=self._n_patches)
        self._told_at = time.monotonic()


def _windows(pixels: Any, patches: Sequence[Patch]) -> list[Window]:
    if not isinstance(pixels, BandedPixels):
        return [Window(pixels, patch) for patch in patches]
    # Of a mosaic some rows are in memory, once; each patch is looked at twice.
    copies = [np.array(pixels[patch.top : patch.bottom, patch.left : patch.right]) for patch in patches]
    return [Window(copy, Patch(0, 0, copy.shape[1], copy.shape[0])) for copy in copies]


def _record(check: SpeedCheck, compared: _Comparison) -> None:
    crops = most_telling(compared.crops)
    report = compared.report.as_json() | {"crops": [crop.facts for crop in crops]}
    fast = compared.fast.detector
    SpeedCheck.objects.filter(pk=check.pk, state=SpeedCheck.State.WAITING).update(
        state=SpeedCheck.State.DONE,
        report=report,
        n_patches=len(compared.exact.found),
        device=getattr(fast, "device", "cpu"),
        engine=getattr(fast, "engine", ""),
        failure="",
        done_at=timezone.now(),
    )
    CheckCrop.objects.filter(speed_check=check).delete()
    CheckCrop.objects.bulk_create(
        CheckCrop(speed_check=check, image_id=crop.image_id, number=number, jpeg=crop.jpeg)
        for number, crop in enumerate(crops)
    )
