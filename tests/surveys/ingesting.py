"""An uploaded image and its job, without a queue."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from django.utils import timezone

from jobs.errors import JobFailedError
from jobs.models import Job
from surveys.files import original_path
from surveys.ingest import failed, ingest
from surveys.models import Image, Survey, Upload
from tests.factories.surveys import make_image


def make_uploaded(survey: Survey, content: bytes | Path, **fields: Any) -> Image:
    """An image as it is when its last byte has arrived."""
    data = content.read_bytes() if isinstance(content, Path) else content
    image = make_image(
        survey=survey,
        size_bytes=len(data),
        ingest_state="waiting",
        sha256="",
        media_type="",
        width=None,
        height=None,
        **{"file_name": content.name if isinstance(content, Path) else "a.jpg", **fields},
    )
    original_path(image.pk).write_bytes(data)
    Upload.objects.create(
        id=image.pk,
        survey=survey,
        owner=survey.created_by,
        file_name=image.file_name,
        size_bytes=len(data),
        state="received",
        image=image,
        expires_at=timezone.now(),
    )
    return image


def running_job(image: Image) -> Job:
    return Job.objects.create(
        kind="ingest",
        queue="io",
        subject=image.pk,
        state="running",
        token=uuid4(),
        attempt=1,
        started_at=timezone.now(),
        lease_until=timezone.now(),
    )


def run_ingest(image: Image) -> Image | None:
    """What the queue would do with it; the image afterwards, None where it is gone."""
    job = running_job(image)
    try:
        ingest(job)
    except JobFailedError as error:
        Job.objects.filter(pk=job.pk).update(state="failed")
        job.failure, job.failure_code = str(error), error.code
        failed(job)
    return Image.objects.filter(pk=image.pk).first()
