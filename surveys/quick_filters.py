"""The states of a survey's images as links with numbers, over the grid."""

from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from surveys.progress import Counts


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
        QuickFilter(word, n, _with_state(params, state), state == here)
        for state, word, n in choices
        if n or not state or state == here
    ]


def _with_state(params: QueryDict, state: str) -> str:
    kept = params.copy()
    for name in ("state", "after", "before"):
        kept.pop(name, None)
    if state:
        kept["state"] = state
    return kept.urlencode()
