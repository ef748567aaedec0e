"""What an owner may change about a survey."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from surveys.activity import record
from surveys.models import Survey

WORDS = {
    "name": _("name"),
    "description": _("description"),
    "time_zone": _("time zone"),
    "are_positions_shared": _("who sees exact positions"),
}


@transaction.atomic
def change_survey(survey: Survey, actor: Any, values: dict[str, Any]) -> None:
    changed = [name for name, value in values.items() if getattr(survey, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(survey, name, values[name])
    survey.save(update_fields=changed)
    record(survey, actor, "survey_changed", ", ".join(str(WORDS[name]) for name in changed))
