"""The image at full size with its boxes drawn in, for reports and for people without the dashboard."""

from collections.abc import Container
from threading import BoundedSemaphore
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from imaging.decode import read_upright
from imaging.draw import annotated_jpeg
from inference.access import detections_for, run_of_survey
from inference.models import Detection
from inference.species import SpeciesMap, species_map
from surveys.files import original_path
from surveys.models import Image

MAX_PIXELS = 110_000_000  # all pixels are in memory twice, three bytes each
COLOURS = (
    (86, 180, 233), (230, 159, 0), (43, 214, 155), (240, 228, 66),
    (255, 138, 92), (227, 155, 200), (157, 180, 255), (255, 255, 255),
)  # as --label-1 to --label-8 of tokens.css  # fmt: skip
_one_at_a_time = BoundedSemaphore(1)  # a web process has many threads and no memory for many images
_waiting = BoundedSemaphore(4)  # nor may they all wait for this: nobody would be served any more


class TooLargeError(Exception):
    """More pixels than a web process may hold."""


class BusyError(Exception):
    """As many are being drawn or waited for as may be at once."""

    def __str__(self) -> str:
        return _("Other images are being drawn just now. Try again in a minute.")


def annotated(principal: Any, image: Image, *, run: UUID | None, min_score: float | None) -> bytes:
    """A JPEG without any position or other metadata. Raises TooLargeError, BusyError, and Http404 for a run
    of another survey."""
    if (image.width or 0) * (image.height or 0) > MAX_PIXELS:
        sentence = _(
            "This image has more than %(limit)d megapixels: too many to draw boxes into it. "
            "Download the original and the table of detections instead."
        )
        raise TooLargeError(sentence % {"limit": MAX_PIXELS // 10**6})
    boxes = _boxes(principal, image, run, min_score)
    if not _waiting.acquire(blocking=False):
        raise BusyError
    try:
        with _one_at_a_time:
            return annotated_jpeg(read_upright(original_path(image.pk)), boxes)
    finally:
        _waiting.release()


def _boxes(principal: Any, image: Image, run_id: UUID | None, min_score: float | None) -> list[tuple[Any, ...]]:
    run = run_of_survey(image.survey, run_id)
    if run is None:
        return []
    species = species_map(run)
    found = detections_for(principal, image).filter(run=run).exclude(label__in=species.dropped)
    on_image = {species.of(label) for label in found.values_list("label", flat=True).distinct()}
    colours = _colours(species.labels, on_image)
    if min_score is not None:
        found = found.filter(score__gte=min_score)
    return [_box(detection, species, colours) for detection in found.order_by("score")]


def _colours(labels: list[str], on_image: Container[str | None]) -> dict[str | None, tuple[int, int, int]]:
    """As boxes.js gives them to the image page: of a long list only the labels on this image count."""
    counted = labels if len(labels) <= len(COLOURS) else [label for label in labels if label in on_image]
    return {label: COLOURS[place % len(COLOURS)] for place, label in enumerate(counted)}


def _box(detection: Detection, species: SpeciesMap, colours: dict[str | None, tuple[int, int, int]]) -> tuple[Any, ...]:
    text = f"{species.title(detection.label)} {detection.score:.2f}"
    colour = colours[species.of(detection.label)]
    return (detection.left, detection.top, detection.right, detection.bottom, text, colour)
