"""What a search found, by label: summed from counters, never from the detections."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from inference.models import Run
from inference.species import species_map
from surveys.models import Image, ImageLabel


@dataclass(frozen=True)
class LabelCount:
    """One label of one run, over the images that are neither excluded nor unusable nor in the trash. `n_judged`: of
    the detections, those that people confirmed or rejected."""

    label: str
    n_images: int = 0
    n_detections: int = 0
    n_confirmed: int = 0
    n_rejected: int = 0

    @property
    def n_judged(self) -> int:
        return self.n_confirmed + self.n_rejected

    @property
    def percent_rejected(self) -> float | None:
        """Of those judged; None where none was."""
        return 100 * self.n_rejected / self.n_judged if self.n_judged else None


def countable(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those on images that can have a count: not excluded, not unusable, not in the trash."""
    kept = rows.filter(image__trashed_at=None, image__is_excluded=False)
    return kept.exclude(image__review_state=Image.Review.UNUSABLE)


def counters_of(run: Run) -> QuerySet[ImageLabel]:
    return countable(ImageLabel.objects.filter(run=run.pk))


def label_counts(run: Run) -> list[LabelCount]:
    """Most frequent first, then the species that the model knows and of which nothing was found."""
    rows = (
        counters_of(run)
        .values("label")
        .annotate(
            n_images=Count("pk", filter=Q(n_detections__gt=0)),
            **{name: Sum(name) for name in ("n_detections", "n_confirmed", "n_rejected")},
        )
        .order_by("-n_detections", "label")
    )
    found = [LabelCount(**row) for row in rows]
    seen = {count.label for count in found}
    return [*found, *(LabelCount(label) for label in species_map(run).labels if label not in seen)]


@dataclass(frozen=True)
class BoxCounts:
    """The boxes of one run that count, over all images that are not in the trash. `n_matched`: on animals that people
    accepted on another search; `n_suppressed`: on boxes that they rejected there; all others are new."""

    n_boxes: int
    n_matched: int
    n_suppressed: int

    @property
    def n_new(self) -> int:
        return self.n_boxes - self.n_matched - self.n_suppressed


def box_counts(run: Run) -> BoxCounts:
    rows = ImageLabel.objects.filter(run=run.pk, image__trashed_at=None)
    sums = rows.aggregate(**{f"n_{name}": Sum(f"n_{name}") for name in ("detections", "matched", "suppressed")})
    return BoxCounts(sums["n_detections"] or 0, sums["n_matched"] or 0, sums["n_suppressed"] or 0)
