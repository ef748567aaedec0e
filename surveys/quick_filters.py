"""The states of a survey's images as links with numbers, over the grid."""

from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from surveys.progress import Counts

CLOSE = "close"


@dataclass(frozen=True)
class QuickFilter:
    word: str
    n: int
    query: str
    is_here: bool


def quick_filters(counts: Counts, params: QueryDict) -> list[QuickFilter]:
    """All images and those of each state that has any; the other filters stay as they are."""
    choices = [
        ("", _("All images"), counts.stored),
        ("with_animals", _("With animals"), counts.with_animals),
        ("without_animals", _("Searched, empty"), counts.searched - counts.with_animals),
        ("waiting", _("Waiting"), counts.unread + counts.searching),
        ("not_searched", _("Not searched"), counts.stored - counts.searched),
        ("failed", _("Failed"), counts.failed),
    ]
    here = params.get("state", "")
    return [
        QuickFilter(word, n, _with(params, "state", state), state == here)
        for state, word, n in choices
        if n or not state or state == here
    ]


@dataclass(frozen=True)
class View:
    """What the pictures of the grid show: whole images, or the places where most was found."""

    word: str
    query: str
    is_here: bool


def views(params: QueryDict) -> list[View]:
    here = params.get("view", "")
    return [
        View(word, _with(params, "view", name), name == here) for name, word in (("", _("Whole")), (CLOSE, _("Close")))
    ]


def _with(params: QueryDict, name: str, value: str) -> str:
    """The query with this value instead, from the first page on."""
    kept = params.copy()
    for other in (name, "after", "before"):
        kept.pop(other, None)
    if value:
        kept[name] = value
    return kept.urlencode()
