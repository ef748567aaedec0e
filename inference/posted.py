"""Files posted for a job: taken in on the disk of the store, handed to the job under its id, gone when it has ended."""

import os
import shutil
from datetime import datetime, timedelta
from tempfile import NamedTemporaryFile
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest
from django.utils import timezone

from jobs.models import Job
from surveys.files import answer_path, arriving_folder, models_on_trial, posted_files, posted_path
from surveys.uploads import DiskFullError, check_room

FORM_BYTES = 2**20  # what a form says besides its files
LEFT_AFTER = timedelta(hours=6)


class StoredUploadHandler(TemporaryFileUploadHandler):
    """Takes all files of a form onto the disk of the store. Refuses a form that is too large before its first byte."""

    def __init__(self, request: HttpRequest, most_bytes: int) -> None:
        super().__init__(request)
        self.most_bytes = most_bytes

    def handle_raw_input(self, _input: Any, _meta: Any, content_length: int, *_boundary: Any, **_encoding: Any) -> None:
        if content_length > self.most_bytes + FORM_BYTES:
            raise RequestDataTooBig("These files are larger than any that may be posted here.")
        try:
            check_room(content_length)
        except DiskFullError as error:
            raise RequestDataTooBig(str(error)) from error

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super(TemporaryFileUploadHandler, self).new_file(*args, **kwargs)
        self.file = _ArrivingFile(self.file_name, self.content_type, 0, self.charset, self.content_type_extra)


class _ArrivingFile(TemporaryUploadedFile):
    def __init__(self, name: Any, content_type: Any, size: Any, charset: Any, extra: Any) -> None:
        file = NamedTemporaryFile(suffix=".upload", dir=arriving_folder())  # noqa: SIM115
        UploadedFile.__init__(self, file, name, content_type, size, charset, extra)


def take_in(file: UploadedFile, target: Any) -> None:
    """Moves a posted file to its place, readable for workers."""
    file.flush()
    os.rename(file.temporary_file_path(), target)
    os.chmod(target, 0o644)


def forget(id: UUID) -> None:
    """All that was posted under this id, and what was answered to it."""
    answer_path(id).unlink(missing_ok=True)
    path = posted_path(id)
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def remove_left(_job: Job) -> None:
    """Handler of `tidy_posted`: what processes left that ended before they could remove it."""
    live = {str(subject) for subject in Job.objects.live().values_list("subject", flat=True)}
    for path in (*posted_files(), *models_on_trial()):
        if path.stem not in live and _is_old(path, timezone.now()):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _is_old(path: Any, now: datetime) -> bool:
    try:
        return bool(path.stat().st_mtime < (now - LEFT_AFTER).timestamp())
    except FileNotFoundError:
        return False
