"""Which image to open after this one: the next, in the order in which they came in and then from the beginning, on
which there is something left to decide."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from inference.counts import countable
from inference.models import Detection, Run
from inference.species import species_map
from review.models import Verdict
from surveys.models import Image

UNFINISHED = (Image.Review.UNREVIEWED, Image.Review.IN_PROGRESS)


@dataclass(frozen=True)
class Found:
    image: UUID
    detection: UUID | None = None


def next_unfinished(image: Image) -> Found | None:
    """The next that nobody has said to be reviewed, empty or unusable."""
    images = Image.objects.filter(survey=image.survey_id, trashed_at=None, is_excluded=False)
    images = images.filter(ingest_state=Image.Ingest.DONE)
    for part in _round(image.pk, "pk"):
        # One look into the index a state: together they would be sorted.
        states = [images.filter(part, review_state=state).order_by("pk").first() for state in UNFINISHED]
        if found := sorted(each.pk for each in states if each):
            return Found(found[0])
    return None


def next_uncertain(image: Image) -> Found | None:
    """The next with a box of the current search of which somebody was uncertain, and the surest of its boxes."""
    run = Run.objects.select_related("model_version").filter(pk=image.survey.current_run).first()
    if run is None:
        return None
    species = species_map(run)
    shown = [label for label in species.model_labels if species.of(label) is not None]
    boxes = Detection.objects.filter(run=run, label__in=shown, verdict=Verdict.UNCERTAIN)
    uncertain = countable(boxes).exclude(image=image)
    for part in _round(image.pk, "image"):
        if box := uncertain.filter(part).order_by("image", "-score", "pk").first():
            return Found(box.image_id, box.pk)
    return None


def _round(start: UUID, key: str) -> tuple[Q, Q]:
    """What comes after, and then what came before."""
    return Q(**{f"{key}__gt": start}), Q(**{f"{key}__lt": start})
