"""One person's verdicts on many boxes of a survey at once: what `verdicts.judge` would say of one after the other, in
one transaction, and in as many queries for a thousand boxes as for one.

That holds for images that one search alone has boxes on. Where other searches or people have some too, what was said is
carried over to these, image by image; and a box that is an animal accepted before is judged by itself, as are boxes of
two searches on one image, where the verdict on one decides what the other is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from inference.models import Detection, ResultSet, SpeciesRule
from inference.runs import lock_survey
from review.bulk_settling import Judged, grouped, settle_many
from review.carrying import carry_on
from review.disputes import note
from review.models import ACCEPTING, Carried, Dispute, Review
from review.said import OvertakenError, Said, VerdictRefusedError
from review.settling import rank_of, standing_of
from review.subjects import OfDetection, of_detection, reviews_of
from review.verdicts import keep, refuse_overtaken
from surveys.activity import tell_counted
from surveys.bulk_rows import insert
from surveys.models import Observation, Survey
from surveys.observations import sides

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


class _Box(OfDetection):
    """What the survey calls its label was read with the box."""

    def __post_init__(self) -> None:
        box: Any = self.detection
        self.image, self.key = box.image, {"detection": box.pk}
        self.species = None if box.is_dropped else box.named or box.label


@dataclass(frozen=True)
class _Known:
    """What there is of the boxes and of what was said of them, read at once while the survey is held."""

    boxes: Mapping[UUID, Any]  # Detection, with what `_read` asks of it
    of_box: Mapping[UUID, list[Review]]
    of_image: Mapping[UUID, list[Review]]  # of it as a whole
    of_drawn: Mapping[UUID, list[Review]]
    by_id: Mapping[UUID, Review]


def judge_many(survey: Survey, said: Mapping[UUID, Said], author: Any, *, batch: UUID | None = None) -> Outcome:
    """`said` by detection. Of each box a review of its own is kept; sent again with the same `batch` it stays one.
    What is refused of one box stands in the outcome, and keeps no other from being saved."""
    batch, outcome, made = batch or uuid7(), Outcome(), dict[UUID, Review]()
    with transaction.atomic():
        lock_survey(survey.pk)
        known = _read(survey, {detection: review_id(batch, detection) for detection in said})
        rank = rank_of(author, survey)
        for detection, each in said.items():
            try:
                _say(known, detection, replace(each, id=review_id(batch, detection)), (author, rank), outcome, made)
            except VerdictRefusedError as refusal:
                outcome.refused.append(Refused(detection, str(refusal)))
            except OvertakenError as overtaken:
                sentence = _("Somebody else judged this in the meantime: look at it again.")
                outcome.refused.append(Refused(detection, sentence, overtaken.standing))
        _settle(known, outcome, made, author)
        if made:
            tell_counted(survey, author, "boxes_judged", len(made))
    return outcome


def review_id(batch: UUID, detection: UUID) -> UUID:
    """The same for the same batch and box."""
    return uuid5(batch, detection.hex)


def _say(
    known: _Known, detection: UUID, said: Said, who: tuple[Any, int], outcome: Outcome, made: dict[UUID, Review]
) -> None:
    if (box := known.boxes.get(detection)) is None:
        raise VerdictRefusedError(_("This box is not there any more."))
    if box.is_by_itself:
        keep(subject := of_detection(detection), said, who[0])
        outcome.standing[detection] = standing_of(reviews_of(subject).select_related("author"))
        return
    if (review := _review(known, box, said, who)) is not None:
        made[detection] = review
    outcome.standing[detection] = None


def _review(known: _Known, box: Any, said: Said, who: tuple[Any, int]) -> Review | None:
    """Not saved; None where the same was sent before. Raises VerdictRefusedError and OvertakenError."""
    author, rank = who
    if before := known.by_id.get(said.id) if said.id else None:
        if before.detection != box.pk or before.author_id != author.pk:
            raise VerdictRefusedError(_("This id is taken: choose another one."))
        return None
    subject = _Box(box)
    refuse_overtaken(standing_of(known.of_box.get(box.pk, [])), said, author)
    verdict, species = subject.meant(said)
    subject.check(said)
    facts = {**subject.key, "verdict": verdict, "species": species, "note": said.note.strip()}
    if verdict in ACCEPTING:
        facts |= {"count": subject.number(said), "life": subject.life(said)}
        facts |= sides(said.box) if said.box is not None else {}
    return Review(id=said.id, survey_id=box.image.survey_id, image=box.image, author=author, rank=rank, **facts)


def _settle(known: _Known, outcome: Outcome, made: Mapping[UUID, Review], author: Any) -> None:
    """Writes the reviews, and what counts now."""
    insert(list(made.values()))
    for detection in outcome.standing.keys() - {id for id, box in known.boxes.items() if box.is_by_itself}:
        new = [made[detection]] if detection in made else []
        outcome.standing[detection] = standing_of([*known.of_box.get(detection, []), *new])
    judged = [Judged(known.boxes[id], _Box(known.boxes[id]).species, outcome.standing[id]) for id in made]
    settle_many(judged, known.of_image, known.of_drawn.values())
    has_disputes = any(known.boxes[id].is_disputed for id in made)
    note(
        {(new.image_id, id): [*known.of_box.get(id, []), new] for id, new in made.items()}, author, has_any=has_disputes
    )
    for image in {box.image_id: box.image for box in (known.boxes[id] for id in made) if box.is_entangled}.values():
        carry_on(image)


def _read(survey: Survey, ids: Mapping[UUID, UUID]) -> _Known:
    of_here = {"image": OuterRef("image")}
    named = SpeciesRule.objects.filter(
        survey=survey, model_name=OuterRef("run__model_version__name"), label=OuterRef("label")
    )
    others = ResultSet.objects.filter(**of_here, n_detections__gt=0).exclude(run=OuterRef("run"))
    drawn = Observation.objects.filter(**of_here, detection=None)
    reviews = (
        Review.objects.filter(detection=OuterRef("pk")),
        Review.objects.filter(**of_here, detection=None),
        Review.objects.filter(pk__in=ids.values()),
    )
    found = (
        Detection.objects.filter(pk__in=ids, run__survey=survey, image__trashed_at=None)
        .select_related("image")
        .defer("image__failure", "image__path")
        .annotate(
            named=Subquery(named.values("species")),
            is_dropped=Subquery(named.values("is_dropped")),
            is_said_of=Exists(reviews[0]) | Exists(reviews[1]) | Exists(reviews[2]),
            is_carried=Exists(Carried.objects.filter(detection=OuterRef("pk"), observation__isnull=False)),
            is_entangled=Exists(others) | Exists(drawn),
            is_disputed=Exists(Dispute.objects.filter(subject=OuterRef("pk"))),
        )
    )
    boxes = {box.pk: box for box in found}
    runs_of = grouped((box.image_id, box.run_id) for box in boxes.values())
    for box in boxes.values():
        box.is_by_itself = box.is_carried or (box.is_entangled and len(set(runs_of[box.image_id])) > 1)
    said = _reviews(boxes.values(), ids) if any(box.is_said_of for box in boxes.values()) else []
    return _Known(
        boxes,
        grouped((review.detection, review) for review in said if review.detection),
        grouped((review.image_id, review) for review in said if not (review.detection or review.observation)),
        grouped((review.observation, review) for review in said if review.observation),
        {review.pk: review for review in said},
    )


def _reviews(boxes: Collection[Any], ids: Mapping[UUID, UUID]) -> Sequence[Review]:
    """All of these boxes, of their images as a whole and of what was drawn there, and whatever has one of the ids."""
    of_images = Q(image__in={box.image_id for box in boxes}, detection=None)
    wanted = Q(detection__in=[box.pk for box in boxes]) | of_images | Q(pk__in=ids.values())
    return list(Review.objects.filter(wanted).select_related("author"))
