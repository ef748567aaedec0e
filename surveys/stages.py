"""The progress strip in words: for each stage a number, a sentence and how far it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from surveys.models import Survey
from surveys.progress import Counts, Pace, Progress


@dataclass(frozen=True)
class Stage:
    """`number` is None where nothing can be said yet."""

    name: str
    number: int | None
    sentence: str
    value: int
    max: int
    kind: str


def stages_of(survey: Survey, progress: Progress, now: datetime) -> list[Stage]:
    n = progress.counts
    with_animals = n.with_animals if n.searched else None  # before a search a zero would be a guess
    return [
        Stage(_("Stored"), n.stored, _stored(progress), n.stored, n.stored + progress.arriving, "stored"),
        Stage(_("Read"), n.read, _read(n, progress.reading, now), n.read, n.stored, "stored"),
        Stage(_("Searched"), n.searched, _searched(survey, n, progress.searching, now), n.searched, n.read, "searched"),
        Stage(_("With animals"), with_animals, _with_animals(n), n.with_animals, n.searched, "searched"),
        Stage(_("Reviewed"), n.reviewed, _reviewed(n), n.reviewed, n.stored, "reviewed"),
    ]


def _stored(progress: Progress) -> str:
    parts = []
    if progress.arriving:
        parts.append(_counted(progress.arriving, ngettext("%(n)s arriving", "%(n)s arriving", progress.arriving)))
    if progress.duplicates:
        parts.append(
            _counted(
                progress.duplicates, ngettext("%(n)s was here already", "%(n)s were here already", progress.duplicates)
            )
        )
    return ", ".join(parts) or (
        _("original files, kept unchanged") if progress.counts.stored else _("nothing uploaded yet")
    )


def _read(n: Counts, pace: Pace, now: datetime) -> str:
    parts = [_going(n.unread, pace, now)] if n.unread else []
    if n.unreadable:
        parts.append(_counted(n.unreadable, _("%(n)s could not be read")))
    return ", ".join(parts) or (_("decoded to the end and measured") if n.read else _("nothing to read yet"))


def _searched(survey: Survey, n: Counts, pace: Pace, now: datetime) -> str:
    if survey.current_run is None:
        return _("no model was chosen yet")
    parts = [_going(n.searching, pace, now)] if n.searching else []
    if n.search_failed:
        parts.append(_counted(n.search_failed, _("%(n)s could not be searched")))
    return ", ".join(parts) or _("by %(model)s") % {"model": survey.current_model}


def _with_animals(n: Counts) -> str:
    if not n.searched:
        return _("nothing searched yet")
    share = formats.number_format(round(100 * n.with_animals / n.searched, 1), 1)  # it cuts, it does not round
    return _("%(share)s %% of those searched, as the model sees it") % {"share": share}


def _reviewed(n: Counts) -> str:
    if n.to_review:
        return _counted(n.to_review, ngettext("%(n)s with animals to go", "%(n)s with animals to go", n.to_review))
    return _("everything with animals was looked at") if n.with_animals else _("nothing to review yet")


def _counted(n: int, text: str) -> str:
    return text % {"n": number(n)}


def number(n: int) -> str:
    return formats.number_format(n, use_l10n=True, force_grouping=True)


def _going(waiting: int, pace: Pace, now: datetime) -> str:
    if pace.per_second is None or pace.done_at is None:
        return _counted(waiting, _("%(n)s waiting"))
    return f"{rate_words(pace.per_second)}, {left_words((pace.done_at - now).total_seconds())}"


def rate_words(per_second: float) -> str:
    if per_second >= 1:
        return _("%(rate)s images a second") % {"rate": formats.number_format(per_second, 1)}
    return _("%(rate)s images a minute") % {"rate": formats.number_format(per_second * 60, 0)}


def left_words(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return _("less than a minute left")
    if minutes < 60:
        return ngettext("about %(n)s minute left", "about %(n)s minutes left", minutes) % {"n": minutes}
    hours = round(minutes / 60) if minutes > 600 else minutes // 60
    if hours >= 48:
        return _("about %(n)s days left") % {"n": round(hours / 24)}
    values: dict[str, Any] = {"hours": hours, "minutes": minutes % 60}
    return (_("about %(hours)s h left") if minutes > 600 else _("about %(hours)s h %(minutes)s min left")) % values
