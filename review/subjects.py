"""What a verdict can be on: a box of the machine, a box that a person drew, or the whole image. Each knows what was
said of it, what of a verdict is kept, and how to write down what counts."""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from inference.models import Detection
from inference.species import species_map
from review.models import ACCEPTING, Carried, Review, Verdict
from review.said import Said, VerdictRefusedError
from review.settling import settle_detection, settle_drawn, settle_image
from surveys.models import Image, Observation
from surveys.observations import Box, box_of, has_animals

Facts = dict[str, Any]  # columns of a review


class OfBox:
    """What holds of any box."""

    image: Image

    def place(self, said: Said) -> Box | None:
        """Where the person put it; None where the machine saw it."""
        return said.box

    def number(self, said: Said) -> int:
        return 1 if said.count is None else said.count

    def life(self, said: Said) -> str:
        return said.life or ""

    def check(self, said: Said) -> None:
        is_counted = said.verdict in ACCEPTING
        if is_counted and self.image.review_state == Image.Review.UNUSABLE:
            raise VerdictRefusedError(_("This image was set unusable: take that back before you count animals on it."))
        if said.box is not None and not is_counted:
            raise VerdictRefusedError(
                _("Only a box that is accepted can be moved: confirm it, or leave its sides out.")
            )
        if said.box is not None:
            refuse_outside(self.image, said.box)


@dataclass
class OfDetection(OfBox):
    detection: Detection
    species: str | None = field(init=False)  # what the survey calls its label; None where it leaves it out

    def __post_init__(self) -> None:
        self.image = self.detection.image
        self.key: Facts = {"detection": self.detection.pk}
        self.species = species_map(self.detection.run).of(self.detection.label)

    def meant(self, said: Said) -> tuple[str, str]:
        """Verdict and species. To call a detection what it is called already is to confirm it."""
        if said.verdict == Verdict.CONFIRMED:
            if self.species is None:
                raise VerdictRefusedError(_("The survey leaves this label out of its counts: say which species it is."))
            return Verdict.CONFIRMED.value, self.species
        if said.verdict == Verdict.RELABELLED:
            named = said.species.strip()
            if not named:
                raise VerdictRefusedError(_("Say which species it is."))
            is_same = self.species is not None and named.casefold() == self.species.casefold()
            return (Verdict.CONFIRMED.value, str(self.species)) if is_same else (Verdict.RELABELLED.value, named)
        return said.verdict, ""

    def settle(self, standing: Review | None) -> None:
        settle_detection(self.detection, self.species, standing)


@dataclass
class OfDrawn(OfBox):
    observation: Observation

    def __post_init__(self) -> None:
        self.image = self.observation.image
        self.key: Facts = {"observation": self.observation.pk}

    def meant(self, said: Said) -> tuple[str, str]:
        """No machine called it anything, so another name is no other verdict."""
        if said.verdict not in ACCEPTING:
            return said.verdict, ""
        if not (named := said.species.strip() or self.observation.species):
            raise VerdictRefusedError(_("Say which species it is."))
        return Verdict.CONFIRMED.value, named

    def place(self, said: Said) -> Box | None:
        return said.box or box_of(self.observation)

    def settle(self, standing: Review | None) -> None:
        settle_drawn(self.observation, standing)


@dataclass
class OfImage:
    image: Image

    def __post_init__(self) -> None:
        self.key: Facts = {"image": self.image, "detection": None, "observation": None}

    def check(self, said: Said) -> None:
        refuse_unread(self.image)
        if said.verdict in (Verdict.EMPTY, Verdict.UNUSABLE) and has_animals(self.image):
            raise VerdictRefusedError(_("Animals are accepted on this image: take them back first."))
        if said.verdict == Verdict.UNUSABLE and not said.note.strip():
            raise VerdictRefusedError(
                _("Say why the image is of no use: it will be no zero, and its area will not count.")
            )

    def meant(self, said: Said) -> tuple[str, str]:
        return said.verdict, ""

    def place(self, _said: Said) -> None:
        return None

    def number(self, _said: Said) -> int:
        return 1

    def life(self, _said: Said) -> str:
        return ""

    def settle(self, _standing: Review | None) -> None:
        settle_image(self.image)


@dataclass
class OfCarried(OfBox):
    """A box of one search that is an animal accepted before: who judges the box judges the animal, and makes no second
    one of it. What is not said stays as it is."""

    own: OfDetection
    animal: OfDetection | OfDrawn
    observation: Observation

    def __post_init__(self) -> None:
        self.image = self.own.image
        self.key: Facts = self.animal.key

    def meant(self, said: Said) -> tuple[str, str]:
        """To confirm the box is to say that the animal is what this box is called."""
        if said.verdict == Verdict.CONFIRMED:
            _confirmed, species = self.own.meant(said)
            said = replace(said, verdict=Verdict.RELABELLED.value, species=species)
        return self.animal.meant(said)

    def place(self, said: Said) -> Box | None:
        return said.box or box_of(self.observation)

    def number(self, said: Said) -> int:
        return self.observation.count if said.count is None else said.count

    def life(self, said: Said) -> str:
        return self.observation.life if said.life is None else said.life

    def settle(self, standing: Review | None) -> None:
        self.animal.settle(standing)


Subject = OfDetection | OfDrawn | OfCarried | OfImage


def reviews_of(subject: Subject) -> QuerySet[Review]:
    """In the order in which they were made."""
    return Review.objects.filter(**subject.key)


def beside(review: Review) -> QuerySet[Review]:
    """All reviews of the box that this one is of, in the order in which they were made."""
    return Review.objects.filter(image=review.image_id, detection=review.detection, observation=review.observation)


def of_detection(detection_id: UUID) -> OfDetection | OfCarried:
    own = _detection(detection_id)
    carried = Carried.objects.filter(detection=detection_id, observation__isnull=False).first()
    if carried is None:
        return own
    observation = Observation.objects.select_related("image__survey").get(pk=carried.observation)
    return OfCarried(own, of_observation(observation), observation)


def of_observation(observation: Observation) -> OfDetection | OfDrawn:
    """Of the detection that it came from, if there is one."""
    return OfDrawn(observation) if observation.detection is None else _detection(observation.detection)


def _detection(detection_id: UUID) -> OfDetection:
    return OfDetection(Detection.objects.select_related("image__survey", "run__model_version").get(pk=detection_id))


def of_image(image_id: UUID) -> OfImage:
    return OfImage(Image.objects.select_related("survey").get(pk=image_id))


def refuse_unread(image: Image) -> None:
    if image.ingest_state != Image.Ingest.DONE:
        raise VerdictRefusedError(_("This image could not be read yet, so nobody can have looked at it."))


def refuse_outside(image: Image, box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    if not (0 <= left < right <= (image.width or 0) and 0 <= top < bottom <= (image.height or 0)):
        raise VerdictRefusedError(_("The box must have an area, and lie inside the image."))
