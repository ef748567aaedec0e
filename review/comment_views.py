"""Comments on pages: the threads beside an image, and the list of a survey's threads."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from review.threads import heads_of, listed, state_of, threads_of
from surveys.access import get_image_for, get_survey_for, has_role
from surveys.models import Role
from surveys.pagination import read_page

THREADS_A_PAGE = 30
SHOWN = ("open", "mine", "resolved")


@login_required
@require_safe
def image_comments(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """The threads of an image: 204 while they are as the asker has seen them."""
    image = get_image_for(request.user, image_id)
    state = state_of(image)
    if request.GET.get("seen") == state:
        return HttpResponse(status=204)
    threads = threads_of(image, request.user)
    last = max((comment for thread in threads for comment in thread.comments), key=lambda c: c.number, default=None)
    context = {
        "state": state,
        "last": last,
        "open": [thread for thread in threads if not thread.head.resolved_at],
        "resolved": [thread for thread in threads if thread.head.resolved_at],
        "count": sum(len(thread.comments) for thread in threads),
        "unread": sum(thread.unread for thread in threads),
        "may_write": has_role(request.user, image.survey, Role.REVIEWER),
        "is_owner": has_role(request.user, image.survey, Role.OWNER),
    }
    return render(request, "review/_threads.html", context)


@login_required
@require_safe
def survey_comments(request: HttpRequest, slug: str) -> HttpResponse:
    survey = get_survey_for(request.user, slug)
    show = request.GET.get("show", "")
    show = show if show in SHOWN else "open"
    heads = heads_of(survey, request.user, show=show)
    page = read_page(heads, request.GET, key="number", newest_first=True, size=THREADS_A_PAGE)
    context = {"survey": survey, "show": show, "page": page, "threads": listed(page.rows, request.user)}
    return render(
        request, "review/comments.html", context | {"may_write": has_role(request.user, survey, Role.REVIEWER)}
    )
