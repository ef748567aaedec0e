"""The one Celery task, and its message: `{job_id}`, nothing else."""

from uuid import UUID

from celery import shared_task

from jobs import run
from jobs.models import Job
from jobs.registry import get_kind


@shared_task(name="jobs.run_job")
def run_job(job_id: str) -> None:
    run.run(UUID(job_id))


def publish(job: Job) -> None:
    limits = get_kind(job.kind).limits
    run_job.apply_async(
        kwargs={"job_id": str(job.pk)},
        queue=job.queue,
        soft_time_limit=limits.soft_s,
        time_limit=limits.hard_s,
        retry=False,
    )
