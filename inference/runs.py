"""Searches: starting, following the uploads, making one the survey's current, cancelling, trying the failed ones again.

Which run is current, follows uploads or is cancelled changes only under the survey's row lock; who writes results of a
run holds that row against such a change (`hold_survey`). Without it an image could keep the columns of a former run.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Case, Exists, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from uuid_utils.compat import uuid7

from inference.models import ModelVersion, ResultSet, Run
from inference.run_plan import AS_USUAL, RunPlan, check_plan, searchable
from inference.signals import run_started
from inference.species import COUNTED
from jobs.cancel import cancel
from jobs.enqueue import enqueue_many
from jobs.models import Job, JobQuerySet
from surveys.activity import record
from surveys.models import Image, Survey

DETECT = "detect"
SEARCH_FAILED = "search_failed"  # Image.failure_code
BATCH = 2000


def start_run(
    survey: Survey,
    model_version: ModelVersion,
    actor: Any,
    *,
    threshold: float | None = None,
    plan: RunPlan = AS_USUAL,
) -> Run:
    """A new search. One of all images, and of those still to come, becomes the survey's current one; one of chosen
    images does so only where there is none: counts must not go blank for a trial. Raises PlanRefusedError."""
    check_plan(survey, model_version, plan)
    with transaction.atomic():
        locked = lock_survey(survey.pk)
        run = _new_run(survey, model_version, plan)
        run.threshold = model_version.card["score_threshold"] if threshold is None else threshold
        run.created_by = actor
        run.save(force_insert=True)
        _choose(run, plan.images or [])
        if run.does_take_all or locked.current_run is None:
            _take_over(locked, run)
        else:
            run_started.send(Run, run=run)
        record(survey, actor, "run_started", str(model_version))
    return run


def _new_run(survey: Survey, model_version: ModelVersion, plan: RunPlan) -> Run:
    run = Run(survey=survey, model_version=model_version, mode=plan.mode, does_take_all=plan.images is None)
    run.does_follow_uploads = False  # until the former one lets go
    if plan.pre_filter:
        run.screen = plan.pre_filter.model_version
        run.screen_threshold, run.random_share = plan.pre_filter.threshold, plan.pre_filter.random_share
    return run


def _choose(run: Run, images: Sequence[UUID]) -> None:
    """The images that a search is started with are those that it has a result set of."""
    rows = [ResultSet(id=uuid7(), run=run, image_id=image) for image in dict.fromkeys(images)]
    ResultSet.objects.bulk_create(rows, batch_size=BATCH)


def make_current(run: Run, actor: Any) -> None:
    """The lists, filters and counts of the survey now speak of this run; an active one also searches what it lacks,
    unless its images were chosen."""
    with transaction.atomic():
        survey = lock_survey(run.survey_id)
        run.refresh_from_db(fields=["state"])
        _take_over(survey, run)
        record(survey, actor, "run_made_current", str(run.model_version))


def cancel_run(run: Run, actor: Any) -> None:
    """Stops a search. What it found stays; what it did not reach is not searched, which is no zero."""
    with transaction.atomic():
        survey = lock_survey(run.survey_id)
        cancelled = Run.objects.filter(pk=run.pk, state=Run.State.ACTIVE).update(
            state=Run.State.CANCELLED, does_follow_uploads=False, cancelled_at=timezone.now()
        )
        if cancelled:
            run.result_sets.filter(state=ResultSet.State.WAITING).update(state=ResultSet.State.CANCELLED)
            _images_of(survey, run, Image.Search.WAITING).update(search_state=Image.Search.NONE)
            record(survey, actor, "run_cancelled", str(run.model_version))
    # In a transaction of its own: a worker that finishes holds its job and waits for the survey.
    cancel(_jobs_of(run.result_sets.filter(state=ResultSet.State.CANCELLED)))
    run.refresh_from_db()


def retry_failed(run: Run, actor: Any) -> int:
    """Searches the failed images of an active run again; returns how many."""
    with transaction.atomic():
        survey = lock_survey(run.survey_id)
        if not Run.objects.filter(pk=run.pk, state=Run.State.ACTIVE).exists():
            return 0
        failed = run.result_sets.filter(state=ResultSet.State.FAILED)
        again = list(failed.values_list("pk", flat=True))
        enqueue_many(DETECT, again, group=survey.pk)
        failed.update(state=ResultSet.State.WAITING, failure="")
        images = _images_of(survey, run, Image.Search.FAILED)
        images.update(search_state=Image.Search.WAITING, failure="", failure_code="")
        record(survey, actor, "run_retried", str(len(again)))
    return len(again)


def queue_images(job: Any) -> None:
    """Handler of `start_run`: every read image of the survey that the run lacks gets a result set and a job; of a run
    of chosen images every result set that waits gets a job."""
    run = Run.objects.get(pk=job.subject)
    for queue_next in _queue_all(run) if run.does_take_all else _queue_chosen(run):
        with transaction.atomic():
            hold_survey(run.survey_id)
            if not Run.objects.filter(pk=run.pk, state=Run.State.ACTIVE).exists():
                break
            queue_next()
    with job.finish():
        pass


def _queue_all(run: Run) -> Iterator[Callable[[], None]]:
    while images := _images_lacking(run):
        yield partial(_queue, run, images)


def _queue_chosen(run: Run) -> Iterator[Callable[[], None]]:
    waiting = run.result_sets.filter(state=ResultSet.State.WAITING).order_by("pk").values_list("pk", flat=True)
    batch = list(waiting[:BATCH])
    while batch:
        yield partial(enqueue_many, DETECT, batch, group=run.survey_id)
        batch = list(waiting.filter(pk__gt=batch[-1])[:BATCH])


def search_new_image(image: Image) -> None:
    """Receiver of image_ingested: the run that follows uploads, if any, takes the image in."""
    hold_survey(image.survey_id)
    run = Run.objects.filter(survey=image.survey_id, state=Run.State.ACTIVE, does_follow_uploads=True).first()
    if run is not None:
        _queue(run, [image.pk])


def hold_survey(survey_id: UUID) -> UUID | None:
    """The survey's current run, which nobody can change before this transaction ends."""
    rows = Survey.objects.filter(pk=survey_id).values_list("current_run", flat=True)
    if connection.vendor == "postgresql":
        # A shared lock: writers of results do not wait for one another, only for a change of the current run.
        sql, params = rows.query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} FOR SHARE", params)
            row = cursor.fetchone()
        return row[0] if row else None
    return rows.first()  # SQLite lets one transaction write at a time


