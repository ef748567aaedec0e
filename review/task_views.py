"""The pages of review tasks."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from review.access import get_shared_task_for, get_task_for, is_chosen
from review.handing_out import claim_next, free_images, held_by, in_hand
from review.models import ReviewTask, TaskPerson
from review.task_filter import MOST_IMAGES, TaskRefusedError, how_many
from review.task_forms import FilterForm, TaskChangeForm, TaskForm
from review.task_making import choose_people, close, make_task, rename, reopen
from review.task_pace import finishes, people_of, rejected_by_label
from review.task_words import filter_words
from surveys.access import get_survey_for, has_role, require
from surveys.models import Role, Survey
from surveys.pagination import read_page

FACES = 5


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def review_tasks(request: HttpRequest, slug: str) -> HttpResponse:
    """The tasks of a survey; POST makes one."""
    if request.method != "POST":
        survey = get_survey_for(request.user, slug)
        return _list(request, survey, TaskForm(survey))
    survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
    form = TaskForm(survey, request.POST)
    if form.is_valid():
        try:
            task = make_task(
                survey, form.cleaned_data["name"], form.wanted(), form.cleaned_data["people"], request.user
            )
        except TaskRefusedError as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("review-task", task.pk)
    return _list(request, survey, form, status=422)


@require_GET
@login_required
def review_task_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """How many images a new task would have, while the form is filled in."""
    survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
    form = FilterForm(survey, request.GET)
    n = how_many(survey, form.wanted()) if form.is_valid() else None
    context = {"form": form, "n": n, "most": MOST_IMAGES, "is_too_much": n is not None and n > MOST_IMAGES}
    return render(request, "review/_task_preview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def review_task(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """One task; POST changes its name and people, or closes and reopens it."""
    task = get_task_for(request.user, task_id)
    if request.method != "POST":
        return _page(request, task, TaskChangeForm(task.survey, initial=_as_it_is(task)))
    require(request.user, task.survey, Role.ANALYST)
    if "closed" in request.POST:
        _close_or_reopen(request, task)
        return redirect("review-task", task.pk)
    form = TaskChangeForm(task.survey, request.POST)
    if not form.is_valid():
        return _page(request, task, form, status=422)
    rename(task, form.cleaned_data["name"])
    choose_people(task, form.cleaned_data["people"])
    messages.success(request, _("Saved."))
    return redirect("review-task", task.pk)


@require_safe
@login_required
def review_task_next(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Hands out an image and leads to it; `?after=` is the one that was just left. Asked twice it is the same image."""
    task = get_shared_task_for(request.user, task_id)
    row = claim_next(task, request.user, now=timezone.now(), after=_id(request.GET.get("after", "")))
    if row is None:
        return redirect("review-task", task.pk)
    return redirect(f"{reverse('image', args=[row.image_id])}?task={task.pk}")


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _close_or_reopen(request: HttpRequest, task: ReviewTask) -> None:
    if request.POST["closed"] == "yes":
        close(task, request.user, now=timezone.now())
    else:
        reopen(task, request.user)


def _list(request: HttpRequest, survey: Survey, form: TaskForm, status: int = 200) -> HttpResponse:
    tasks = ReviewTask.objects.filter(survey=survey).select_related("created_by")
    page = read_page(tasks, request.GET, newest_first=True, size=20)
    _add_people(page.rows)
    ends = finishes(page.rows, timezone.now())
    for task in page.rows:
        task.filter_words, task.finish = filter_words(task), ends.get(task.pk)
    may_change = has_role(request.user, survey, Role.ANALYST)
    context = {"survey": survey, "page": page, "form": form, "may_change": may_change}
    return render(request, "review/tasks.html", context, status=status)


def _add_people(tasks: list[Any]) -> None:
    """Those chosen, of all tasks on the page, in one query."""
    shares = TaskPerson.objects.filter(task__in=tasks, is_chosen=True).select_related("user").order_by("pk")
    chosen: dict[UUID, list[Any]] = {task.pk: [] for task in tasks}
    for share in shares:
        chosen[share.task_id].append(share.user)
    for task in tasks:
        people = chosen[task.pk]
        task.faces, task.n_more_people = people[:FACES], max(0, len(people) - FACES)


def _as_it_is(task: ReviewTask) -> dict[str, Any]:
    return {
        "name": task.name,
        "people": list(task.people.filter(pk__in=task.shares.filter(is_chosen=True).values("user"))),
    }


def _page(request: HttpRequest, task: ReviewTask, form: TaskChangeForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    context = {
        "task": task,
        "survey": task.survey,
        "form": form,
        "filter_words": filter_words(task),
        "people": people_of(task),
        "labels": rejected_by_label(task),
        "finish": finishes([task], now).get(task.pk),
        "may_change": has_role(request.user, task.survey, Role.ANALYST),
        "is_chosen": is_chosen(request.user, task),
        **_what_is_left(request.user, task, now),
    }
    return render(request, "review/task.html", context, status=status)


def _what_is_left(user: Any, task: ReviewTask, now: Any) -> dict[str, Any]:
    """Whether there is an image to hand out, and where the rest is when there is none."""
    if task.closed_at is not None or task.n_done == task.n_images:
        return {}
    mine = held_by(task, user)
    if mine is not None or free_images(task, now).exists():
        return {"mine": mine, "has_next": True}
    others = [row.holder for row in in_hand(task, now).select_related("holder").order_by("place")]
    return {"others": others, "n_not_shown": task.n_images - task.n_done - len(others)}
