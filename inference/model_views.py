"""The pages of the registry: the list, a model's card, retiring it and taking it back."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from inference.access import get_model_for
from inference.model_metrics import sets_of
from inference.model_speed import n_searches, speeds_of
from inference.models import ModelVersion, SpeedCheck
from inference.retire import retire, take_back
from surveys.access import surveys_for
from surveys.pagination import read_page


@require_safe
@login_required
def models(request: HttpRequest) -> HttpResponse:
    page = read_page(ModelVersion.objects.all(), request.GET, newest_first=True)
    return render(request, "inference/models.html", {"page": page})


@require_safe
@login_required
def model(request: HttpRequest, name: str, version: str) -> HttpResponse:
    """The card page of one version."""
    found = get_model_for(request.user, name, version)
    as_model, as_screen = n_searches(found)
    context = {
        "version": found,
        "card": found.card,
        "measured_sets": sets_of(found.card.get("metrics") or {}),
        "speeds": speeds_of(found),
        "speed_checks": _speed_checks(request.user, found),
        "n_searches": as_model,
        "n_as_screen": as_screen,
    }
    return render(request, "inference/model.html", context)


@require_POST
@login_required
def model_retirement(request: HttpRequest, name: str, version: str) -> HttpResponse:
    found = get_model_for(request.user, name, version, to_change=True)
    retire(found, request.user)
    messages.success(request, _("%(model)s is retired: it starts no new search.") % {"model": found})
    return redirect("model", found.name, found.version)


@require_POST
@login_required
def model_return(request: HttpRequest, name: str, version: str) -> HttpResponse:
    found = get_model_for(request.user, name, version, to_change=True)
    take_back(found)
    messages.success(request, _("%(model)s may be chosen for searches again.") % {"model": found})
    return redirect("model", found.name, found.version)


def _speed_checks(user: Any, version: ModelVersion) -> list[dict[str, Any]]:
    """Everybody sees what a check measured; the page with its crops only who may see the survey they come from."""
    checks = list(version.speed_checks.order_by("-id")[:50])
    seen = set(surveys_for(user).filter(pk__in=[check.survey_id for check in checks]).values_list("pk", flat=True))
    return [{"check": check, "report": _told(check), "is_open": check.survey_id in seen} for check in checks]


def _told(check: SpeedCheck) -> dict[str, Any]:
    return check.report if check.state == SpeedCheck.State.DONE else {}
