"""The list of surveys, a survey's overview, its settings, the trash."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from surveys.access import get_survey_for, has_role, surveys_for
from surveys.cards import cards, summary
from surveys.change import change_survey
from surveys.forms import SurveyForm
from surveys.models import Activity, Role, Survey
from surveys.overview import overview_of
from surveys.pagination import read_page

SURVEYS_A_PAGE = 12
STOP_POLLING = 286  # htmx's own status: show this and ask no more


def show_surveys(request: HttpRequest, *, more: dict[str, Any]) -> HttpResponse:
    """The list of surveys. `more`: what rooms above show on it; `tasks` are those that wait for this person."""
    visible = surveys_for(request.user)
    page = read_page(visible, request.GET, newest_first=True, size=SURVEYS_A_PAGE)
    happened = (
        Activity.objects.filter(survey__in=visible.order_by()).select_related("survey", "actor").order_by("-pk")[:8]
    )
    shown = cards(page.rows)
    is_all = not (page.previous or page.next)  # more pages: nobody counts what is on them
    context = {"cards": shown, "page": page, "activities": happened, "summary": summary(shown) if is_all else ""}
    return render(request, "surveys/surveys.html", context | more)


@login_required
@require_safe
def survey(request: HttpRequest, slug: str) -> HttpResponse:
    survey = get_survey_for(request.user, slug)
    return render(request, "surveys/survey.html", _overview_context(request, survey))


def _overview_context(request: HttpRequest, survey: Survey) -> dict[str, Any]:
    return {
        "survey": survey,
        "overview": overview_of(request.user, survey),
        "is_owner": has_role(request.user, survey, Role.OWNER),
        "is_analyst": has_role(request.user, survey, Role.ANALYST),
    }


@login_required
@require_safe
def survey_progress(request: HttpRequest, slug: str) -> HttpResponse:
    """The moving part of the overview: 204 while it is as the asker has seen it, 286 once nothing moves any more."""
    survey = get_survey_for(request.user, slug)
    context = _overview_context(request, survey)
    overview = context["overview"]
    if overview.is_live and request.GET.get("seen") == overview.mark:
        return HttpResponse(status=204)
    return render(request, "surveys/_progress.html", context, status=200 if overview.is_live else STOP_POLLING)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def survey_settings(request: HttpRequest, slug: str) -> HttpResponse:
    survey = get_survey_for(request.user, slug, at_least=Role.OWNER)
    # The form checks a copy: a ModelForm writes into its instance before it is known whether that is valid.
    shown = get_survey_for(request.user, slug, at_least=Role.OWNER)
    form = SurveyForm(request.POST or None, instance=shown)
    if request.method == "POST" and form.is_valid():
        change_survey(survey, request.user, form.cleaned_data)
        messages.success(request, _("The settings are saved."))
        return redirect("survey-settings", survey.slug)
    return render(request, "surveys/settings.html", {"survey": survey, "form": form})
