"""Trying again what failed about one image, from its page."""

from typing import Any

from inference import failures
from inference.models import ResultSet
from surveys.models import Image


def retry(image: Image, actor: Any) -> int:
    """Its reading, its full resolution, its search by the current run: whichever failed. Returns how many."""
    results = ResultSet.objects.filter(image=image, run=image.survey.current_run)
    about_it = [image.pk, *results.values_list("pk", flat=True)]
    return failures.retry(image.survey, actor, failures.open_failures(image.survey).filter(subject__in=about_it))
