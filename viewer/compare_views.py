"""The page that shows two searches of one image."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from inference.access import run_of_survey
from inference.models import Run
from surveys.access import get_image_for
from surveys.models import Image
from viewer import grants, pyramid
from viewer.comparison import RunOnImage, compared, default_pair, group_names, run_names, runs_on
from viewer.neighbours import neighbours_of
from viewer.page import script_config


@require_safe
@login_required
def image_compare(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """`?run=` and `?and=` name the searches; without them the current one and the newest other one."""
    image = get_image_for(request.user, image_id)
    known = runs_on(image)
    pair = _asked_for(request, image) or default_pair(image.survey, known)
    context: dict[str, Any] = {"image": image, "survey": image.survey, "known": known, "pair": pair}
    if pair is None or not image.width:
        return render(request, "viewer/compare_none.html", context)
    pyramid.want(image)
    context |= _context(image, pair, [_of(known, run) for run in pair])
    response = render(request, "viewer/compare.html", context)
    grants.set_cookie(response, image)
    return response


def _asked_for(request: HttpRequest, image: Image) -> tuple[Run, Run] | None:
    """Raises Http404 for what is no search of this survey."""
    names = [request.GET.get("run"), request.GET.get("and")]
    if not all(names):
        return None
    try:
        first, second = (run_of_survey(image.survey, UUID(name)) for name in names)
    except ValueError:
        raise Http404 from None
    return (first, second) if first and second else None


def _context(image: Image, pair: tuple[Run, Run], on_image: list[RunOnImage | None]) -> dict[str, Any]:
    boxes = compared(image, *pair)
    query = f"?run={pair[0].pk}&and={pair[1].pk}"
    return {
        "boxes": boxes,
        "on_image": on_image,
        "names": run_names(*pair),
        "groups": list(zip(group_names(*pair), _numbers(boxes, on_image), strict=True)),
        "query": query,
        "neighbours": neighbours_of(image),
        "config": script_config(image) | {"next": None, "uncertain": []},
    }


def _numbers(boxes: dict[str, Any], on_image: list[RunOnImage | None]) -> list[int | None]:
    """Boxes of the first search alone, of the second one alone, and of both; None where one that has to say so has not
    searched the image."""
    first, second = (bool(one and one.is_searched) for one in on_image)
    is_known = first, second, first and second
    return [boxes["label"].count(group) if is_known[group] else None for group in range(3)]


def _of(known: list[RunOnImage], run: Run) -> RunOnImage | None:
    return next((one for one in known if one.run.pk == run.pk), None)
