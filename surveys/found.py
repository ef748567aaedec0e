"""What a survey's current search found, by label: summed from counters, for the survey's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Sum

from surveys.models import Image, ImageLabel, Survey
from surveys.progress import KEPT

N_LABELS = 7


@dataclass(frozen=True)
class LabelFound:
    """Animals of one label: all that the model proposes, and those of them that people accepted."""

    label: str
    proposed: int
    accepted: int


@dataclass(frozen=True)
class Found:
    """The most frequent labels; `is_known` is False while nothing was searched, which is no zero.

    A zero is that of `n_searched` images, asked where no label was found: without excluded ones, as every count is.
    """

    labels: list[LabelFound]
    n_more: int
    is_known: bool
    n_searched: int = 0

    @property
    def most(self) -> int:
        return max((label.proposed for label in self.labels), default=0)

    @property
    def is_reviewed(self) -> bool:
        return any(label.accepted for label in self.labels)


def found_in(survey: Survey, *, is_known: bool) -> Found:
    rows = (
        ImageLabel.objects.filter(run=survey.current_run, image__trashed_at=None, image__is_excluded=False)
        .exclude(image__review_state=Image.Review.UNUSABLE)
        .values_list("label")
        .annotate(proposed=Sum("n_detections"), accepted=Sum("n_confirmed"))
        .filter(proposed__gt=0)
        .order_by("-proposed", "label")
    )
    labels = [LabelFound(*row) for row in rows] if survey.current_run else []
    n_searched = _n_searched(survey) if is_known and not labels else 0
    return Found(labels[:N_LABELS], max(len(labels) - N_LABELS, 0), is_known, n_searched)


def _n_searched(survey: Survey) -> int:
    return survey.images.filter(KEPT, search_state=Image.Search.SEARCHED, trashed_at=None).count()


def found_on(images: Sequence[Image], survey: Survey) -> dict[UUID, list[tuple[str, int]]]:
    """Of each image the labels that the current search found on it, most frequent first; one query."""
    found: dict[UUID, list[tuple[str, int]]] = {}
    with_any = [image.pk for image in images if image.n_detections]
    rows = ImageLabel.objects.filter(run=survey.current_run, image__in=with_any, n_detections__gt=0)
    for image, label, n in rows.order_by("-n_detections", "label").values_list("image", "label", "n_detections"):
        found.setdefault(image, []).append((label, n))
    return found
