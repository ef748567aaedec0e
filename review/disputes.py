"""Open disagreements: those who may decide it alike say different things of one box, or of one image.

Of each person the latest verdict is taken, and of these the ones of the highest role: whoever has a higher role settles
it by a verdict of her own, and so does whoever comes round.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from review.models import ACCEPTING, Dispute, Review, Verdict
from surveys.models import Survey

Said = tuple[str, str, int]
NO_WORD = (Verdict.OPEN, Verdict.IN_PROGRESS)  # says nothing of what is there


def is_disputed(reviews: Iterable[Review]) -> bool:
    """`reviews`: all of one box or image, in the order in which they were made."""
    latest = {review.author_id: review for review in reviews}
    judging = [review for review in latest.values() if review.verdict not in NO_WORD]
    top = max((review.rank for review in judging), default=0)
    return len({_said(review) for review in judging if review.rank == top}) > 1


def note(reviews: Mapping[tuple[UUID, UUID], Sequence[Review]], author: Any, *, has_any: bool = True) -> None:
    """Writes down which are disputed now, of boxes and images by (image, subject); the subject of an image as a whole
    is its own id. Inside the transaction of the author's verdicts, which are among `reviews`. `has_any`: some may have
    been disputed before."""
    shared = {key: said for key, said in reviews.items() if any(each.author_id != author.pk for each in said)}
    if not shared:
        return
    disputed = {subject: image for (image, subject), said in shared.items() if is_disputed(said)}
    if has_any and (settled := [subject for _image, subject in shared if subject not in disputed]):
        Dispute.objects.filter(subject__in=settled).delete()
    new = [Dispute(subject=subject, image_id=image) for subject, image in disputed.items()]
    Dispute.objects.bulk_create(new, ignore_conflicts=True)  # what is disputed already is so since then


def disputes_in(survey: Survey) -> QuerySet[Dispute]:
    return Dispute.objects.filter(image__survey=survey, image__trashed_at=None).select_related("image")


def opinions_of(disputes: Iterable[Dispute]) -> dict[UUID, list[Review]]:
    """The latest verdict of each person on each, the highest role first."""
    subjects = [dispute.subject for dispute in disputes]
    latest: dict[UUID, dict[Any, Review]] = {subject: {} for subject in subjects}
    for name in ("detection", "observation", "image"):
        whole = {"detection": None, "observation": None} if name == "image" else {}
        said = Review.objects.filter(**{f"{name}__in": subjects}, **whole).select_related("author")
        for review in said.order_by("created_at", "id"):
            subject = review.image_id if name == "image" else getattr(review, name)
            latest[subject][review.author_id] = review
    return {
        subject: sorted((each for each in by.values() if each.verdict not in NO_WORD), key=lambda each: -each.rank)
        for subject, by in latest.items()
    }


def _said(review: Review) -> Said:
    """A reviewed image is empty or not by what is accepted on it, whoever says which."""
    verdict = Verdict.REVIEWED.value if review.verdict == Verdict.EMPTY else review.verdict
    accepts = verdict in ACCEPTING
    return ("accepted" if accepts else verdict, review.species, review.count if accepts else 1)
