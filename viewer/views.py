"""The image page."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from surveys.access import get_image_for, has_role
from surveys.models import Image, Role
from surveys.positions import position_for
from viewer import grants, pyramid
from viewer.neighbours import neighbours_of, to_preload
from viewer.page import n_dropped_on, script_config
from viewer.retry import retry
from viewer.screen import screened_image


def show_image(request: HttpRequest, image: Image, *, more: dict[str, Any] | None = None) -> HttpResponse:
    """The image page. `?dropped=1` draws the boxes of labels that the survey leaves out as well. `more`: what rooms
    above tell the scripts; `review` of it is there for those who may judge, `comments` for all who read them."""
    pyramid.want(image)
    neighbours, screened, n_dropped = neighbours_of(image), screened_image(image), n_dropped_on(image)
    shows_dropped = bool(n_dropped and request.GET.get("dropped"))
    config = script_config(image, shows_dropped=shows_dropped)
    context = {
        "image": image,
        "survey": image.survey,
        "neighbours": neighbours,
        "position": position_for(request.user, image),
        "may_retry": has_role(request.user, image.survey, Role.ANALYST),
        "screened": screened,
        "n_dropped": n_dropped,
        "shows_dropped": shows_dropped,
        "config": config
        | {"next": to_preload(neighbours.next_image), "uncertain": screened.outlines if screened else []}
        | {"judged": None, "review": None, **(more or {})},
    }
    response = render(request, "viewer/image.html", context)
    grants.set_cookie(response, image)
    return response


@require_POST
@login_required
def ask_for_pyramid(request: HttpRequest, image_id: UUID) -> HttpResponse:
    image = get_image_for(request.user, image_id)
    pyramid.want(image, again=True)
    return redirect("image", image.pk)


@require_POST
@login_required
def retries(request: HttpRequest, image_id: UUID) -> HttpResponse:
    image = get_image_for(request.user, image_id, at_least=Role.ANALYST)
    retry(image, request.user)
    return redirect("image", image.pk)
