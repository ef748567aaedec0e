"""A file's way in: opened, received, complete or ended. What arrived lies in a part file (surveys.tus_part)."""

import math
import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from surveys.access import get_survey_for
from surveys.files import original_path, part_path, store
from surveys.models import Image, Role, Survey, Upload
from surveys.signals import image_uploaded
from surveys.tus_headers import Metadata
from surveys.tus_part import (
    HeldError,
    Hold,
    NoPartError,
    WrongOffsetError,
    create_part,
    hold_path,
    part_size,
    remove_part,
)

TIFF_ENDINGS = (".tif", ".tiff")
LEFT_OVER_AFTER = timedelta(hours=24)


class UploadError(Exception):
    """An upload that cannot be. Its text is for the sender."""


class TooLargeError(UploadError):
    pass


class DiskFullError(UploadError):
    pass


class DuplicateError(UploadError):
    """The survey already holds this very file."""

    def __init__(self, image: Image) -> None:
        super().__init__(_("Already in this survey as %(name)s.") % {"name": image.file_name})
        self.image_id = image.pk


def open_upload(owner: Any, survey: Survey, metadata: Metadata, size: int, *, now: datetime) -> Upload:
    """Room is made for a file of `size` bytes. Raises UploadError where it cannot or need not come in."""
    check_size(metadata.file_name, size)
    if image := find_same(survey, metadata.sha256):
        raise DuplicateError(image)
    check_room(size)
    upload = Upload.objects.create(
        survey=survey,
        owner=owner,
        file_name=metadata.file_name,
        path=metadata.path,
        size_bytes=size,
        claimed_sha256=metadata.sha256,
        held_at=now,
        expires_at=now + timedelta(days=settings.UPLOAD_EXPIRY_DAYS),
    )
    create_part(upload.pk)
    return upload


def check_size(file_name: str, size: int) -> None:
    is_tiff = file_name.lower().endswith(TIFF_ENDINGS)
    limit = settings.UPLOAD_MAX_TIFF_BYTES if is_tiff else settings.UPLOAD_MAX_IMAGE_BYTES
    if size > limit:
        kind = _("A TIFF") if is_tiff else _("An image")
        raise TooLargeError(
            _("%(kind)s may have at most %(limit)s; this file has %(size)s.")
            % {"kind": kind, "limit": filesizeformat(limit), "size": filesizeformat(size)}
        )


def check_room(size: int) -> None:
    if shutil.disk_usage(store()).free - size < settings.DISK_FLOOR_BYTES:
        raise disk_full()


def disk_full() -> DiskFullError:
    return DiskFullError(
        _(
            "The server's disk is full. Ask the person who runs the server to make room; "
            "then the upload goes on where it stopped."
        )
    )


def find_same(survey: Survey, sha256: str) -> Image | None:
    """The image of this survey that holds the same bytes, or will once it was read."""
    if not sha256:
        return None
    images = Image.objects.filter(survey=survey, trashed_at=None)
    # Excluding the empty hash as the constraint does lets the database use the constraint's index.
    read = images.exclude(sha256="").filter(sha256=sha256)
    waiting = images.filter(ingest_state=Image.Ingest.WAITING, claimed_sha256=sha256)
    # Not first(), which orders: SQLite would go through the whole survey in that order, for every file sent.
    return read.first() or next(iter(waiting[:1]), None)


def note_arrival(upload: Upload, *, now: datetime) -> None:
    """For lists and progress pages; where an upload stands, and who may write to it, is beside its part file."""
    Upload.objects.filter(pk=upload.pk).update(held_at=now)


def offset_of(upload: Upload) -> int:
    """How many bytes are here."""
    if upload.state != Upload.State.RECEIVING:
        return upload.size_bytes
    size = part_size(upload.pk)
    if size is None:  # the process ended between storing the file and writing that down
        return upload.size_bytes if is_stored(upload) else 0
    return size


