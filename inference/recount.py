"""Rewriting the counters of a model's searches from its detections, when a survey says that labels are other species.

Whoever writes results reads the rules while it holds the survey (inference.detect.record). So what is written after the
rules changed goes by the new ones, and what was written before is here for the rewriting: no image keeps old counters.
Any batch may be rewritten twice.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from uuid_utils.compat import uuid7

from inference.models import Detection, ResultSet, Run
from inference.runs import lock_survey
from inference.species import COUNTED, SpeciesMap, species_map
from jobs.enqueue import enqueue
from jobs.models import Job
from jobs.registry import get_kind
from surveys.models import Image, ImageLabel, Survey

KIND = "recount_labels"
BATCH = 500  # images with detections: writers of results wait for so many
JUDGED = ("confirmed", "rejected", "matched", "suppressed")  # what review writes into Detection.verdict and is counted
AT_ONCE = 20_000  # detections that are counted while the person waits
Span = tuple[UUID, UUID]  # the first and the last of some images


def recount(survey: Survey, model_name: str) -> None:
    """Inside the transaction that changed the rules and holds the survey. What takes long becomes a job of its own:
    another one under way may have passed images that this change is about."""
    runs = _runs(survey.pk, model_name)
    found = _with_boxes(ResultSet.objects.filter(run__in=runs)).order_by()
    numbers = list(found.values_list("n_detections", flat=True)[: BATCH + 1])
    if len(numbers) > BATCH or sum(numbers) > AT_ONCE:
        enqueue(KIND, uuid7(), group=survey.pk, payload={"model": model_name})
        return
    for run in runs:
        recount_next(run, None)


def recount_labels(job: Any) -> None:
    """Handler of `recount_labels`: the group is the survey, the payload names the model."""
    runs = _runs(job.group, job.payload["model"])
    n_images, n_done = _with_boxes(ResultSet.objects.filter(run__in=runs)).count(), 0
    for run in runs:
        for n in _recount_all(run):
            n_done += n
            told = job.payload | {"n_done": n_done, "n_images": n_images}
            Job.objects.held_by(job).update(payload=told)
            job.check_held()


def pending_recount(survey: Survey, *, is_live: bool = False) -> Job | None:
    """The rewriting that is not done, so that some counters are old and some new; `is_live`: and will be done."""
    jobs = Job.objects.filter(group=survey.pk, queue=get_kind(KIND).queue, kind=KIND)
    live = jobs.live().order_by("-id").first()
    return live if live or is_live else _failed(jobs)


def _failed(jobs: QuerySet[Job]) -> Job | None:
    """One that failed, and that no later one of its model has made good."""
    if not jobs.filter(state=Job.State.FAILED).exists():
        return None
    last = {job.payload.get("model"): job for job in jobs.exclude(state=Job.State.CANCELLED).order_by("id")}
    return next((job for job in last.values() if job.state == Job.State.FAILED), None)


def recount_next(run: Run, after: UUID | None) -> list[UUID]:
    """Rewrites the counters of the run's next images, inside a transaction that holds the survey; which ones."""
    results = _with_boxes(run.result_sets).order_by("image_id")
    if after is not None:
        results = results.filter(image__gt=after)
    images = list(results.values_list("image_id", flat=True)[:BATCH])
    if images:
        _rewrite(run, (images[0], images[-1]))
    return images


def _recount_all(run: Run) -> Iterator[int]:
    after = None
    while True:
        with transaction.atomic():
            lock_survey(run.survey_id)
            images = recount_next(run, after)
        if not images:
            return
        after = images[-1]
        yield len(images)


def _runs(survey_id: UUID | None, model_name: str) -> list[Run]:
    """The survey's searches by the model, the latest first: people look at that one."""
    runs = Run.objects.filter(survey=survey_id, model_version__name=model_name)
    return list(runs.select_related("model_version").order_by("-id"))


def _with_boxes(results: QuerySet[ResultSet]) -> QuerySet[ResultSet]:
    return results.filter(state=ResultSet.State.SEARCHED, n_detections__gt=0)


def _rewrite(run: Run, span: Span) -> None:
    counters, dropped = _counted(run, span, species_map(run))
    labels = ImageLabel.objects.filter(image__id__range=span, run=run.pk)
    labels.filter(n_detections__gt=0).delete()
    # Labels that only people gave are no model's; they stay, and join the species of the same name.
    for given in labels.filter(n_detections=0):
        if (same := counters.get((given.image_id, given.label))) is not None:
            for word in JUDGED:
                setattr(same, f"n_{word}", getattr(same, f"n_{word}") + getattr(given, f"n_{word}"))
            given.delete()
    ImageLabel.objects.bulk_create(counters.values(), batch_size=1000)
    _write_dropped(ResultSet.objects.filter(image__id__range=span, run=run), dropped)
    _write_images(run, span)


def _counted(
    run: Run, span: Span, species: SpeciesMap
) -> tuple[dict[tuple[UUID, str], ImageLabel], dict[int, list[UUID]]]:
    """The counters of the images of a span, and by how many boxes are left out, the images of which they are."""
    counters: dict[tuple[UUID, str], ImageLabel] = {}
    n_dropped: dict[UUID, int] = {}
    for row in _sums(run, span):
        name = species.of(row["label"])
        if name is None:
            n_dropped[row["image"]] = n_dropped.get(row["image"], 0) + row["n"]
            continue
        key = (row["image"], name)
        counter = counters.setdefault(key, ImageLabel(image_id=key[0], run=run.pk, label=name, max_score=0.0))
        counter.n_detections += row["n"]
        for word in JUDGED:
            setattr(counter, f"n_{word}", getattr(counter, f"n_{word}") + row[word])
        counter.max_score = max(counter.max_score or 0.0, row["best"])
    dropped: dict[int, list[UUID]] = {}
    for image, n in n_dropped.items():
        dropped.setdefault(n, []).append(image)
    return counters, dropped


def _sums(run: Run, span: Span) -> Any:
    judged = {word: Count("pk", filter=Q(verdict=word)) for word in JUDGED}
    rows = Detection.objects.filter(image__id__range=span, run=run).order_by().values("image", "label")
    return rows.annotate(n=Count("pk"), best=Max("score"), **judged)


def _write_dropped(results: QuerySet[ResultSet], dropped: dict[int, list[UUID]]) -> None:
    results.exclude(n_dropped=0).update(n_dropped=0)
    for n, images in dropped.items():
        results.filter(image__in=images).update(n_dropped=n)


def _write_images(run: Run, span: Span) -> None:
    """The columns of lists, where these speak of the run."""
    result = ResultSet.objects.filter(run=run, image=OuterRef("pk"), state=ResultSet.State.SEARCHED)
    images = Image.objects.filter(survey=run.survey_id, survey__current_run=run.pk, pk__range=span)
    images.filter(search_state=Image.Search.SEARCHED).update(n_detections=Subquery(result.values(counted=COUNTED)[:1]))
