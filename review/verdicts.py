"""Saying something of a box or of a whole image. A verdict is kept for ever; a later one counts in its place."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from inference.models import Detection
from inference.runs import lock_survey
from review.carrying import carry_on
from review.disputes import note
from review.models import ACCEPTING, Review
from review.said import OvertakenError, Said, VerdictRefusedError, is_as_seen
from review.settling import rank_of, standing_of
from review.subjects import (
    OfCarried,
    OfImage,
    Subject,
    of_detection,
    of_image,
    of_observation,
    refuse_outside,
    refuse_unread,
    reviews_of,
)
from surveys.activity import tell_counted
from surveys.models import Image, Observation
from surveys.observations import Animal, sides


def judge(detection: Detection, said: Said, author: Any) -> Review:
    """Raises VerdictRefusedError and OvertakenError."""
    return _judge(detection.image, lambda: of_detection(detection.pk), said, author)


def judge_image(image: Image, said: Said, author: Any) -> Review:
    """Raises VerdictRefusedError and OvertakenError."""
    return _judge(image, lambda: of_image(image.pk), said, author)


def judge_observation(observation: Observation, said: Said, author: Any) -> Review:
    """Of the detection that it came from, if there is one. Raises VerdictRefusedError and OvertakenError."""
    return _judge(observation.image, lambda: _subject_of(observation.pk), said, author)


def draw(image: Image, observation_id: UUID, said: Said, author: Any) -> Observation:
    """A box that no machine proposed, at `said.box`. Whose id is known already is judged again. Raises
    VerdictRefusedError."""
    if said.box is None:
        raise VerdictRefusedError(_("Say where the box is: left, top, right, bottom."))
    with transaction.atomic():
        lock_survey(image.survey_id)
        known = Observation.objects.filter(pk=observation_id).first()
        if known is None:
            animal = Animal(said.species.strip(), said.count or 1, said.life or "", said.box)
            known = _drawn(Image.objects.get(pk=image.pk), observation_id, animal, author)
        elif known.image_id != image.pk or known.detection is not None:
            raise VerdictRefusedError(_("This id is taken: choose another one."))
        keep(_subject_of(known.pk), said, author)
    known.refresh_from_db()
    return known


def _drawn(image: Image, observation_id: UUID, animal: Animal, author: Any) -> Observation:
    refuse_unread(image)
    refuse_outside(image, animal.box)
    if not animal.species:
        raise VerdictRefusedError(_("Say which species it is."))
    return Observation.objects.create(id=observation_id, image=image, created_by=author, **animal.columns)


def _subject_of(observation_id: UUID) -> Subject:
    return of_observation(Observation.objects.select_related("image__survey").get(pk=observation_id))


def _judge(image: Image, find: Callable[[], Subject], said: Said, author: Any) -> Review:
    with transaction.atomic():
        lock_survey(image.survey_id)
        return keep(find(), said, author)


def keep(subject: Subject, said: Said, author: Any) -> Review:
    """Inside a transaction that holds the survey. Raises VerdictRefusedError and OvertakenError."""
    earlier = list(reviews_of(subject))
    if known := _sent_before(said, earlier, author):
        return known
    refuse_overtaken(standing_of(earlier), said, author)
    verdict, species = subject.meant(said)
    subject.check(said)
    review = _kept(subject, said, author, verdict=verdict, species=species)
    subject.settle(standing_of([*earlier, review]))
    note({(review.image_id, review.detection or review.observation or review.image_id): [*earlier, review]}, author)
    is_box = not isinstance(subject, OfImage)
    if is_box:
        carry_on(subject.image)
    tell_counted(subject.image.survey, author, "boxes_judged" if is_box else "images_judged")
    return review


def _sent_before(said: Said, earlier: list[Review], author: Any) -> Review | None:
    """The review that this became when it was sent before. Whose another one with its id is, nobody is told."""
    if said.id is None or not Review.objects.filter(pk=said.id).exists():
        return None
    mine = (review for review in earlier if review.pk == said.id and review.author_id == author.pk)
    if (known := next(mine, None)) is None:
        raise VerdictRefusedError(_("This id is taken: choose another one."))
    return known


def refuse_overtaken(standing: Review | None, said: Said, author: Any) -> None:
    is_mine = standing is not None and standing.author_id == author.pk
    if said.seen is not None and not is_mine and not is_as_seen(standing, said.seen):
        raise OvertakenError(standing)


def _kept(subject: Subject, said: Said, author: Any, *, verdict: str, species: str) -> Review:
    is_counted = verdict in ACCEPTING
    facts: dict[str, Any] = {"image": subject.image, **subject.key, "verdict": verdict, "species": species}
    if isinstance(subject, OfCarried):
        facts["via"] = subject.own.detection.pk
    if is_counted:
        facts |= {"count": subject.number(said), "life": subject.life(said)}
    if is_counted and (box := subject.place(said)) is not None:
        facts |= sides(box)
    return Review.objects.create(
        id=said.id or uuid7(),
        survey=subject.image.survey,
        note=said.note.strip(),
        author=author,
        rank=rank_of(author, subject.image.survey),
        **facts,
    )
