"""The page on which a survey says which species the labels of a model are."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from inference.models import Detection, Run
from inference.recount import pending_recount
from inference.species import rules_of
from inference.species_saving import ALL, Said, SpeciesRefusedError, labels_of, models_of, set_species, species_used
from surveys.access import get_survey_for, has_role
from surveys.models import Role, Survey

N_EXAMPLES = 20_000  # boxes of the latest search that are looked through: no page counts millions


@dataclass(frozen=True)
class Line:
    """One label as the page shows it."""

    label: str
    species: str
    is_dropped: bool
    n_boxes: int
    error: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def survey_species(request: HttpRequest, slug: str) -> HttpResponse:
    """`?model=` names another model than the current search's. POST says it for all of the model's labels."""
    least = Role.ANALYST if request.method == "POST" else Role.VIEWER
    survey = get_survey_for(request.user, slug, at_least=least)
    models = models_of(survey)
    name = request.GET.get("model") or next(iter(models), "")
    if name and name not in models:
        raise Http404
    if request.method != "POST":
        kept = {rule.label: Said(rule.species, rule.is_dropped) for rule in rules_of(survey.pk, name)}
        return _page(request, survey, name, kept)
    said = _said(request.POST)
    try:
        is_changed = set_species(survey, name, said, request.user)
    except SpeciesRefusedError as refusal:
        return _page(request, survey, name, said, refusal.errors)
    messages.success(request, _result(survey, is_changed=is_changed))
    return redirect(f"{reverse('survey-species', args=[slug])}?{urlencode({'model': name})}")


def _said(posted: Any) -> dict[str, Said]:
    """A label, and the fields of the same number."""
    fields = {key.removeprefix("label-"): value for key, value in posted.items() if key.startswith("label-")}
    return {
        label: Said(posted.get(f"species-{number}", ""), f"dropped-{number}" in posted)
        for number, label in fields.items()
    }


def _result(survey: Survey, *, is_changed: bool) -> str:
    if not is_changed:
        return _("You changed nothing, so nothing was saved.")
    if pending_recount(survey):
        return _("Saved. The counts follow in a few minutes.")
    return _("Saved. Lists, counts and tables go by it now.")


def _page(
    request: HttpRequest, survey: Survey, name: str, said: Mapping[str, Said], errors: Mapping[str, str] | None = None
) -> HttpResponse:
    labels, examples, errors = labels_of(survey, name), _examples(survey, name), errors or {}
    n_boxes = sum(examples.values())
    context = {
        "survey": survey,
        "model": name,
        "models": models_of(survey),
        "lines": [_line(label, said.get(label, Said()), examples, errors) for label in labels],
        "error": errors.get(ALL),
        "are_errors": bool(errors),
        "n_looked": n_boxes if n_boxes == N_EXAMPLES else None,
        "used": species_used(survey, labels),
        "may_change": has_role(request.user, survey, Role.ANALYST),
        "recounting": pending_recount(survey),
    }
    return render(request, "inference/species.html", context, status=422 if errors else 200)


def _line(label: str, said: Said, examples: Mapping[str, int], errors: Mapping[str, str]) -> Line:
    species = "" if said.species == label else said.species
    return Line(label, species, said.is_dropped, examples.get(label, 0), errors.get(label, ""))


def _examples(survey: Survey, model_name: str) -> Counter[str]:
    """How many of the latest boxes of the model's latest search each label has."""
    runs = Run.objects.filter(survey=survey, model_version__name=model_name).order_by("-id")
    run = runs.filter(pk=survey.current_run).first() or runs.first()
    boxes = Detection.objects.filter(run=run).order_by("-pk").values_list("label", flat=True)
    return Counter(boxes[:N_EXAMPLES].iterator())
