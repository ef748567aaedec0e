"""Every judgement: who, when, of what, and from what to what the count went."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inference.models import Detection
from review.models import ACCEPTING, Review, Verdict
from review.settling import standing_of
from surveys.models import Image, Life, Survey

NEWEST_FIRST: dict[str, Any] = {"key": ("created_at", "id"), "newest_first": True}  # ids are chosen by those who send
Key = tuple[UUID, UUID | None, UUID | None]  # image, detection, observation


@dataclass(frozen=True)
class Step:
    """One judgement. `before` and `after`: what counted; the same where somebody of a higher role had spoken. `of`: the
    model's label and score of the box; nothing for an image, and for a box whose search was deleted."""

    review: Review
    before: str
    after: str
    of: str

    @property
    def said(self) -> str:
        return words_of(self.review)

    @property
    def is_overruled(self) -> bool:
        return self.said != self.after

    @property
    def box(self) -> UUID | None:
        return self.review.detection or self.review.observation


def reviews_in(survey: Survey, image: Image | None = None) -> QuerySet[Review]:
    """Of images that are not in the trash."""
    of = Q(image=image) if image else Q(survey=survey, image__trashed_at=None)
    return Review.objects.filter(of).select_related("author", "image")


def steps(page: Sequence[Review]) -> list[Step]:
    """The judgements of one page, in its order. Reads all that was said of what they are about, and nothing else."""
    about = {_key(review) for review in page}
    said: dict[Key, list[Review]] = {}
    for review in _all_about(about):
        said.setdefault(_key(review), []).append(review)
    boxes = Detection.objects.filter(pk__in={review.detection for review in page if review.detection})
    names = {box.pk: f"{box.label} {box.score:.2f}" for box in boxes}
    return [_step(review, said[_key(review)], names.get(review.detection, "")) for review in page]


def words_of(review: Review | None) -> str:
    """What a judgement says, in a few words."""
    if review is None or review.verdict == Verdict.OPEN:
        return _("not judged")
    if review.verdict not in ACCEPTING:
        return str(review.get_verdict_display())
    animals = ngettext("%(n)d animal", "%(n)d animals", review.count) % {"n": review.count}
    life = f", {Life(review.life).label}" if review.life else ""
    moved = _(", moved") if review.detection and review.left is not None else ""
    return f"{review.species}, {animals}{life}{moved}"


def _step(review: Review, said: Sequence[Review], of: str) -> Step:
    place = next(n for n, each in enumerate(said) if each.pk == review.pk)
    return Step(review, words_of(standing_of(said[:place])), words_of(standing_of(said[: place + 1])), of)


def _all_about(about: Iterable[Key]) -> QuerySet[Review]:
    boxes = {detection or observation for _image, detection, observation in about}
    images = {image for image, detection, observation in about if not (detection or observation)}
    of_images = Q(image__in=images, detection=None, observation=None)
    found = Review.objects.filter(Q(detection__in=boxes) | Q(observation__in=boxes) | of_images)
    return found.order_by("created_at", "id")


def _key(review: Review) -> Key:
    return review.image_id, review.detection, review.observation
