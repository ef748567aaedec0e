"""What people correct about an image: time, place, transect, whether it counts. The file never changes."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from surveys.activity import record
from surveys.models import Image

COLUMNS = {"transect": "transect", "camera": "camera", "captured_at": "captured_at", "excluded": "is_excluded"}
WORDS = {
    "transect": _("transect"),
    "camera": _("camera"),
    "captured_at": _("time"),
    "position": _("position"),
    "excluded": _("left out of counts or not"),
}


@transaction.atomic
def correct_image(image: Image, actor: Any, values: dict[str, Any], *, reason: str) -> None:
    """`values` holds any of transect, camera, captured_at, excluded and position (None: unknown)."""
    columns = {COLUMNS[name]: value for name, value in values.items() if name in COLUMNS}
    if "position" in values:
        columns |= values["position"] or {"latitude": None, "longitude": None, "altitude_m": None}
    if "transect" in columns or "camera" in columns:
        columns["transect_source"] = Image.TransectSource.PERSON
    for column, value in columns.items():
        setattr(image, column, value)
    image.save(update_fields=list(columns))
    # The names of what changed, not the values: everybody in the survey reads the activity, not everybody positions.
    changed = ", ".join(str(WORDS[name]) for name in values)
    record(image.survey, actor, "image_changed", f"{image.file_name[:60]}, {changed}: {reason}")
