"""Comparisons: every model and mode searches the same images, whose animals are known, and is held against these."""

import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from imaging.errors import UnreadableImageError
from inference.detect import loaded_model
from inference.engine import EngineError, SearchSettings, Window, load_card, search_image
from inference.engine.search import combine
from inference.engine.set_figures import Judge, KnownAnimals, SetFigures
from inference.evaluation_sets import EvaluationSet, all_labels, unpack
from inference.models import ComparedModel, Comparison, ModelVersion
from inference.pixels import BandedPixels, open_pixels
from inference.run_plan import is_classifier, modes_of
from inference.species import SpeciesMap, map_of, rules_of
from jobs.cancel import cancel
from jobs.enqueue import enqueue
from jobs.errors import JobFailedError
from jobs.models import Job
from surveys.activity import record
from surveys.files import original_path
from surveys.models import Image, Survey

KIND = "compare_model"
LEFT_OUT = -1  # the place of labels that the survey does not count
LOWEST_SCORE = 0.05  # average precision looks at boxes down to there, as the figures of cards do
TELL_EVERY_S = 0.5


class NoModelsError(Exception):
    """There is nothing to compare."""


def start_comparison(survey: Survey, known: EvaluationSet, actor: Any, *, iou: float) -> Comparison:
    """A job for each model and mode. Raises NoModelsError."""
    ways = ways_to_search()
    if not ways:
        raise NoModelsError(_("No model that finds boxes is registered: there is nothing to compare."))
    with transaction.atomic():
        comparison = Comparison.objects.create(
            survey=survey,
            source=known.source[:200],
            known=known.packed(),
            iou=iou,
            n_images=len(known.rows),
            n_animals=sum(not row[5] for rows in known.rows.values() for row in rows),
            labels=known.labels,
            left_out={name: n for name, n in known.left_out.items() if n},
            created_by=actor,
        )
        for version, mode in ways:
            row = ComparedModel.objects.create(comparison=comparison, model_version=version, mode=mode)
            enqueue(KIND, row.pk, group=survey.pk)
        record(survey, actor, "comparison_started", comparison.source)
    return comparison


def ways_to_search() -> list[tuple[ModelVersion, str]]:
    """Every model that finds boxes and is not retired, in each mode that it has."""
    return [
        (version, mode)
        for version in ModelVersion.objects.available()
        if not is_classifier(version)
        for mode in modes_of(version)
    ]


def retry_failed(comparison: Comparison) -> int:
    """How many of its models are tried again."""
    with transaction.atomic():
        failed = list(comparison.compared.filter(state=ComparedModel.State.FAILED).select_for_update())
        for row in failed:
            ComparedModel.objects.filter(pk=row.pk).update(state=ComparedModel.State.WAITING, failure="", report={})
            enqueue(KIND, row.pk, group=comparison.survey_id)
    return len(failed)


def cancel_comparison(comparison: Comparison) -> int:
    """How many of its models search no further; tried again, they begin anew."""
    with transaction.atomic():
        waiting = comparison.compared.filter(state=ComparedModel.State.WAITING).select_for_update()
        stopped = list(waiting.values_list("pk", flat=True))
        said = {"state": ComparedModel.State.FAILED, "failure": _("Stopped before it was done."), "report": {}}
        comparison.compared.filter(pk__in=stopped).update(**said)
    # In a transaction of its own: a worker that finishes holds its job and waits for the row.
    cancel(Job.objects.filter(kind=KIND, subject__in=stopped))
    return len(stopped)


def compare_model(job: Any) -> None:
    """Handler of `compare_model`: the subject is a ComparedModel."""
    waiting = ComparedModel.objects.filter(state=ComparedModel.State.WAITING)
    row = waiting.select_related("comparison", "model_version").filter(pk=job.subject).first()
    if row is None:
        return
    try:
        told = _Comparing(row, job).run()
    except (UnreadableImageError, EngineError) as error:
        raise JobFailedError(str(error)) from error
    with job.finish():
        mine = ComparedModel.objects.filter(pk=row.pk, state=ComparedModel.State.WAITING)
        mine.update(state=ComparedModel.State.DONE, failure="", done_at=timezone.now(), **told)


def failed(job: Any) -> None:
    """The job ended `failed`. Called in the transaction of that fact."""
    waiting = ComparedModel.objects.filter(pk=job.subject, state=ComparedModel.State.WAITING)
    waiting.update(state=ComparedModel.State.FAILED, failure=job.failure)


