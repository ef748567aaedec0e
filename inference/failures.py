"""What failed or is stuck in a survey, with plain reasons, and trying it again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inference.models import ResultSet, Run
from inference.runs import DETECT, hold_survey
from jobs.models import Job, JobQuerySet
from jobs.retry import retry as retry_jobs
from surveys.activity import record
from surveys.models import Image, Survey, Upload

INGEST = "ingest"
KIND_WORDS = {
    INGEST: gettext_lazy("reading"),
    DETECT: gettext_lazy("searching"),
    "pyramid": gettext_lazy("preparing for deep zoom"),
    "start_run": gettext_lazy("starting a search"),
    "recount_labels": gettext_lazy("counting by species anew"),
    "count_scores": gettext_lazy("counting model scores"),
}
LONG_WAIT = timedelta(minutes=10)
LEASE_GRACE = timedelta(minutes=1)
N_STUCK = 20


@dataclass(frozen=True)
class Work:
    """One job as people see it: what was to be done with which image (None where it is about no single one)."""

    job: Job
    image: Image | None
    doing: str
    reason: str


def open_failures(survey: Survey) -> JobQuerySet:
    """Failed jobs that trying again could mend: not repeated since, not of the trash, not of a cancelled search."""
    later = Job.objects.filter(kind=OuterRef("kind"), subject=OuterRef("subject"), pk__gt=OuterRef("pk"))
    over = ResultSet.objects.filter(~Q(image__trashed_at=None) | ~Q(run__state=Run.State.ACTIVE), run__survey=survey)
    trashed = survey.images.exclude(trashed_at=None)
    failed = Job.objects.failed().filter(group=survey.pk).exclude(Exists(later))
    return failed.exclude(subject__in=over.values("pk")).exclude(subject__in=trashed.values("pk"))


def failed_work(found: Iterable[Job]) -> list[Work]:
    return _as_work({job: job.failure or _("It failed without saying why. Try again.") for job in found})


def stuck_work(survey: Survey, now: datetime) -> list[Work]:
    """The longest waiting of the jobs that should have moved on."""
    idle = Q(state__in=(Job.State.NEW, Job.State.QUEUED), created_at__lt=now - LONG_WAIT)
    lost = Q(state=Job.State.RUNNING, lease_until__lt=now - LEASE_GRACE)
    tried = Q(state=Job.State.NEW, attempt__gt=0)
    is_work_done = Job.objects.filter(finished_at__gt=now - LONG_WAIT).exists()
    wanted = lost | tried if is_work_done else lost | tried | idle
    found = Job.objects.filter(wanted, group=survey.pk).order_by("pk")[:N_STUCK]
    return _as_work({job: _stuck_reason(job, now) for job in found})


def _stuck_reason(job: Job, now: datetime) -> str:
    if job.state == Job.State.RUNNING:
        return _("Its worker has stopped answering. Another one takes over; if none does, ask the administrator.")
    if job.attempt:
        times = ngettext("Tried %(n)s time", "Tried %(n)s times", job.attempt) % {"n": job.attempt}
        return _("%(times)s; it will be tried again by itself.") % {"times": times}
    minutes = int((now - job.created_at).total_seconds() // 60)
    waits = _("Waiting for %(n)s minutes, and nothing was finished in the last ten") % {"n": minutes}
    return _("%(waits)s: no worker seems to run. Ask the administrator.") % {"waits": waits}


def _as_work(reasons: dict[Job, str]) -> list[Work]:
    images = _images_of([job.subject for job in reasons])
    return [
        Work(job, images.get(job.subject), str(KIND_WORDS.get(job.kind, job.kind.replace("_", " "))), reason)
        for job, reason in reasons.items()
    ]


def _images_of(subjects: list[UUID]) -> dict[UUID, Image]:
    """By the id of the image itself or of one of its result sets."""
    by_result = ResultSet.objects.filter(pk__in=subjects).select_related("image")
    return {**Image.objects.in_bulk(subjects), **{result.pk: result.image for result in by_result}}


def retry(survey: Survey, actor: Any, failures: JobQuerySet) -> int:
    """The failed jobs and what they are about wait again; returns how many."""
    with transaction.atomic():
        hold_survey(survey.pk)
        chosen = list(failures.values_list("pk", flat=True))
        failures = Job.objects.filter(pk__in=chosen)
        _wait_to_be_read(failures.filter(kind=INGEST))
        _wait_to_be_searched(survey, failures.filter(kind=DETECT))
        retried = retry_jobs(failures)
        if retried:
            words = ngettext("%(n)s step", "%(n)s steps", retried) % {"n": retried}
            record(survey, actor, "jobs_retried", words)
    return retried


def _wait_to_be_read(failures: JobQuerySet) -> None:
    images = Image.objects.filter(pk__in=failures.values("subject"), ingest_state=Image.Ingest.FAILED)
    Upload.objects.filter(image__in=images, state=Upload.State.REFUSED).update(state=Upload.State.RECEIVED, failure="")
    images.update(ingest_state=Image.Ingest.WAITING, failure="", failure_code="")


def _wait_to_be_searched(survey: Survey, failures: JobQuerySet) -> None:
    results = ResultSet.objects.filter(pk__in=failures.values("subject"), state=ResultSet.State.FAILED)
    of_current = results.filter(run=survey.current_run).values("image")
    Image.objects.filter(pk__in=of_current, search_state=Image.Search.FAILED).update(
        search_state=Image.Search.WAITING, failure="", failure_code=""
    )
    results.update(state=ResultSet.State.WAITING, failure="")
