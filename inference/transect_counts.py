"""What a search found, by transect and label. A transect of which an image was not searched has no number: a sum that
leaves images out would look like a small count."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from inference.counts import counters_of
from inference.models import ResultSet, Run
from inference.species import species_map
from surveys.models import Image
from surveys.transects import natural_key

MOST_LABELS = 12  # columns of the page; the tables for download have all


@dataclass(frozen=True)
class TransectCount:
    """One transect over the images that are neither excluded nor unusable nor in the trash."""

    transect: str
    n_images: int
    n_searched: int
    counts: list[tuple[str, int | None]]  # by label; None where not every image was searched


@dataclass(frozen=True)
class TransectCounts:
    labels: tuple[str, ...]
    n_more_labels: int
    rows: list[TransectCount]


def transect_counts(run: Run) -> TransectCounts | None:
    """In the natural order of the transects, labels by how many there are; None where no image has a transect."""
    images = _images(run)
    if not any(images):
        return None
    found = _found(run)
    totals: dict[str, int] = defaultdict(int)
    for (_transect, label), n in found.items():
        totals[label] += n
    of_model = species_map(run).labels
    known = [*of_model, *(label for label in totals if label not in of_model)]
    labels = sorted(known, key=lambda label: -totals[label])  # stable: equal ones in the model's order
    shown = tuple(labels[:MOST_LABELS])
    rows = [
        TransectCount(
            transect,
            n_images,
            n_searched,
            [(label, found.get((transect, label), 0) if 0 < n_searched == n_images else None) for label in shown],
        )
        for transect, (n_images, n_searched) in sorted(images.items(), key=lambda item: natural_key(item[0]))
    ]
    return TransectCounts(shown, len(labels) - len(shown), rows)


def _images(run: Run) -> dict[str, tuple[int, int]]:
    """Images and searched images by transect."""
    counted = Image.objects.filter(survey=run.survey_id, trashed_at=None, is_excluded=False)
    usable = ~Q(review_state=Image.Review.UNUSABLE)
    n_images = dict(counted.values_list("transect").annotate(n=Count("pk", filter=usable)).order_by())
    searched = Q(state=ResultSet.State.SEARCHED, image__trashed_at=None, image__is_excluded=False)
    results = ResultSet.objects.filter(searched, run=run.pk).exclude(image__review_state=Image.Review.UNUSABLE)
    results = results.values_list("image__transect")
    n_searched = dict(results.annotate(n=Count("pk")).order_by())
    return {transect: (n, n_searched.get(transect, 0)) for transect, n in n_images.items()}


def _found(run: Run) -> dict[tuple[str, str], int]:
    rows = counters_of(run).values_list("image__transect", "label").annotate(n=Sum("n_detections")).order_by()
    return {(transect, label): n for transect, label, n in rows}
