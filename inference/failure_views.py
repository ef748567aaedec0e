"""The page of what failed or is stuck in a survey."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from inference.failures import failed_work, open_failures, retry, stuck_work
from surveys.access import get_survey_for
from surveys.models import Role
from surveys.pagination import read_page


@login_required
@require_safe
def survey_jobs(request: HttpRequest, slug: str) -> HttpResponse:
    survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
    page = read_page(open_failures(survey), request.GET, newest_first=True)
    context = {
        "survey": survey,
        "page": page,
        "failed": failed_work(page.rows),
        "stuck": stuck_work(survey, timezone.now()),
    }
    return render(request, "surveys/jobs.html", context)


@login_required
@require_POST
def job_retries(request: HttpRequest, slug: str) -> HttpResponse:
    """Tries all again that failed."""
    survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
    n = retry(survey, request.user, open_failures(survey))
    messages.success(request, _tried(n))
    return redirect("survey-jobs", survey.slug)


@login_required
@require_POST
def job_retry(request: HttpRequest, slug: str, job_id: UUID) -> HttpResponse:
    survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
    job = get_object_or_404(open_failures(survey), pk=job_id)
    messages.success(request, _tried(retry(survey, request.user, open_failures(survey).filter(pk=job.pk))))
    return redirect("survey-jobs", survey.slug)


def _tried(n: int) -> str:
    return ngettext("%(n)s step is tried again.", "%(n)s steps are tried again.", n) % {"n": n}
