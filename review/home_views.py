"""The list of surveys, with what waits for the person who looks at it."""

from itertools import islice

from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from review.access import is_chosen
from review.models import ReviewTask
from surveys.access import surveys_for
from surveys.home_views import show_surveys

TASKS_SHOWN = 12


@login_required
@require_safe
def surveys(request: HttpRequest) -> HttpResponse:
    tasks = ReviewTask.objects.filter(closed_at=None, n_done__lt=F("n_images"), survey__in=surveys_for(request.user))
    mine = tasks.filter(shares__user=request.user, shares__is_chosen=True).select_related("survey").order_by("-pk")
    waiting = (task for task in mine if is_chosen(request.user, task))  # those of one role or another: few
    return show_surveys(request, more={"tasks": list(islice(waiting, TASKS_SHOWN))})
