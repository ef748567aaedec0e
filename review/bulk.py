"""One person's verdicts on many boxes of a survey at once: what `verdicts.judge` would say of one after the other, in
one transaction, and in as many queries for a thousand boxes as for one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from inference.models import Detection, SpeciesRule
from inference.runs import lock_survey
from review.bulk_settling import Judged, grouped, settle_many
from review.models import ACCEPTING, Review
from review.settling import rank_of, standing_of
from review.verdicts import OvertakenError, Said, VerdictRefusedError, meant, refuse_on_unusable, refuse_overtaken
from surveys.bulk_rows import insert
from surveys.models import Survey

MOST_BOXES = 2000  # other people's verdicts wait while these are written


@dataclass(frozen=True)
class Refused:
    """Why nothing was saved of this box. `standing`: what counts there, where somebody else was quicker."""

    detection: UUID
    sentence: str
    standing: Review | None = None


@dataclass
class Outcome:
    """`standing`: of each box of which something was saved, now or when the same was sent before, what counts."""

    standing: dict[UUID, Review | None] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)


@dataclass(frozen=True)
class _Known:
    """What there is of the boxes and of what was said of them, read at once while the survey is held."""

    boxes: Mapping[UUID, Any]  # Detection, with its image's review_state and what the survey says of its label
    of_box: Mapping[UUID, list[Review]]
    of_image: Mapping[UUID, list[Review]]  # of it as a whole
    by_id: Mapping[UUID, Review]


def judge_many(survey: Survey, said: Mapping[UUID, Said], author: Any, *, batch: UUID | None = None) -> Outcome:
    """`said` by detection. Of each box a review of its own is kept; sent again with the same `batch` it stays one.
    What is refused of one box stands in the outcome, and keeps no other from being saved."""
    batch, outcome, made = batch or uuid7(), Outcome(), list[Review]()
    with transaction.atomic():
        lock_survey(survey.pk)
        known = _read(survey, {detection: review_id(batch, detection) for detection in said})
        rank = rank_of(author, survey)
        for detection, each in said.items():
            try:
                review = _review(known, detection, replace(each, id=review_id(batch, detection)), author, rank)
            except VerdictRefusedError as refusal:
                outcome.refused.append(Refused(detection, str(refusal)))
            except OvertakenError as overtaken:
                outcome.refused.append(Refused(detection, _overtaken(), overtaken.standing))
            else:
                made += [] if review is None else [review]
                outcome.standing[detection] = None
        insert(made)
        new = {review.detection: review for review in made}
        for detection in outcome.standing:
            outcome.standing[detection] = standing_of([*known.of_box.get(detection, []), *_one(new.get(detection))])
        judged = [Judged(box, species_of(box), outcome.standing[box.pk]) for id in new if (box := known.boxes.get(id))]
        settle_many(judged, known.of_image)
    return outcome


def review_id(batch: UUID, detection: UUID) -> UUID:
    """The same for the same batch and box."""
    return uuid5(batch, detection.hex)


def _read(survey: Survey, ids: Mapping[UUID, UUID]) -> _Known:
    of_box = Review.objects.filter(detection=OuterRef("pk"))
    of_image = Review.objects.filter(image=OuterRef("image"), detection=None)
    of_label = {"model_name": OuterRef("run__model_version__name"), "label": OuterRef("label")}
    rule = SpeciesRule.objects.filter(survey=survey, **of_label)
    columns = ("run", "image", "label", "verdict", "left", "top", "right", "bottom", "image__review_state")
    found = (
        Detection.objects.filter(pk__in=ids, run__survey=survey, image__trashed_at=None)
        .select_related("image")
        .only(*columns)
        .annotate(
            named=Subquery(rule.values("species")),
            is_dropped=Subquery(rule.values("is_dropped")),
            is_said_of=Exists(of_box) | Exists(of_image) | Exists(Review.objects.filter(pk__in=ids.values())),
        )
    )
    boxes = {box.pk: box for box in found}
    reviews = _reviews(boxes.values(), ids) if any(box.is_said_of for box in boxes.values()) else []
    return _Known(
        boxes,
        grouped((review.detection, review) for review in reviews if review.detection),
        grouped((review.image_id, review) for review in reviews if review.detection is None),
        {review.pk: review for review in reviews},
    )


def _reviews(boxes: Collection[Any], ids: Mapping[UUID, UUID]) -> list[Review]:
    """All of these boxes, of their images as a whole, and whatever has one of the ids already."""
    of_images = Q(image__in={box.image_id for box in boxes}, detection=None)
    wanted = Q(detection__in=[box.pk for box in boxes]) | of_images | Q(pk__in=ids.values())
    return list(Review.objects.filter(wanted).select_related("author"))


def species_of(box: Any) -> str | None:
    """As inference.species.SpeciesMap.of."""
    return None if box.is_dropped else box.named or box.label


def _review(known: _Known, detection: UUID, said: Said, author: Any, rank: int) -> Review | None:
    """Not saved; None where the same was sent before. Raises VerdictRefusedError and OvertakenError."""
    box = known.boxes.get(detection)
    if box is None:
        raise VerdictRefusedError(_("This box is not there any more."))
    if before := known.by_id.get(said.id) if said.id else None:
        if before.detection != detection or before.author_id != author.pk:
            raise VerdictRefusedError(_("This id is taken: choose another one."))
        return None
    refuse_overtaken(standing_of(known.of_box.get(detection, [])), said, author)
    verdict, species = meant(said, species_of(box))
    refuse_on_unusable(box.image, verdict)
    count = said.count if verdict in ACCEPTING else 1
    about = {"image": box.image, "detection": detection, "author": author, "rank": rank}
    return Review(id=said.id, verdict=verdict, species=species, count=count, note=said.note.strip(), **about)


def _overtaken() -> str:
    return _("Somebody else judged this in the meantime: look at it again.")


def _one(review: Review | None) -> list[Review]:
    return [] if review is None else [review]
