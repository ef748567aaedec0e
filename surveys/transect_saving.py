"""Writing transects and cameras: what a plan says, taking it back, and following the survey's pattern."""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import ngettext

from surveys.activity import record
from surveys.models import Image, Survey, TransectChange, TransectTable
from surveys.name_patterns import Pattern, PatternError
from surveys.stages import number
from surveys.transect_plan import FIRM, Change, Plan, reader_of

AT_ONCE = 500
KEPT = timedelta(days=1)  # tables whose preview nobody said yes to


class OtherChangeError(Exception):
    """What is to be taken back is not the last change any more."""


@transaction.atomic
def save_plan(survey: Survey, actor: Any, plan: Plan, *, source: str, subject: str, pattern: str | None = None) -> int:
    """Writes the changes, and `pattern` as the survey's own where one is given; how many images were changed.

    An image that somebody changed since the plan was made stays as it is. Where none is written (the button was
    pressed twice, the table was saved before) the change before remains the one that can be taken back.
    """
    before = _locked(survey).file_name_pattern
    written = [(group, n) for group in _grouped(plan.changes, source) if (n := _write(*group))]
    n_images = sum(n for (old, new, _ids), n in written if old[:2] != new[:2])  # for others only who said it is new
    new_pattern = pattern if pattern not in (None, before) else None
    if new_pattern is not None:
        Survey.objects.filter(pk=survey.pk).update(file_name_pattern=new_pattern)
    if written:
        groups = [[old, new, [i.hex for i in ids]] for (old, new, ids), _n in written]
        TransectChange.objects.filter(survey=survey).delete()
        TransectChange.objects.create(
            survey=survey,
            actor=actor,
            subject=subject[:200],
            n_images=n_images,
            before=zlib.compress(json.dumps({"groups": groups, "pattern": new_pattern}).encode(), 1),
            pattern_before=before,
        )
        said = ngettext("%(n)s image by %(subject)s", "%(n)s images by %(subject)s", n_images)
        record(survey, actor, "transects_set", said % {"n": number(n_images), "subject": subject})
    elif new_pattern is not None:
        record(survey, actor, "pattern_followed", new_pattern)
    return n_images


def _locked(survey: Survey) -> Survey:
    """One such change at a time, and always the survey first: two orders would wait for each other for ever."""
    return Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)


Said = tuple[str, str, str]  # transect, camera, who said so


def _grouped(changes: Iterable[Change], source: str) -> list[tuple[Said, Said, list[UUID]]]:
    """Images by what they have and what they get: one statement for all that share both."""
    groups: dict[tuple[Said, Said], list[UUID]] = defaultdict(list)
    is_pattern = source == Image.TransectSource.PATTERN
    for change in changes:
        image, transect, camera = change
        # A pattern that only fills a gap, or agrees, leaves the image to those who said more.
        by = image.source if is_pattern and image.source in FIRM and not change.replaces else source
        old, new = (image.transect, image.camera, image.source), (transect, camera, by)
        if old != new and any(new[:2]):
            groups[old, new].append(image.pk)
    return [(old, new, ids) for (old, new), ids in groups.items()]


def _write(old: Said, new: Said, ids: list[UUID]) -> int:
    """How many images still were as they had been, and are written."""
    as_it_was = Image.objects.filter(transect=old[0], camera=old[1], transect_source=old[2])
    values = dict(zip(("transect", "camera", "transect_source"), new, strict=True))
    return sum(as_it_was.filter(pk__in=chunk).update(**values) for chunk in _chunks(ids))


def _chunks(ids: list[UUID]) -> Iterator[list[UUID]]:
    rest = iter(ids)
    while chunk := list(islice(rest, AT_ONCE)):
        yield chunk


@transaction.atomic
def undo(survey: Survey, actor: Any, *, shown: str) -> int | None:
    """Takes the change of the key `shown` back, where nobody changed an image since; how many images got another
    transect or camera. None: there is no change. Raises OtherChangeError where the last one is another.
    """
    now = _locked(survey).file_name_pattern
    change = TransectChange.objects.filter(survey=survey).first()
    if change is None:
        return None
    if str(change.pk) != shown:
        raise OtherChangeError
    before = json.loads(zlib.decompress(change.before))
    n_images = 0
    for old, new, ids in before["groups"]:
        n = _write(tuple(new), tuple(old), [UUID(i) for i in ids])
        n_images += n if old[:2] != new[:2] else 0
    if before["pattern"] is not None and now == before["pattern"]:  # one that was chosen since stays
        Survey.objects.filter(pk=survey.pk).update(file_name_pattern=change.pattern_before)
    change.delete()
    record(survey, actor, "transects_undone", change.subject)
    return n_images


@transaction.atomic
def stop_pattern(survey: Survey, actor: Any) -> None:
    """Images that come later get neither transect nor camera any more."""
    pattern = _locked(survey).file_name_pattern
    if pattern:
        Survey.objects.filter(pk=survey.pk).update(file_name_pattern="")
        TransectChange.objects.filter(survey=survey).update(pattern_before="")
        record(survey, actor, "pattern_stopped", pattern)


def follow_pattern(image: Image) -> None:
    """A new image gets what the survey's pattern reads in its name, unless somebody has said something already."""
    text = Survey.objects.values_list("file_name_pattern", flat=True).get(pk=image.survey_id)
    if not text:
        return
    try:
        said = reader_of(Pattern.parse(text))(image.path, image.file_name)
    except PatternError:  # of an older Kopje
        return
    if said is not None:
        silent = Image.objects.filter(pk=image.pk, transect="", camera="", transect_source="")
        values = {"transect": said[0], "camera": said[1], "transect_source": Image.TransectSource.PATTERN}
        silent.update(**values)


def remove_old_tables(now: datetime) -> None:
    TransectTable.objects.filter(uploaded_at__lt=now - KEPT).delete()
