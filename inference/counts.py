"""What a search found, by label: summed from counters, never from the detections."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from inference.models import Run
from inference.species import species_map
from surveys.models import ImageLabel


@dataclass(frozen=True)
class LabelCount:
    """One label of one run, over the images that are neither excluded nor in the trash."""

    label: str
    n_images: int = 0
    n_detections: int = 0
    n_confirmed: int = 0
    n_rejected: int = 0


def label_counts(run: Run) -> list[LabelCount]:
    """Most frequent first, then the species that the model knows and of which nothing was found."""
    rows = (
        ImageLabel.objects.filter(run=run.pk, image__trashed_at=None, image__is_excluded=False)
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
