"""Saying something of a detection or of a whole image. A verdict is kept for ever; a later one counts in its place."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from inference.models import Detection
from inference.runs import lock_survey
from inference.species import species_map
from review.models import ACCEPTING, Review, Verdict
from review.settling import rank_of, settle_detection, settle_image, standing_of
from surveys.models import Image
from surveys.observations import has_animals


@dataclass(frozen=True)
class Said:
    """What somebody says. `seen`: the verdict that counted when they looked, "" for none; without it nothing is
    compared. Sent again with the same `id` it stays one review."""

    verdict: str
    species: str = ""
    count: int = 1
    note: str = ""
    id: UUID | None = None
    seen: str | None = None


class VerdictRefusedError(Exception):
    """It cannot be said; the sentence tells what to do."""


class OvertakenError(Exception):
    """Somebody else judged since this was looked at. `standing`: what counts now, if anything."""

    def __init__(self, standing: Review | None) -> None:
        super().__init__()
        self.standing = standing


def judge(detection: Detection, said: Said, author: Any) -> Review:
    """Raises VerdictRefusedError and OvertakenError."""
    with transaction.atomic():
        lock_survey(detection.image.survey_id)
        detection = Detection.objects.select_related("image__survey", "run__model_version").get(pk=detection.pk)
        earlier = list(Review.objects.filter(detection=detection.pk))
        if known := _sent_before(said, earlier, author):
            return known
        refuse_overtaken(standing_of(earlier), said, author)
        species = species_map(detection.run).of(detection.label)
        verdict, named = meant(said, species)
        refuse_on_unusable(detection.image, verdict)
        review = _keep(detection.image, said, author, detection=detection.pk, verdict=verdict, species=named)
        settle_detection(detection, species, standing_of([*earlier, review]))
    return review


def judge_image(image: Image, said: Said, author: Any) -> Review:
    """Raises VerdictRefusedError and OvertakenError."""
    with transaction.atomic():
        lock_survey(image.survey_id)
        image = Image.objects.select_related("survey").get(pk=image.pk)
        earlier = list(Review.objects.filter(image=image, detection=None))
        if known := _sent_before(said, earlier, author):
            return known
        refuse_overtaken(standing_of(earlier), said, author)
        _refuse_contradiction(image, said)
        review = _keep(image, said, author, detection=None, verdict=said.verdict, species="")
        settle_image(image)
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
    if said.seen is not None and not is_mine and (standing.verdict if standing else "") != said.seen:
        raise OvertakenError(standing)


def refuse_on_unusable(image: Image, verdict: str) -> None:
    if image.review_state == Image.Review.UNUSABLE and verdict in ACCEPTING:
        raise VerdictRefusedError(_("This image was set unusable: take that back before you count animals on it."))


def _refuse_contradiction(image: Image, said: Said) -> None:
    if image.ingest_state != Image.Ingest.DONE:
        raise VerdictRefusedError(_("This image could not be read yet, so nobody can have looked at it."))
    if said.verdict in (Verdict.EMPTY, Verdict.UNUSABLE) and has_animals(image):
        raise VerdictRefusedError(_("Animals are accepted on this image: take them back first."))
    if said.verdict == Verdict.UNUSABLE and not said.note.strip():
        raise VerdictRefusedError(_("Say why the image is of no use: it will be no zero, and its area will not count."))


def meant(said: Said, species: str | None) -> tuple[str, str]:
    """Verdict and species. To call a detection what it is called already is to confirm it."""
    if said.verdict == Verdict.CONFIRMED:
        if species is None:
            raise VerdictRefusedError(_("The survey leaves this label out of its counts: say which species it is."))
        return Verdict.CONFIRMED.value, species
    if said.verdict == Verdict.RELABELLED:
        named = said.species.strip()
        if not named:
            raise VerdictRefusedError(_("Say which species it is."))
        is_same = species is not None and named.casefold() == species.casefold()
        return (Verdict.CONFIRMED.value, str(species)) if is_same else (Verdict.RELABELLED.value, named)
    return said.verdict, ""


def _keep(image: Image, said: Said, author: Any, *, detection: UUID | None, verdict: str, species: str) -> Review:
    return Review.objects.create(
        id=said.id or uuid7(),
        image=image,
        detection=detection,
        verdict=verdict,
        species=species,
        count=said.count if verdict in ACCEPTING else 1,
        note=said.note.strip(),
        author=author,
        rank=rank_of(author, image.survey),
    )
