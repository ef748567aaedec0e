"""The review grid: crops of one species side by side, judged many at a time."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from inference.access import run_of_survey
from inference.species import species_map
from review.bulk import MOST_BOXES
from review.grid import OPEN, SORTS, STATES, Left, left_of
from review.page import PLACEHOLDER, saving_texts
from surveys.access import get_survey_for, has_role
from surveys.models import Role, Survey


@require_safe
@login_required
def review_grid(request: HttpRequest, slug: str) -> HttpResponse:
    survey = get_survey_for(request.user, slug)
    run, may_judge = run_of_survey(survey, None), has_role(request.user, survey, Role.REVIEWER)
    left = left_of(run, species_map(run)) if run else []
    chosen = _chosen(request.GET, left)
    context: dict[str, Any] = {
        "survey": survey,
        "run": run,
        "may_judge": may_judge,
        "labels": [{"left": each, "query": urlencode(chosen | {"label": each.label})} for each in left],
        "chosen": chosen,
        "states": STATES,
        "sorts": SORTS,
    }
    if run and left:
        config = {"mayJudge": may_judge, "user": request.user.get_username(), "state": chosen["state"]}
        context["config"] = config | _addresses(survey, chosen) | {"texts": _texts()}
        context["here"] = next((each for each in left if each.label == chosen["label"]), Left(chosen["label"], 0, 0))
    return render(request, "review/grid.html", context)


def _chosen(params: QueryDict, left: list[Left]) -> dict[str, str]:
    """What the address names; else open boxes of the species of which most are left, surest first."""
    most_left = max(left, key=lambda each: each.n_open).label if left else ""
    state, sort = params.get("state", OPEN), params.get("sort", "best")
    return {
        "label": params.get("label", most_left)[:80],
        "state": state if state in STATES else OPEN,
        "sort": sort if sort in SORTS else "best",
    }


def _addresses(survey: Survey, chosen: dict[str, str]) -> dict[str, Any]:
    boxes = reverse("api-survey-detections", args=[survey.slug])
    with_id = {"image": reverse("image", args=[PLACEHOLDER]), "crop": reverse("api-crop", args=[PLACEHOLDER])}
    return {
        "boxes": f"{boxes}?{urlencode(chosen | {'layout': 'packed'})}",
        "reviews": reverse("api-survey-reviews", args=[survey.slug]),
        "species": reverse("api-species", args=[survey.slug]),
        "account": reverse("account"),
        "most": MOST_BOXES,
        **{name: address.replace(PLACEHOLDER, "{id}") for name, address in with_id.items()},
    }


def _texts() -> dict[str, Any]:
    return {
        **saving_texts(),
        "selectFirst": _("Select boxes first: click them, drag over them, or press A for all."),
        "nothingToUndo": _("There is nothing to undo on this visit."),
        "nothingToRedo": _("There is nothing to do again."),
        "undo": _("Undo"),
        "undone": _("{n} as before."),
        "refused": _("{n} could not be saved: {sentence}"),
        "refusedBefore": _("Something that you said before could not be saved: {sentence}"),
        "selected": _("{n} selected"),
        "selectedOf": _("{n} of {count} selected"),
        "left": _("{n} left"),
        "notLoaded": _("The boxes could not be fetched. Check the connection and try again."),
        "mostAtOnce": _("One action takes at most {n} boxes."),
        "cell": _("{label}, model score {score}, {state}, {file}"),
        "states": {
            "": _("not reviewed"),
            "confirmed": _("confirmed"),
            "rejected": _("rejected"),
            "relabelled": _("relabelled"),
            "duplicate": _("duplicate"),
            "uncertain": _("uncertain"),
            "matched": _("accepted before"),
            "suppressed": _("rejected before"),
        },
        "done": {
            "confirmed": _("{n} confirmed."),
            "rejected": _("{n} rejected."),
            "relabelled": _("{n} are now {species}."),
            "duplicate": _("{n} counted in another image."),
            "uncertain": _("{n} left to others as uncertain."),
            "open": _("{n} opened again."),
        },
    }
