"""What is sent when somebody judges, and the answers to what cannot be kept."""

import math
from collections.abc import Callable
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from review.models import ACCEPTING, CHOICES_OF_DETECTIONS, CHOICES_OF_IMAGES, Review, Verdict
from review.said import OvertakenError, Said, VerdictRefusedError
from surveys.api.serializers import KnownFieldsMixin
from surveys.models import Life

MOST_ANIMALS = 100_000
SIDES = ("left", "top", "right", "bottom")
SEEN_HELP = (
    "What counted when this was looked at, as far as one saw it; `verdict` is an empty text where nothing did. If "
    "another person said something else since, nothing is saved and the answer is 409. Left out: nothing is compared."
)
AUTHOR_HELP = (
    "Who says it. Where somebody else is logged in by now, nothing is saved and the answer is 401. Left out: who asks."
)
BOX_HELP = "Where the person put the box, in pixels of the upright image: all four sides or none."


class StrangerError(APIException):
    status_code = status.HTTP_401_UNAUTHORIZED
    default_code = "stranger"


def refuse_stranger(request: Request, author: str) -> None:
    """`author`: who says that they wrote it; "" where nobody says."""
    if author not in ("", request.user.get_username()):
        raise StrangerError(_("Somebody else is logged in here by now. Nothing was saved."))


class OvertakenAnswer(APIException):
    status_code = status.HTTP_409_CONFLICT

    def __init__(self, standing: Review | None) -> None:
        sentence = _("Somebody else judged this in the meantime: look at it again.")
        super().__init__(sentence)
        self.detail = {"detail": sentence, "standing": standing and ReviewOut(standing).data}


class Side(serializers.FloatField):
    """Of a box. JSON has no word for what is no number, but Python reads some."""

    def to_internal_value(self, data: Any) -> float:
        value = super().to_internal_value(data)
        if not math.isfinite(value):
            self.fail("invalid")
        return value


class BoxMixin(serializers.Serializer[Any]):
    """Four sides or none."""

    left = Side(required=False, help_text=BOX_HELP)
    top = Side(required=False)
    right = Side(required=False)
    bottom = Side(required=False)

    def validate(self, facts: dict[str, Any]) -> dict[str, Any]:
        facts = super().validate(facts)
        sides = [facts.pop(side, None) for side in SIDES]
        if all(side is None for side in sides):
            return facts
        if missing := [name for name, side in zip(SIDES, sides, strict=True) if side is None]:
            raise serializers.ValidationError({name: [_("A box has four sides: this is missing.")] for name in missing})
        return facts | {"box": tuple(sides)}


class SeenIn(KnownFieldsMixin, BoxMixin):
    verdict = serializers.CharField(max_length=12, allow_blank=True, required=False)
    species = serializers.CharField(max_length=80, allow_blank=True, required=False)
    count = serializers.IntegerField(required=False)
    life = serializers.CharField(max_length=8, allow_blank=True, required=False)
    is_moved = serializers.BooleanField(required=False, help_text="False: the box was where the machine had seen it.")

    def validate(self, facts: dict[str, Any]) -> dict[str, Any]:
        facts = super().validate(facts)
        return facts | {"box": None} if facts.pop("is_moved", None) is False else facts


class SaidIn(KnownFieldsMixin, serializers.Serializer[Any]):
    author = serializers.CharField(default="", allow_blank=True, max_length=150, help_text=AUTHOR_HELP)
    id = serializers.UUIDField(default=None, help_text="Chosen by the sender: what is sent twice is one review.")
    note = serializers.CharField(default="", allow_blank=True, max_length=2000)
    seen = SeenIn(default=None, allow_null=True, help_text=SEEN_HELP)

    def save_as(self, act: Callable[[Said], Any], request: Request) -> Any:
        """Checks what was sent, and says it by `act`."""
        self.is_valid(raise_exception=True)
        refuse_stranger(request, self.validated_data["author"])
        try:
            return act(self.said())
        except VerdictRefusedError as refusal:
            raise serializers.ValidationError({"verdict": [str(refusal)]}) from refusal
        except OvertakenError as overtaken:
            raise OvertakenAnswer(overtaken.standing) from overtaken

    def said(self) -> Said:
        return Said(**{name: value for name, value in self.validated_data.items() if name != "author"})


class BoxSaidIn(BoxMixin, SaidIn):
    species = serializers.CharField(default="", allow_blank=True, max_length=80)
    count = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_ANIMALS, help_text="Animals in the box."
    )
    life = serializers.ChoiceField(Life.choices, required=False, allow_blank=True)


class DetectionReviewIn(BoxSaidIn):
    verdict = serializers.ChoiceField(CHOICES_OF_DETECTIONS)
    species = serializers.CharField(default="", allow_blank=True, max_length=80, help_text="Of `relabelled`.")


class ImageReviewIn(SaidIn):
    verdict = serializers.ChoiceField(CHOICES_OF_IMAGES)


class DrawnIn(BoxSaidIn):
    """A box that a person draws."""

    observation = serializers.UUIDField(help_text="The new observation's id, chosen by the sender.", required=False)
    species = serializers.CharField(max_length=80)
    left = Side(help_text=BOX_HELP)
    top = Side()
    right = Side()
    bottom = Side()

    def said(self) -> Said:
        facts = {name: value for name, value in self.validated_data.items() if name not in ("author", "observation")}
        return Said(verdict=Verdict.CONFIRMED, **facts)


class ObservationIn(BoxSaidIn):
    """What is left out stays as it is: the view says how that is."""

    as_it_is: ClassVar[dict[str, Any]] = {}

    verdict = serializers.ChoiceField(CHOICES_OF_DETECTIONS, required=False)
    species = serializers.CharField(required=False, max_length=80)

    def said(self) -> Said:
        """Of a detection another name is another verdict."""
        given = {name: value for name, value in self.validated_data.items() if name != "author"}
        facts = self.as_it_is | given
        if facts["verdict"] in ACCEPTING and "species" in given:
            facts["verdict"] = Verdict.RELABELLED.value
        return Said(**facts) if facts["verdict"] in ACCEPTING else Said(**_bare(facts))


def _bare(facts: dict[str, Any]) -> dict[str, Any]:
    """What does not count has neither place nor number."""
    return {name: value for name, value in facts.items() if name not in ("species", "count", "life", "box")}


class ReviewOut(serializers.ModelSerializer[Review]):
    author = serializers.CharField(source="author.username")

    class Meta:
        model = Review
        fields = [
            *("id", "image", "detection", "observation", "verdict", "species", "count", "life", *SIDES),
            *("note", "author", "created_at"),
        ]


class OvertakenOut(serializers.Serializer[Any]):
    detail = serializers.CharField()
    standing = ReviewOut(allow_null=True, help_text="What counts now.")


OVERTAKEN = OpenApiResponse(OvertakenOut, description="somebody else judged it since")
STRANGER = OpenApiResponse(description="somebody else is logged in by now")
ANSWERS = {401: STRANGER, 409: OVERTAKEN}
