"""Taking a model version out of use, and back: what it found stays, and goes on naming it."""

from typing import Any

from django.utils import timezone

from inference.models import ModelVersion


def retire(version: ModelVersion, actor: Any) -> None:
    """It starts no new search; those under way go on. Its card stays readable."""
    now = timezone.now()
    ModelVersion.objects.filter(pk=version.pk, retired_at=None).update(retired_at=now, retired_by=actor)
    version.refresh_from_db()


def take_back(version: ModelVersion) -> None:
    """It may be chosen for searches again."""
    ModelVersion.objects.filter(pk=version.pk).update(retired_at=None, retired_by=None)
    version.refresh_from_db()