def is_stored(upload: Upload) -> bool:
    """All its bytes are in their place, whether or not that is written down yet."""
    return original_path(upload.pk).exists()


def finish_upload(upload: Upload, *, now: datetime) -> None:
    """All bytes are here: the file becomes an image. May run twice, also at once.

    The image takes the upload's id, so that a file stored by a process that then ended has a name that is known.
    Raises Http404 or PermissionDenied where the owner may add no images any more.
    """
    survey = get_survey_for(upload.owner, upload.survey.slug, at_least=Role.ANALYST)
    _store(upload.pk)
    with transaction.atomic():
        receiving = Upload.objects.filter(pk=upload.pk, state=Upload.State.RECEIVING)
        if not receiving.update(state=Upload.State.RECEIVED, finished_at=now):
            return
        image = Image.objects.create(
            id=upload.pk,
            survey=survey,
            uploaded_by=upload.owner,
            file_name=upload.file_name,
            path=upload.path,
            size_bytes=upload.size_bytes,
            claimed_sha256=upload.claimed_sha256,
        )
        Upload.objects.filter(pk=upload.pk).update(image=image)
        image_uploaded.send(sender=Image, image=image)


def finish_if_left(upload: Upload, *, now: datetime) -> None:
    """Finishes an upload that is all here, but whose process ended before it was written down.

    Not while a request still holds it: that may find its checksum wrong and take its bytes back.
    """
    if upload.state != Upload.State.RECEIVING or offset_of(upload) != upload.size_bytes:
        return
    try:
        with Hold.take(upload.pk, upload.size_bytes, patience_s=settings.UPLOAD_TAKEOVER_S) as hold:
            hold.sync()  # the process may have ended before it did
            finish_upload(upload, now=now)
    except NoPartError:
        finish_upload(upload, now=now)
    except (HeldError, WrongOffsetError):
        return


def _store(upload_id: UUID) -> None:
    original = original_path(upload_id)
    try:
        part_path(upload_id).rename(original)
    except FileNotFoundError:
        if not original.exists():  # ended meanwhile
            raise NoPartError from None
    _sync_folder(original.parent)
    hold_path(upload_id).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def end_upload(upload: Upload, *, now: datetime) -> bool:
    """Gives an unfinished upload up and frees its room. False where it was no longer under way."""
    receiving = Upload.objects.filter(pk=upload.pk, state=Upload.State.RECEIVING)
    if not receiving.update(state=Upload.State.ENDED, finished_at=now):
        return False
    remove_part(upload.pk)
    if not Image.objects.filter(pk=upload.pk).exists():
        original_path(upload.pk).unlink(missing_ok=True)
    return True


def remove_expired(now: datetime) -> int:
    """Ends what has expired, finishes what is all here but was never written down, and collects parts nobody knows."""
    receiving = Upload.objects.filter(state=Upload.State.RECEIVING)
    left_over = receiving.filter(created_at__lte=now - LEFT_OVER_AFTER, expires_at__gt=now)
    for upload in left_over.select_related("owner", "survey"):
        _finish_or_end(upload, now)
    ended = sum(end_upload(upload, now=now) for upload in receiving.filter(expires_at__lte=now))
    for upload_id in _unknown_parts(now):
        remove_part(upload_id)
    return ended


def _finish_or_end(upload: Upload, now: datetime) -> None:
    try:
        finish_if_left(upload, now=now)
    except (Http404, PermissionDenied):
        end_upload(upload, now=now)


def _unknown_parts(now: datetime) -> Iterator[UUID]:
    before = (now - LEFT_OVER_AFTER).timestamp()
    paths = (store() / "parts").glob("*/*")
    old = {UUID(path.stem) for path in paths if _modified(path) < before}
    known = Upload.objects.filter(state=Upload.State.RECEIVING)
    return (upload_id for upload_id in old if not known.filter(pk=upload_id).exists())


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # completed or ended this moment
        return math.inf
