"""Trying again what failed."""

from django.db.models import Exists, OuterRef

from jobs.models import Job, JobQuerySet


def retry(jobs: JobQuerySet) -> int:
    """Failed and cancelled jobs wait again with all their attempts; how many. Of several on a subject, the latest."""
    later = Job.objects.filter(kind=OuterRef("kind"), subject=OuterRef("subject"), pk__gt=OuterRef("pk"))
    ended = jobs.filter(state__in=(Job.State.FAILED, Job.State.CANCELLED)).exclude(Exists(later))
    chosen = list(ended.values_list("pk", flat=True))
    return Job.objects.filter(pk__in=chosen).update(
        state=Job.State.NEW,
        attempt=0,
        token=None,
        queued_at=None,
        started_at=None,
        finished_at=None,
        next_try_at=None,
        failure="",
        failure_code="",
        failure_detail="",
    )
