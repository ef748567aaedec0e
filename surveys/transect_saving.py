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


@transaction.atomic
def save_plan(survey: Survey, actor: Any, plan: Plan, *, source: str, subject: str, pattern: str | None = None) -> int:
    """Writes the changes, and `pattern` as the survey's own where one is given; how many images were changed.

    An image that somebody changed since the plan was made stays as it is.
    """
    before = Survey.objects.select_for_update().get(pk=survey.pk).file_name_pattern  # one such change at a time
    groups = _grouped(plan.changes, source)
    n_images = sum(_write(old, new, ids) for old, new, ids in groups)
    if pattern is not None and pattern != before:
        Survey.objects.filter(pk=survey.pk).update(file_name_pattern=pattern)
    TransectChange.objects.filter(survey=survey).delete()
    TransectChange.objects.create(
        survey=survey,
        actor=actor,
        subject=subject[:200],
        n_images=n_images,
        before=zlib.compress(json.dumps([[old, new, [i.hex for i in ids]] for old, new, ids in groups]).encode(), 1),
        pattern_before=before,
    )
    said = ngettext("%(n)s image by %(subject)s", "%(n)s images by %(subject)s", n_images)
    record(survey, actor, "transects_set", said % {"n": number(n_images), "subject": subject})
    return n_images


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
    """How many images got another transect or camera; where only the source is another one, none did."""
    as_it_was = Image.objects.filter(transect=old[0], camera=old[1], transect_source=old[2])
    values = dict(zip(("transect", "camera", "transect_source"), new, strict=True))
    n_images = sum(as_it_was.filter(pk__in=chunk).update(**values) for chunk in _chunks(ids))
    return n_images if old[:2] != new[:2] else 0


def _chunks(ids: list[UUID]) -> Iterator[list[UUID]]:
    rest = iter(ids)
    while chunk := list(islice(rest, AT_ONCE)):
        yield chunk


@transaction.atomic
def undo(survey: Survey, actor: Any) -> int | None:
    """Takes the last change back, where nobody changed an image since; how many images. None: there is none."""
    change = TransectChange.objects.select_for_update().filter(survey=survey).first()
    if change is None:
        return None
    groups = json.loads(zlib.decompress(change.before))
    n_images = sum(_write(tuple(new), tuple(old), [UUID(i) for i in ids]) for old, new, ids in groups)
    Survey.objects.filter(pk=survey.pk).update(file_name_pattern=change.pattern_before)
    change.delete()
    record(survey, actor, "transects_undone", change.subject)
    return n_images


@transaction.atomic
def stop_pattern(survey: Survey, actor: Any) -> None:
    """Images that come later get neither transect nor camera any more."""
    if Survey.objects.filter(pk=survey.pk).exclude(file_name_pattern="").update(file_name_pattern=""):
        TransectChange.objects.filter(survey=survey).update(pattern_before="")
        record(survey, actor, "pattern_stopped", survey.file_name_pattern)


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