def figures_of(row: ComparedModel) -> SetFigures:
    """Of one that is done."""
    return SetFigures.from_json(row.report)


def done_at_of(row: ComparedModel, n_images: int, now: datetime) -> datetime | None:
    """When a model under way will be done, at its pace so far."""
    n_done, began_at = row.report.get("n_done", 0), row.report.get("began_at")
    if not n_done or not began_at:
        return None
    an_image = (now - datetime.fromisoformat(began_at)) / n_done
    return now + an_image * max(0, n_images - n_done)


class _Comparing:
    """One model being held against the known animals."""

    def __init__(self, row: ComparedModel, job: Any) -> None:
        self.row, self.job = row, job
        card = load_card(row.model_version.folder)
        lowest = min(LOWEST_SCORE, card.score_threshold)
        self.model = loaded_model(row.model_version_id, lowest, settings.DEVICE, row.mode)
        self.rule = SearchSettings.from_card(card)  # as a search would keep them
        # As the survey counts: two labels may be one species there, and what it leaves out is in no count.
        self.species = map_of(card.labels, rules_of(row.comparison.survey_id, row.model_version.name))
        words = known_as(self.species)
        labels = all_labels([words.get(name.casefold(), name) for name in row.comparison.labels], self.species.labels)
        self.own_labels = [_place(self.species.of(label), labels) for label in self.model.detector.labels]
        self.known = unpack(row.comparison.known, labels, words)
        self.judge = Judge(labels, iou=row.comparison.iou)
        self.read_s = self.search_s = self.detector_s = 0.0
        self._n_done, self._began_at, self._told_at = 0, timezone.now(), float("-inf")

    def run(self) -> dict[str, Any]:
        """The columns of the row."""
        images = Image.objects.filter(pk__in=self.known, trashed_at=None).order_by("pk")
        for image_id in list(images.values_list("pk", flat=True)):
            self._look(image_id, self.known[image_id])
            self._n_done += 1
        if not self._n_done:
            raise JobFailedError(_("None of the images of this comparison is in the survey any more."))
        seconds = {"read_s": self.read_s, "search_s": self.search_s, "detector_s": self.detector_s}
        facts = {"threshold": self.rule.score_threshold, "species": self.species.said}
        report = self.judge.figures.as_json() | seconds | facts
        return {"report": report, "device": self.model.device, "engine": self.model.engine}

    def _look(self, image_id: Any, known: KnownAnimals) -> None:
        began = time.perf_counter()
        pixels = open_pixels(original_path(image_id), self.model.settings, max_pixels=settings.IMAGE_MAX_PIXELS)
        read = time.perf_counter()
        self._warm_up(pixels)
        started = time.perf_counter()
        found = search_image(pixels, self.model.detector, self.model.settings, on_batch=self._tell)
        self.read_s += read - began
        self.search_s += time.perf_counter() - started
        self.detector_s += found.detector_seconds
        size = pixels.shape[1], pixels.shape[0]
        kept = combine(found.patch_boxes, found.patches, self.rule, size)
        self.judge.add(self._named(kept), self._named(found.boxes), known)

    def _warm_up(self, pixels: Any) -> None:
        """The first call of a network is slower than all that follow. Of a mosaic nothing is read ahead."""
        if not self._n_done and not isinstance(pixels, BandedPixels):
            first = self.rule.plan.patches(pixels.shape[1], pixels.shape[0])[: self.rule.batch]
            self.model.detector.detect([Window(pixels, patch) for patch in first])

    def _named(self, boxes: Any) -> Any:
        named = boxes.relabelled(self.own_labels)
        return named.take(named.label != LEFT_OUT)

    def _tell(self, *_patches: int) -> None:
        """How far it is; at most twice a second. Ends the work where somebody else has the job."""
        if time.monotonic() - self._told_at < TELL_EVERY_S:
            return
        self.job.check_held()
        report = {"n_done": self._n_done, "began_at": self._began_at.isoformat()}
        ComparedModel.objects.filter(pk=self.row.pk).update(report=report)
        self._told_at = time.monotonic()


def known_as(species: SpeciesMap) -> dict[str, str]:
    """Who drew the known animals may have called them by labels of the model: in small letters those that are no
    species of the survey, and the species that they are."""
    taken = {name.casefold() for name in species.labels}
    named = ((label.casefold(), species.of(label)) for label in species.model_labels)
    return {label: name for label, name in named if name is not None and label not in taken}


def _place(label: str | None, labels: list[str]) -> int:
    return LEFT_OUT if label is None else [known.casefold() for known in labels].index(label.casefold())
