"""Verdicts on a detection and on an image, and all that were given before."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from review.access import get_detection_for
from review.models import OF_DETECTIONS, OF_IMAGES, Review
from review.settling import standing_of
from review.verdicts import OvertakenError, Said, VerdictRefusedError, judge, judge_image
from surveys.access import get_image_for
from surveys.api.serializers import KnownFieldsMixin
from surveys.models import Image, Role

MOST_ANIMALS = 100_000
SEEN_HELP = (
    "The verdict that counted when this was looked at, or an empty text where none did. If another person's counts by "
    "now, nothing is saved and the answer is 409. Left out: nothing is compared."
)
AUTHOR_HELP = (
    "Who says it. Where somebody else is logged in by now, nothing is saved and the answer is 401. Left out: who asks."
)


class SaidIn(KnownFieldsMixin, serializers.Serializer[Any]):
    author = serializers.CharField(default="", allow_blank=True, max_length=150, help_text=AUTHOR_HELP)
    id = serializers.UUIDField(default=None, help_text="Chosen by the sender: what is sent twice is one review.")
    note = serializers.CharField(default="", allow_blank=True, max_length=2000)
    seen = serializers.CharField(default=None, allow_null=True, allow_blank=True, max_length=12, help_text=SEEN_HELP)

    def said(self) -> Said:
        return Said(**{name: value for name, value in self.validated_data.items() if name != "author"})


class DetectionReviewIn(SaidIn):
    verdict = serializers.ChoiceField([verdict.value for verdict in OF_DETECTIONS])
    species = serializers.CharField(default="", allow_blank=True, max_length=80, help_text="Of `relabelled`.")
    count = serializers.IntegerField(default=1, min_value=1, max_value=MOST_ANIMALS, help_text="Animals in the box.")


class ImageReviewIn(SaidIn):
    verdict = serializers.ChoiceField([verdict.value for verdict in OF_IMAGES])


class ReviewOut(serializers.ModelSerializer[Review]):
    author = serializers.CharField(source="author.username")

    class Meta:
        model = Review
        fields = ["id", "image", "detection", "verdict", "species", "count", "note", "author", "created_at"]


class StandingOut(serializers.Serializer[Any]):
    """What was said, newest first, and which of it counts."""

    review = serializers.ChoiceField(Image.Review.choices, help_text="Of the image.")
    counts = serializers.UUIDField(allow_null=True, help_text="The review that counts; null where nobody judges.")
    reviews = ReviewOut(many=True)


class OvertakenOut(serializers.Serializer[Any]):
    detail = serializers.CharField()
    standing = ReviewOut(allow_null=True, help_text="What counts now.")


OVERTAKEN = OpenApiResponse(OvertakenOut, description="somebody else judged it since")
STRANGER = OpenApiResponse(description="somebody else is logged in by now")
ANSWERS = {201: StandingOut, 401: STRANGER, 409: OVERTAKEN}


class DetectionReviews(APIView):
    @extend_schema(responses=StandingOut)
    def get(self, request: Request, detection_id: UUID) -> Response:
        """Everything that was said of a detection."""
        detection = get_detection_for(request.user, detection_id)
        return Response(_standing(detection.image, Review.objects.filter(detection=detection.pk)))

    @extend_schema(request=DetectionReviewIn, responses=ANSWERS)
    def post(self, request: Request, detection_id: UUID) -> Response:
        """Says whether it is an animal, and which. `open` takes back what one said oneself."""
        detection = get_detection_for(request.user, detection_id, at_least=Role.REVIEWER)
        asked = DetectionReviewIn(data=request.data)
        return _answer(judge, detection, asked, request, Review.objects.filter(detection=detection.pk))


class ImageReviews(APIView):
    @extend_schema(responses=StandingOut)
    def get(self, request: Request, image_id: UUID) -> Response:
        """Everything that was said of the image as a whole."""
        image = get_image_for(request.user, image_id)
        return Response(_standing(image, Review.objects.filter(image=image, detection=None)))

    @extend_schema(request=ImageReviewIn, responses=ANSWERS)
    def post(self, request: Request, image_id: UUID) -> Response:
        """Says that the image was looked at, or is of no use, which needs a `note`. A reviewed image without accepted
        animals is `empty`, which is a zero; an unusable one is none."""
        image = get_image_for(request.user, image_id, at_least=Role.REVIEWER)
        asked = ImageReviewIn(data=request.data)
        return _answer(judge_image, image, asked, request, Review.objects.filter(image=image, detection=None))


def _answer(judge_it: Any, subject: Any, asked: SaidIn, request: Request, reviews: QuerySet[Review]) -> Response:
    image = subject if isinstance(subject, Image) else subject.image
    asked.is_valid(raise_exception=True)
    if asked.validated_data["author"] not in ("", request.user.get_username()):
        detail = _("Somebody else is logged in here by now. Nothing was saved.")
        return Response({"detail": detail}, status=status.HTTP_401_UNAUTHORIZED)
    try:
        judge_it(subject, asked.said(), request.user)
    except VerdictRefusedError as refusal:
        raise serializers.ValidationError({"verdict": [str(refusal)]}) from refusal
    except OvertakenError as overtaken:
        standing = overtaken.standing and ReviewOut(overtaken.standing).data
        detail = _("Somebody else judged this in the meantime: look at it again.")
        return Response({"detail": detail, "standing": standing}, status=status.HTTP_409_CONFLICT)
    return Response(_standing(image, reviews.all()), status=status.HTTP_201_CREATED)


def _standing(image: Image, reviews: QuerySet[Review]) -> dict[str, Any]:
    said = list(reviews.select_related("author"))
    counts = standing_of(said)
    state = Image.objects.values_list("review_state", flat=True).get(pk=image.pk)
    return {
        "review": state,
        "counts": counts and str(counts.pk),
        "reviews": ReviewOut(reversed(said), many=True).data,
    }
