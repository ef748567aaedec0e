"""Making a survey: its slug, its first owner."""

from contextlib import suppress
from itertools import chain, count
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from surveys.activity import record
from surveys.models import Membership, Role, Survey

RESERVED_SLUGS = ("new", "trash")  # pages beside the surveys'
TRIES = 20  # more people than make a survey of one name at the same moment


class SlugTakenError(Exception):
    def __str__(self) -> str:
        return _("This slug is taken. Choose another one.")


def free_slug(name: str) -> str:
    """A slug from the name that no survey has, also none in the trash."""
    stem = slugify(name)[:70].strip("-") or "survey"
    candidates = chain([stem] if stem not in RESERVED_SLUGS else [], (f"{stem}-{n}" for n in count(2)))
    return next(slug for slug in candidates if not Survey.objects.filter(slug=slug).exists())


@transaction.atomic
def create_survey(creator: Any, *, slug: str = "", **fields: str) -> Survey:
    """`fields`: name, and any of description and time_zone. Raises SlugTakenError."""
    survey = _with_slug(creator, slug, fields) if slug else _with_free_slug(creator, fields)
    Membership.objects.create(survey=survey, user=creator, role=Role.OWNER)
    record(survey, creator, "survey_created")
    return survey


def _with_free_slug(creator: Any, fields: dict[str, str]) -> Survey:
    """Whoever makes a survey of the same name at the same moment, or sends a form twice, may take the slug first."""
    for _try in range(TRIES):
        with suppress(SlugTakenError):
            return _with_slug(creator, free_slug(fields["name"]), fields)
    raise SlugTakenError


def _with_slug(creator: Any, slug: str, fields: dict[str, str]) -> Survey:
    try:
        with transaction.atomic():
            return Survey.objects.create(slug=slug, created_by=creator, **fields)
    except IntegrityError as error:
        raise SlugTakenError from error
