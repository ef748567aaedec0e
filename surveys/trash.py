"""The trash: what was deleted can be brought back for 30 days."""

import shutil
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.access import require, surveys_for
from surveys.activity import record
from surveys.files import crops_folder, original_path, preview_path, pyramid_path
from surveys.models import Image, Membership, Observation, Role, Survey, Upload
from surveys.signals import image_ingested
from surveys.tus_part import remove_part

TRASH_DAYS = 30
AT_ONCE = 500


class AlreadyThereError(Exception):
    def __str__(self) -> str:
        return _("The same file was uploaded again since. Move that one to the trash first.")


@transaction.atomic
def trash_survey(survey: Survey, actor: Any) -> None:
    survey.trashed_at = timezone.now()
    survey.save(update_fields=["trashed_at"])
    record(survey, actor, "survey_trashed")


def trashed_surveys_for(principal: Any) -> Any:
    """What the principal may bring back: the surveys that were his own to delete."""
    if not principal.is_authenticated:
        return Survey.objects.none()
    trashed = Survey.objects.exclude(trashed_at=None)
    if principal.is_superuser:
        return trashed
    owned = Membership.objects.filter(user=principal, role=Role.OWNER).values("survey")
    return trashed.filter(pk__in=owned)


@transaction.atomic
def restore_survey(survey: Survey, actor: Any) -> None:
    survey.trashed_at = None
    survey.save(update_fields=["trashed_at"])
    record(survey, actor, "survey_restored")


@transaction.atomic
def trash_image(image: Image, actor: Any) -> None:
    image.trashed_at = timezone.now()
    image.save(update_fields=["trashed_at"])
    record(image.survey, actor, "image_trashed", image.file_name)


def get_trashed_image_for(principal: Any, image_id: UUID) -> Image:
    """An image in the trash that the principal may bring back. Raises as surveys.access does."""
    trashed = Image.objects.filter(survey__in=surveys_for(principal)).exclude(trashed_at=None)
    image = trashed.select_related("survey").filter(pk=image_id).first()
    if image is None:
        raise Http404
    require(principal, image.survey, Role.ANALYST)
    return image


def restore_image(image: Image, actor: Any) -> None:
    """Raises AlreadyThereError where the same bytes came in again meanwhile."""
    image.trashed_at = None
    try:
        with transaction.atomic():
            if image.ingest_state == Image.Ingest.DONE:
                image_ingested.send(sender=Image, image=image)  # a search that began meanwhile takes it in
            image.save(update_fields=["trashed_at"])
            record(image.survey, actor, "image_restored", image.file_name)
    except IntegrityError as error:
        raise AlreadyThereError from error


def empty_trash() -> int:
    """Deletes for good what has lain there longer than 30 days. Returns how many images."""
    before = timezone.now() - timedelta(days=TRASH_DAYS)
    n_images = 0
    while deleted := _delete_some(before):
        n_images += deleted
    old_surveys = Survey.objects.filter(trashed_at__lt=before)
    part_ids = list(Upload.objects.filter(survey__in=old_surveys).values_list("pk", flat=True))
    old_surveys.delete()
    for part_id in part_ids:
        remove_part(part_id)
    return n_images


@transaction.atomic
def _delete_some(before: datetime) -> int:
    """A few images at a time, so that nobody waits long for the database. Rows first, files once that is certain."""
    old = Image.objects.filter(Q(trashed_at__lt=before) | Q(survey__trashed_at__lt=before))
    # Locked: who brings one back at this moment has it back, or finds it gone.
    image_ids = list(old.select_for_update(of=("self",)).values_list("pk", flat=True)[:AT_ONCE])
    Observation.objects.filter(image__in=image_ids).delete()  # they protect their image from everything else
    Image.objects.filter(pk__in=image_ids).delete()
    transaction.on_commit(lambda: _unlink(image_ids))
    return len(image_ids)


def _unlink(image_ids: list[UUID]) -> None:
    for path in (original_path, preview_path, pyramid_path):
        for image_id in image_ids:
            path(image_id).unlink(missing_ok=True)
    for image_id in image_ids:
        shutil.rmtree(crops_folder(image_id), ignore_errors=True)
