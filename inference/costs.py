"""Prices and paces that a person has said for a survey; kept in that person's session, for nobody else."""

from typing import Any

from django.http import HttpRequest

from surveys.models import Survey

KEY = "costs"


def kept_costs(request: HttpRequest, survey: Survey) -> dict[str, Any]:
    return request.session.get(KEY, {}).get(str(survey.pk), {})


def keep_costs(request: HttpRequest, survey: Survey, said: dict[str, Any]) -> None:
    request.session[KEY] = request.session.get(KEY, {}) | {str(survey.pk): said}
