"""What counts, written down for many boxes at once: the rules of review.settling, each as one statement."""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.expressions import Combinable

from inference.models import Detection
from review.models import ACCEPTING, Review, Verdict
from review.said import put_at
from review.settling import COUNTED, standing_of
from surveys.bulk_observations import Accepted, accept_many, withdraw_many
from surveys.models import Image, ImageLabel, Observation
from surveys.observations import Animal, box_of

Key = TypeVar("Key", bound=Hashable)
Each = TypeVar("Each")
REVIEW = Image.Review


@dataclass(frozen=True)
class Judged:
    """A detection as it was, what the survey calls its label (None: it leaves it out), and what counts now."""

    detection: Any
    species: str | None
    standing: Review | None

    @property
    def before(self) -> str:
        return str(self.detection.verdict)

    @property
    def after(self) -> str:
        return self.standing.verdict if self.standing else ""


def settle_many(
    judged: Sequence[Judged], said_of_images: Mapping[UUID, list[Review]], said_of_drawn: Iterable[list[Review]]
) -> None:
    """Inside the transaction of the verdicts, which holds the survey."""
    accept_many([_accepted(one.detection, one.standing) for one in judged if one.standing and one.after in ACCEPTING])
    # What did not count before has no observation to withdraw.
    withdraw_many([one.detection.pk for one in judged if one.before in ACCEPTING and one.after not in ACCEPTING])
    changed = [one for one in judged if one.before != one.after]
    _write_verdicts(changed)
    _write_counters(changed)
    begun = {said[0].image_id for said in said_of_drawn if standing_of(said)}
    _write_images({one.detection.image_id for one in judged}, said_of_images, begun)


def _accepted(box: Any, standing: Review) -> Accepted:
    place = put_at(standing) or box_of(box)
    animal = Animal(standing.species, standing.count, standing.life, place)
    return Accepted(box.image_id, box.pk, animal, standing.author_id)


def _write_verdicts(changed: Sequence[Judged]) -> None:
    groups = grouped((one.after, one.detection.pk) for one in changed)
    if groups:
        whens = [When(pk__in=ids, then=Value(verdict)) for verdict, ids in groups.items()]
        Detection.objects.filter(pk__in=[one.detection.pk for one in changed]).update(verdict=Case(*whens))


def _write_counters(changed: Sequence[Judged]) -> None:
    """Of each species, run and image by how much: images that change alike are written alike."""
    steps: dict[tuple[str, UUID, UUID], Counter[str]] = defaultdict(Counter)
    for one in changed:
        for verdict, step in ((one.before, -1), (one.after, 1)):
            if one.species is not None and (column := COUNTED.get(verdict)):
                steps[one.species, one.detection.run_id, one.detection.image_id][column] += step
    for_each = {column: _step(steps, column) for column in COUNTED.values()}
    columns = {column: F(column) + step for column, step in for_each.items() if step is not None}
    if columns:
        labels, runs, images = (set(part) for part in zip(*steps, strict=True))
        ImageLabel.objects.filter(label__in=labels, run__in=runs, image__in=images).update(**columns)


def _step(steps: Mapping[tuple[str, UUID, UUID], Counter[str]], column: str) -> Combinable | None:
    changed = {key: by[column] for key, by in steps.items() if by[column]}
    groups = grouped(((label, run, step), image) for (label, run, image), step in changed.items())
    whens = [
        When(label=label, run=run, image__in=images, then=Value(step)) for (label, run, step), images in groups.items()
    ]
    return Case(*whens, default=Value(0)) if whens else None


def _write_images(images: Collection[UUID], said: Mapping[UUID, list[Review]], begun: Collection[UUID]) -> None:
    """As review.settling.settle_image, with what it asks of each image asked of all of them. Verdicts on boxes end no
    image of a review task."""
    has_animals = Exists(Observation.objects.filter(image=OuterRef("pk"), withdrawn_at=None))
    is_judged = Exists(Detection.objects.filter(image=OuterRef("pk")).exclude(verdict=""))
    groups = grouped((_said(said.get(image, [])), image) for image in images)
    whens = []
    for verdict, these in groups.items():
        of_these = Q(pk__in=these)
        if verdict in (Verdict.REVIEWED, Verdict.EMPTY):
            whens += [_when(of_these & Q(has_animals), REVIEW.REVIEWED), _when(of_these, REVIEW.EMPTY)]
        elif verdict:
            whens.append(_when(of_these, REVIEW(verdict)))
        else:
            is_begun = of_these & (Q(is_judged) | Q(has_animals) | Q(pk__in=begun))
            whens += [_when(is_begun, REVIEW.IN_PROGRESS), _when(of_these, REVIEW.UNREVIEWED)]
    if whens:
        Image.objects.filter(pk__in=images).update(review_state=Case(*whens))


def _said(reviews: Iterable[Review]) -> str:
    standing = standing_of(reviews)
    return standing.verdict if standing else ""


def _when(condition: Q, state: Image.Review) -> When:
    return When(condition, then=Value(state.value))


def grouped(pairs: Iterable[tuple[Key, Each]]) -> dict[Key, list[Each]]:
    groups: dict[Key, list[Each]] = defaultdict(list)
    for key, each in pairs:
        groups[key].append(each)
    return groups
