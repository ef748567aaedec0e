"""Whether a model was made for images like a survey's: what its card says against what is known of them.

Of most images nothing is known: where files do not say how high above the ground a camera was, nothing is said here
either. Heights are above the place of take-off, so a small difference means nothing.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from imaging.errors import UnreadableImageError
from imaging.exif import Exif, read_exif
from inference.models import ModelVersion
from surveys.files import original_path
from surveys.models import Image, Survey

FRAME_DIAGONAL_MM = math.hypot(36, 24)
NADIR, OBLIQUE = "nadir", "oblique"
DOWN_DEGREES, ASIDE_DEGREES = -75.0, -60.0  # what lies between is neither
SLACK = 1.3
LOOKED_AT = 8
AMONG = 400


@dataclass(frozen=True)
class Known:
    """The ground sampling distance of images (cm a pixel) and their view, as far as the files say."""

    gsd_cm: float | None = None
    view: str | None = None


def known_of_file(exif: Exif, width: int, height: int) -> Known:
    """Of one file of this size as the camera wrote it. A cut-out of an image tells a too large distance."""
    view = _view(exif.pitch_degrees)
    if view == OBLIQUE or not (exif.height_m and exif.focal_length_35mm and width and height):
        return Known(None, view)
    on_ground_m = exif.height_m * FRAME_DIAGONAL_MM / exif.focal_length_35mm
    return Known(100 * on_ground_m / math.hypot(width, height), view)


def together(files: Iterable[Known]) -> Known:
    """What most of them say."""
    found = list(files)
    distances = [known.gsd_cm for known in found if known.gsd_cm is not None]
    views = [known.view for known in found if known.view is not None]
    most = max(set(views), key=views.count) if views else None
    return Known(median(distances) if distances else None, most)


def complaints(card: Mapping[str, Any], known: Known) -> list[str]:
    """Why the model of this card may find less on such images than its figures say; empty where nothing speaks
    against it, or nothing is known."""
    return [sentence for sentence in (_about_distance(card, known.gsd_cm), _about_view(card, known.view)) if sentence]


def known_of_survey(survey: Survey) -> Known:
    """From the files of a few of its images."""
    read = survey.images.filter(ingest_state=Image.Ingest.DONE, trashed_at=None).order_by("pk")
    rows = list(read.values_list("pk", "width", "height")[:AMONG])
    return together(_known(*row) for row in rows[:: max(1, len(rows) // LOOKED_AT)])


def unsuitable_models(survey: Survey) -> list[tuple[ModelVersion, list[str]]]:
    """Models that may be chosen but were made for other images, with the reasons: for templates/_suitability.html."""
    known = known_of_survey(survey)
    if known == Known():
        return []
    told = [(version, complaints(version.card, known)) for version in ModelVersion.objects.available()]
    return [(version, reasons) for version, reasons in told if reasons]


def _known(image_id: Any, width: int, height: int) -> Known:
    try:
        return known_of_file(read_exif(original_path(image_id)), width, height)
    except (UnreadableImageError, OSError):
        return Known()


def _view(pitch_degrees: float | None) -> str | None:
    if pitch_degrees is None or DOWN_DEGREES < pitch_degrees <= ASIDE_DEGREES:
        return None
    return NADIR if pitch_degrees <= DOWN_DEGREES else OBLIQUE


def _about_distance(card: Mapping[str, Any], gsd_cm: float | None) -> str:
    trained = card.get("trained_gsd_cm")
    if not trained or gsd_cm is None or trained[0] / SLACK <= gsd_cm <= trained[1] * SLACK:
        return ""
    sizes = {"least": trained[0], "most": trained[1], "found": gsd_cm}
    words = {name: number_format(round(size, 1), use_l10n=True) for name, size in sizes.items()}
    if gsd_cm > trained[1]:
        sentence = _(
            "It was trained for %(least)s to %(most)s cm a pixel; by their files these images have about %(found)s. "
            "Animals are smaller on them than in its training: it may miss many."
        )
    else:
        sentence = _(
            "It was trained for %(least)s to %(most)s cm a pixel; by their files these images have about %(found)s. "
            "Animals are larger on them than in its training: it may miss many."
        )
    return sentence % words


def _about_view(card: Mapping[str, Any], view: str | None) -> str:
    trained = card.get("view")
    if not trained or view is None or view in trained:
        return ""
    if view == OBLIQUE:
        return _("It was trained on images taken straight down; by their files these were taken to the side.")
    return _("It was trained on images taken to the side; by their files these were taken straight down.")
