"""A new image is read: all of it, once, before anybody relies on it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from imaging.errors import UnreadableImageError
from imaging.exif import Exif, read_exif
from imaging.header import Header, read_header
from imaging.preview import check_and_preview
from imaging.pyramid import is_shown_as_is
from jobs.errors import JobFailedError
from jobs.models import Job
from surveys.files import original_path, preview_path
from surveys.hashing import sha256_of
from surveys.models import Image, Upload
from surveys.signals import image_ingested
from surveys.transect_saving import follow_pattern


@dataclass(frozen=True)
class Facts:
    """What the file says about itself."""

    sha256: str
    header: Header
    exif: Exif
    is_shown_as_is: bool


def ingest(job: Job) -> None:
    """Reads the image of the job. JobFailedError says, for people, why it cannot be one."""
    image = Image.objects.select_related("survey").filter(pk=job.subject).first()
    if image is None or image.ingest_state == Image.Ingest.DONE:
        return
    try:
        facts = _read(image)
    except UnreadableImageError as error:
        raise JobFailedError(str(error), code=error.code) from error
    with job.finish():
        if _write(image, facts):
            follow_pattern(image)
            image_ingested.send(sender=Image, image=image)
        else:
            _end_as_duplicate(image, facts.sha256)


def _read(image: Image) -> Facts:
    path = original_path(image.pk)
    sha256 = sha256_of(path)
    if image.claimed_sha256 not in ("", sha256):
        raise JobFailedError(_("This file was damaged on its way here. Upload it again."), code="arrived_damaged")
    _check_size(image, read_header(path, max_pixels=settings.IMAGE_MAX_PIXELS))
    header = check_and_preview(path, preview_path(image.pk), max_pixels=settings.IMAGE_MAX_PIXELS)
    return Facts(sha256, header, read_exif(path), is_shown_as_is(path))


def _check_size(image: Image, header: Header) -> None:
    # At the door the file's name decided which limit holds; a name can say anything.
    if image.size_bytes > settings.UPLOAD_MAX_IMAGE_BYTES and not header.is_tiled:
        sentence = _("Only a tiled TIFF may have more than %(limit)s: save it as one, or cut it into parts.")
        raise JobFailedError(sentence % {"limit": filesizeformat(settings.UPLOAD_MAX_IMAGE_BYTES)}, code="too_large")


def _write(image: Image, facts: Facts) -> bool:
    """False where the survey holds the same bytes already. The database decides: two may be read at the same time."""
    columns = _columns(image, facts)
    for name, value in columns.items():
        setattr(image, name, value)
    try:
        with transaction.atomic():
            image.save(update_fields=list(columns))
    except IntegrityError:
        if not _holders_of(image, facts.sha256).exists():
            raise
        return False
    _uploads_of(image.pk).update(state=Upload.State.STORED, failure="")
    _remove_failed_copies(image)
    return True


def _columns(image: Image, facts: Facts) -> dict[str, Any]:
    header, exif = facts.header, facts.exif
    columns = {
        "ingest_state": Image.Ingest.DONE,
        "failure": "",
        "failure_code": "",
        "sha256": facts.sha256,
        "media_type": header.media_type,
        "extension": header.extension,
        "width": header.width,
        "height": header.height,
        "camera_model": camera_model_of(exif),
        "captured_at": captured_at(exif, image.survey.time_zone),
        "latitude": exif.latitude,
        "longitude": exif.longitude,
        "altitude_m": exif.altitude_m,
    }
    if facts.is_shown_as_is:
        columns["pyramid_state"] = Image.Pyramid.AS_IS
    return columns


def captured_at(exif: Exif, time_zone: str) -> datetime | None:
    """The camera's clock as an instant: with the offset that the file names, else in the survey's time zone."""
    if exif.captured_at is None:
        return None
    if exif.utc_offset_minutes is None:
        return exif.captured_at.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC)
    return exif.captured_at.replace(tzinfo=timezone(timedelta(minutes=exif.utc_offset_minutes))).astimezone(UTC)


def camera_model_of(exif: Exif) -> str:
    """Make, model and serial number; most models repeat the make."""
    make = "" if exif.camera_model.lower().startswith(exif.camera_make.lower()) else exif.camera_make
    return " ".join(filter(None, (make, exif.camera_model, exif.camera_serial)))[:120]


def _holders_of(image: Image, sha256: str) -> Any:
    return Image.objects.filter(survey=image.survey, sha256=sha256, trashed_at=None).exclude(pk=image.pk)


def _uploads_of(image_id: UUID) -> Any:
    return Upload.objects.filter(image=image_id)


def _end_as_duplicate(image: Image, sha256: str) -> None:
    """The upload points at the image that was here first."""
    _uploads_of(image.pk).update(state=Upload.State.DUPLICATE, image=_holders_of(image, sha256).first(), failure="")
    _remove(image.pk)


def _remove_failed_copies(image: Image) -> None:
    """Earlier sendings of the same file that arrived damaged have no further use."""
    failed_copies = Image.objects.filter(
        survey=image.survey, ingest_state=Image.Ingest.FAILED, claimed_sha256=image.sha256
    )
    for image_id in failed_copies.values_list("pk", flat=True):
        _remove(image_id)


def _remove(image_id: UUID) -> None:
    """The row, and once that is certain its files."""
    Image.objects.filter(pk=image_id).delete()
    paths = [original_path(image_id), preview_path(image_id)]
    transaction.on_commit(lambda: [path.unlink(missing_ok=True) for path in paths])


def failed(job: Job) -> None:
    """The job has ended without success: so says its image. In the job's transaction."""
    unread = Image.objects.filter(pk=job.subject).exclude(ingest_state=Image.Ingest.DONE)
    unread.update(ingest_state=Image.Ingest.FAILED, failure_code=job.failure_code, failure=job.failure)
    _uploads_of(job.subject).filter(image__ingest_state=Image.Ingest.FAILED).update(
        state=Upload.State.REFUSED, failure=job.failure
    )
