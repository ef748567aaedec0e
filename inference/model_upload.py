"""A model that an administrator uploads, kept until a worker has tried it (inference/registration.py).

The web process imports no library of a network, so the trial load is a job, and converting a Detectron2 checkpoint with
it. The job row is all there is of an upload: its payload says what was told besides, its failure code which field of
the form the failure is about.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404
from uuid_utils.compat import uuid7

from inference.access import require_administrator
from inference.models import ModelVersion
from inference.posted import forget, take_in
from jobs.enqueue import enqueue
from jobs.models import Job
from surveys.files import posted_path

KIND = "register_model"
PRIORITY = 10  # before the thousands of images of a search: somebody waits
FOLDER, DETECTRON2 = "folder", "detectron2"
ARCHIVE_FILE = "folder.zip"


def ask_for_registration(
    actor: Any, kind: str, files: Mapping[str, UploadedFile], *, facts: Mapping[str, Any], typed: Mapping[str, Any]
) -> Job:
    """`files` by the names that the job knows, `facts` what it needs besides, `typed` what stood in the form."""
    upload_id = uuid7()
    names = sorted(str(file.name) for file in files.values())
    folder = posted_path(upload_id)
    folder.mkdir()
    try:
        for name, file in files.items():
            take_in(file, folder / name)
        payload = {"kind": kind, "actor": actor.pk, "names": names, "facts": facts, "typed": typed}
        with transaction.atomic():
            return enqueue("register_model", upload_id, payload=payload, priority=PRIORITY)
    except BaseException:
        forget(upload_id)
        raise


def get_upload_for(principal: Any, upload_id: UUID) -> Job:
    """The job of an upload, for administrators."""
    require_administrator(principal)
    job = Job.objects.filter(kind=KIND, subject=upload_id).order_by("-id").first()
    if job is None:
        raise Http404
    return job


def version_of(job: Job) -> ModelVersion | None:
    """What became of an upload that is done."""
    return ModelVersion.objects.filter(pk=job.payload.get("version")).first() if job.payload.get("version") else None
