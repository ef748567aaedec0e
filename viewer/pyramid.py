"""Full-resolution tiles on demand: most images are empty and nobody opens them, so most never get a pyramid."""

from typing import Any
from uuid import UUID

from django.db import transaction

from imaging.errors import UnreadableImageError
from imaging.header import read_header
from imaging.pyramid import write_pyramid_from_file
from jobs.enqueue import enqueue
from jobs.errors import JobFailedError
from surveys.files import original_path, pyramid_path
from surveys.models import Image

OPENED = 10  # priority: somebody is waiting in front of the screen
LARGE_PIXELS = 100_000_000
ANY = 2**63  # the image was let in: how large it is was asked then


def want(image: Image, *, priority: int = OPENED, again: bool = False) -> None:
    """Asks for the image's pyramid where there is none; one that waits already becomes as urgent. `again` also after a
    failure."""
    states = [Image.Pyramid.NONE, Image.Pyramid.QUEUED] + ([Image.Pyramid.FAILED] if again else [])
    if image.ingest_state != Image.Ingest.DONE or image.pyramid_state not in states:
        return
    with transaction.atomic():
        if Image.objects.filter(pk=image.pk, pyramid_state__in=states).update(pyramid_state=Image.Pyramid.QUEUED):
            enqueue("pyramid", image.pk, group=image.survey_id, priority=priority)
            image.pyramid_state = Image.Pyramid.QUEUED


def ingested(image: Image) -> None:
    """An image was read: a mosaic gets its pyramid at once. What is shown as it is needs none."""
    if (image.width or 0) * (image.height or 0) > LARGE_PIXELS or _is_tiled(image):
        want(image, priority=0)


def detected(result_set: Any) -> None:
    """An image was searched. With animals on it, it has its pyramid by now, unless the disk refused just then."""
    if result_set.n_detections:
        want(result_set.image, priority=0)


def _is_tiled(image: Image) -> bool:
    return image.media_type == "image/tiff" and read_header(original_path(image.pk), max_pixels=ANY).is_tiled


def build(job: Any) -> None:
    """Job `pyramid`: writes the file of all levels, then says so."""
    image = Image.objects.filter(pk=job.subject).first()
    if image is not None and image.pyramid_state != Image.Pyramid.READY:
        _write(image.pk)
    with job.finish():
        Image.objects.filter(pk=job.subject).update(pyramid_state=Image.Pyramid.READY)


def _write(image_id: UUID) -> None:
    try:
        write_pyramid_from_file(original_path(image_id), pyramid_path(image_id), max_pixels=ANY)
    except UnreadableImageError as error:
        raise JobFailedError(str(error), code=error.code) from error


def failed(job: Any) -> None:
    Image.objects.filter(pk=job.subject, pyramid_state=Image.Pyramid.QUEUED).update(pyramid_state=Image.Pyramid.FAILED)