def lock_survey(survey_id: UUID) -> Survey:
    """The survey, against every writer of results, until this transaction ends."""
    # no_key: who inserts rows that refer to the survey, and holds an image, must not wait for it.
    return Survey.objects.select_for_update(no_key=True).get(pk=survey_id)


def _take_over(survey: Survey, run: Run) -> None:
    _follow_uploads(run)
    Survey.objects.filter(pk=survey.pk).update(current_run=run.pk, current_model=str(run.model_version))
    _rewrite_images(run)
    if run.state == Run.State.ACTIVE:
        run_started.send(Run, run=run)


def _images_of(survey: Survey, run: Run, state: str) -> QuerySet[Image]:
    """The survey's images in this search state, if the run is the one that their columns speak of."""
    return Image.objects.filter(survey=survey, survey__current_run=run.pk, search_state=state)


def _follow_uploads(run: Run) -> None:
    Run.objects.filter(survey=run.survey_id, does_follow_uploads=True).update(does_follow_uploads=False)
    run.does_follow_uploads = run.state == Run.State.ACTIVE and run.does_take_all
    run.save(update_fields=["does_follow_uploads"])


def _rewrite_images(run: Run) -> None:
    """The search columns of all the survey's images, from the run's result sets: three statements in all."""
    # An image being read is left alone: whoever reads it holds it, and waits for the survey.
    images = Image.objects.filter(survey=run.survey_id, ingest_state=Image.Ingest.DONE)
    result = ResultSet.objects.filter(run=run, image=OuterRef("pk"))
    state = Case(When(state=ResultSet.State.CANCELLED, then=Value(Image.Search.NONE)), default=F("state"))
    images.update(
        search_state=Coalesce(Subquery(result.values(as_image=state)[:1]), Value(Image.Search.NONE)),
        n_detections=Subquery(result.values(counted=COUNTED)[:1]),
    )
    images.filter(failure_code=SEARCH_FAILED).update(failure="", failure_code="")
    images.filter(search_state=Image.Search.FAILED).update(
        failure=Subquery(result.values("failure")[:1]), failure_code=SEARCH_FAILED
    )


def _images_lacking(run: Run) -> list[UUID]:
    images = searchable(run.survey_id)
    has_one = ResultSet.objects.filter(run=run, image=OuterRef("pk"))
    return list(images.exclude(Exists(has_one)).order_by("pk").values_list("pk", flat=True)[:BATCH])


def _queue(run: Run, images: Sequence[UUID]) -> None:
    """Inside a transaction that holds the survey. Rows that another transaction made meanwhile keep their own jobs."""
    rows = [ResultSet(id=uuid7(), run=run, image_id=image) for image in images]
    ResultSet.objects.bulk_create(rows, ignore_conflicts=True)
    made = ResultSet.objects.filter(pk__in=[row.pk for row in rows])
    enqueue_many(DETECT, list(made.values_list("pk", flat=True)), group=run.survey_id)
    Image.objects.filter(pk__in=images, survey__current_run=run.pk, search_state=Image.Search.NONE).update(
        search_state=Image.Search.WAITING
    )


def _jobs_of(result_sets: QuerySet[ResultSet]) -> JobQuerySet:
    return Job.objects.filter(kind=DETECT, subject__in=result_sets.values("pk"))
