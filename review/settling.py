"""What counts where several people judge, and writing it down to the columns that lists, counts and exports read.

Whose verdict counts: of each person the latest; among these the one of the highest role, then the latest.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import F

from inference.models import Detection
from review.models import ACCEPTING, Review, Verdict
from review.said import put_at
from review.task_done import note_in_tasks
from surveys.access import RANK, role_of
from surveys.models import Image, ImageLabel, Observation, Role, Survey
from surveys.observations import (
    Animal,
    Box,
    accept,
    accept_drawn,
    box_of,
    has_animals,
    withdraw,
    withdraw_drawn,
)

COUNTED = {Verdict.CONFIRMED.value: "n_confirmed", Verdict.REJECTED.value: "n_rejected"}


def rank_of(author: Any, survey: Survey) -> int:
    return RANK[Role(role_of(author, survey) or Role.VIEWER)]


def standing_of(reviews: Iterable[Review]) -> Review | None:
    """The one that counts, of reviews in the order in which they were made; None where nobody judges any more."""
    latest = {review.author_id: review for review in reviews}
    judging = [review for review in latest.values() if review.verdict != Verdict.OPEN]
    return max(judging, key=lambda review: (review.rank, review.created_at, review.id), default=None)


def settle_detection(detection: Detection, species: str | None, standing: Review | None) -> None:
    """`species`: what the survey calls the detection's label, None where it leaves the label out. Inside the
    transaction of the verdict, which holds the survey."""
    before, after = detection.verdict, standing.verdict if standing else ""
    if standing and after in ACCEPTING:
        accept(detection.image, detection.pk, _animal(standing, box_of(detection)), standing.author)
    else:
        withdraw(detection.pk)
    if before != after:
        Detection.objects.filter(pk=detection.pk).update(verdict=after)
        _count(detection, species, before, -1)
        _count(detection, species, after, 1)
    settle_image(detection.image)


def settle_drawn(observation: Observation, standing: Review | None) -> None:
    """As settle_detection, of a box that a person drew: nobody's proposal, so no counter of a search speaks of it."""
    if standing and standing.verdict in ACCEPTING:
        accept_drawn(observation, _animal(standing, box_of(observation)))
    else:
        withdraw_drawn(observation)
    settle_image(observation.image)


def _animal(standing: Review, place: Box) -> Animal:
    """`place`: where it is, unless the person put it elsewhere."""
    return Animal(standing.species, standing.count, standing.life, put_at(standing) or place)


def _count(detection: Detection, species: str | None, verdict: str, step: int) -> None:
    if species is not None and (column := COUNTED.get(verdict)):
        counters = ImageLabel.objects.filter(image=detection.image, run=detection.run_id, label=species)
        counters.update(**{column: F(column) + step})


def settle_image(image: Image) -> str:
    """How far the image is. A reviewed one without accepted animals is a zero, and one with animals is none, whoever
    said what when."""
    standing = standing_of(Review.objects.filter(image=image, detection=None, observation=None))
    if standing is None:
        state = Image.Review.IN_PROGRESS if _is_begun(image) else Image.Review.UNREVIEWED
    elif standing.verdict in (Verdict.REVIEWED, Verdict.EMPTY):
        state = Image.Review.REVIEWED if has_animals(image) else Image.Review.EMPTY
    else:
        state = Image.Review(standing.verdict)
    Image.objects.filter(pk=image.pk).update(review_state=state)
    image.review_state = state
    note_in_tasks(image)
    return state


def _is_begun(image: Image) -> bool:
    if has_animals(image) or Detection.objects.filter(image=image).exclude(verdict="").exists():
        return True
    return any(standing_of(said) for said in drawn_reviews(image).values())


def drawn_reviews(image: Image) -> dict[UUID, list[Review]]:
    """What was said of each box that people drew on the image, in the order in which it was said."""
    said: dict[UUID, list[Review]] = {}
    for review in Review.objects.filter(image=image, observation__isnull=False).select_related("author"):
        said.setdefault(review.observation, []).append(review)
    return said
