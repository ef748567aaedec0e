"""What the image page tells its scripts."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from imaging.tiles import Tileset
from inference.models import ResultSet
from surveys.models import Image
from viewer.tiles import version


def script_config(image: Image, *, shows_dropped: bool = False) -> dict[str, Any]:
    """Without a size (the image was not read) there is nothing to show. `shows_dropped`: also boxes of labels that the
    survey leaves out."""
    config = {"id": str(image.pk), "pass": reverse("api-tile-pass", args=[image.pk]), "width": None, **stages(image)}
    if image.ingest_state != Image.Ingest.DONE or not image.width or not image.height:
        return config
    tileset = Tileset(image.width, image.height)
    first_tile = reverse("api-tile", args=[image.pk, 0, 0, 0])
    return config | {
        "width": image.width,
        "height": image.height,
        "topZoom": tileset.max_zoom,
        "previewZoom": tileset.preview_max_zoom,
        "tiles": first_tile.removesuffix("0/0/0.jpg") + "{z}/{x}/{y}.jpg",
        "detections": reverse("api-detections", args=[image.pk])
        + "?layout=packed"
        + ("&dropped=true" if shows_dropped else ""),
        "texts": texts(),
    }


def n_dropped_on(image: Image) -> int:
    """How many boxes of the current search are of labels that the survey leaves out."""
    results = ResultSet.objects.filter(run=image.survey.current_run, image=image)
    return results.values_list("n_dropped", flat=True).first() or 0


def stages(image: Image) -> dict[str, str]:
    """How far the image is, as an open page watches it."""
    return {
        "ingest": image.ingest_state,
        "search": image.search_state,
        "pyramid": image.pyramid_state,
        "version": version(image.pk),
    }


def texts() -> dict[str, Any]:
    """Sentences that scripts fill in: {names} stay as they are in every language."""
    return {
        "score": _("Model score at least {score}"),
        "filterOff": _("Filter off: all boxes shown"),
        "shown": _("{shown} of {count} shown"),
        "selected": _("{label}, model score {score}, box {place} of {count}"),
        "selectedDrawn": _("{label}, drawn by a person, box {place} of {count}"),
        "drawn": _("drawn"),
        "differs": _("counted already, as {species}"),
        "states": {
            "proposed": _("not reviewed"),
            "confirmed": _("confirmed"),
            "rejected": _("rejected"),
            "relabelled": _("relabelled"),
            "duplicate": _("duplicate"),
            "uncertain": _("uncertain"),
            "matched": _("accepted before, on another search"),
            "suppressed": _("rejected before, on another search"),
            "dropped": _("left out of the counts"),
        },
    }
