"""What survey pages of every room share: their head with tabs, times in the survey's zone, names of people."""

from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from surveys import transects
from surveys.access import has_role, role_of
from surveys.activity import sentence
from surveys.members import person_name
from surveys.models import Activity, Role, Survey

register = template.Library()

# Key, word, address below the survey's, lowest role that finds something to do there.
TABS = (
    ("overview", _("Overview"), "", Role.VIEWER),
    ("upload", _("Upload"), "upload/", Role.ANALYST),
    ("images", _("Images"), "images/", Role.VIEWER),
    ("review", _("Review"), "review/", Role.VIEWER),
    ("tasks", _("Tasks"), "review-tasks/", Role.VIEWER),
    ("transects", _("Transects"), "transects/", Role.VIEWER),
    ("comments", _("Comments"), "comments/", Role.VIEWER),
    ("counts", _("Counts"), "counts/", Role.VIEWER),
    ("runs", _("Searches"), "runs/", Role.VIEWER),
    ("jobs", _("Failures"), "jobs/", Role.ANALYST),
    ("members", _("People"), "members/", Role.VIEWER),
    ("settings", _("Settings"), "settings/", Role.OWNER),
)


@register.inclusion_tag("surveys/_head.html", takes_context=True)
def survey_head(context: dict[str, Any], survey: Survey, here: str, title: str = "") -> dict[str, Any]:
    """Path, name and tabs. `here` is the key of the tab; `title` the page's own name where it is not the overview."""
    user = context["user"]
    role = role_of(user, survey)
    root = reverse("survey", args=[survey.slug])
    tabs = [(word, root + part, key == here) for key, word, part, least in TABS if has_role(user, survey, least)]
    return {"survey": survey, "role": Role(role).label if role else "", "tabs": tabs, "title": title}


@register.filter
def survey_clock(at: Any, survey: Survey) -> str:
    """An instant on the clocks of the survey's time zone, on pages that name the zone once for all."""
    return "" if at is None else timezone.localtime(at, ZoneInfo(survey.time_zone)).strftime("%-d %b %Y %H:%M:%S")


@register.filter
def camera_word(camera: str) -> str:
    return transects.camera_word(camera)


@register.filter
def person(user: Any) -> str:
    return person_name(user) if user is not None else str(_("Kopje"))


@register.filter
def initials(user: Any) -> str:
    """Two letters for the round mark: of first and last word, or the first two of a single word."""
    words = person(user).split()
    return (words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]).upper()


@register.filter
def activity_sentence(activity: Activity) -> str:
    return sentence(activity)
