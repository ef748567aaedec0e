"""The image before and the one after, in the order in which images came into the survey, and the place among them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import reverse

from imaging.tiles import Tileset
from surveys.models import Image
from viewer.tiles import version

COUNTED = 10_000  # beyond these nobody counts: it would cost every page a walk over the whole survey
SHOWN = (Image.Pyramid.READY, Image.Pyramid.AS_IS)


@dataclass(frozen=True)
class Neighbours:
    """`place` is None in a place beyond those counted; `is_more` says that the survey holds more than `of`."""

    previous: UUID | None
    next: UUID | None
    place: int | None
    of: int
    is_more: bool
    next_image: Image | None


def neighbours_of(image: Image) -> Neighbours:
    """By key, one index look-up each; the place is counted to a limit only."""
    images = Image.objects.filter(survey=image.survey_id, trashed_at=None)
    following = images.filter(id__gt=image.id).order_by("id").first()
    n = images.order_by("id")[: COUNTED + 1].count()
    place = images.filter(id__lte=image.id).order_by("id")[: COUNTED + 1].count()
    return Neighbours(
        previous=images.filter(id__lt=image.id).order_by("-id").values_list("id", flat=True).first(),
        next=following.pk if following else None,
        place=place if place <= COUNTED else None,
        of=min(n, COUNTED),
        is_more=n > COUNTED,
        next_image=following,
    )


def to_preload(image: Image | None) -> dict[str, Any] | None:
    """What a browser needs to fetch the first tiles of an image that may be opened next."""
    if image is None or image.ingest_state != Image.Ingest.DONE or not image.width or not image.height:
        return None
    tileset = Tileset(image.width, image.height)
    first_tile = reverse("api-tile", args=[image.pk, 0, 0, 0])
    return {
        "width": image.width,
        "height": image.height,
        "topZoom": tileset.max_zoom,
        "lastZoom": tileset.max_zoom if image.pyramid_state in SHOWN else tileset.preview_max_zoom,
        "tiles": first_tile.removesuffix("0/0/0.jpg") + "{z}/{x}/{y}.jpg",
        "version": version(image.pk),
    }
