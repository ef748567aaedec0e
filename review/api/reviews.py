"""Verdicts on a detection and on an image, and all that were given before."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from review.access import get_detection_for
from review.api.saying import ANSWERS, DetectionReviewIn, ImageReviewIn, ReviewOut
from review.models import Review
from review.settling import standing_of
from review.subjects import OfImage, beside, of_detection, reviews_of
from review.verdicts import judge, judge_image
from surveys.access import get_image_for
from surveys.models import Image, Role


class StandingOut(serializers.Serializer[Any]):
    """What was said, newest first, and which of it counts."""

    review = serializers.ChoiceField(Image.Review.choices, help_text="Of the image.")
    counts = serializers.UUIDField(allow_null=True, help_text="The review that counts; null where nobody judges.")
    reviews = ReviewOut(many=True)


class DetectionReviews(APIView):
    @extend_schema(responses=StandingOut)
    def get(self, request: Request, detection_id: UUID) -> Response:
        """Everything that was said of a detection, or of the animal that it is if an earlier search had found that."""
        detection = get_detection_for(request.user, detection_id)
        return Response(standing(detection.image, reviews_of(of_detection(detection.pk))))

    @extend_schema(request=DetectionReviewIn, responses={201: StandingOut, **ANSWERS})
    def post(self, request: Request, detection_id: UUID) -> Response:
        """Says whether it is an animal, and which. `open` takes back what one said oneself."""
        detection = get_detection_for(request.user, detection_id, at_least=Role.REVIEWER)
        asked = DetectionReviewIn(data=request.data)
        review = asked.save_as(lambda said: judge(detection, said, request.user), request)
        return Response(standing(detection.image, beside(review)), status=status.HTTP_201_CREATED)


class ImageReviews(APIView):
    @extend_schema(responses=StandingOut)
    def get(self, request: Request, image_id: UUID) -> Response:
        """Everything that was said of the image as a whole."""
        image = get_image_for(request.user, image_id)
        return Response(standing(image, reviews_of(OfImage(image))))

    @extend_schema(request=ImageReviewIn, responses={201: StandingOut, **ANSWERS})
    def post(self, request: Request, image_id: UUID) -> Response:
        """Says that the image was looked at, or is of no use, which needs a `note`. A reviewed image without accepted
        animals is `empty`, which is a zero; an unusable one is none."""
        image = get_image_for(request.user, image_id, at_least=Role.REVIEWER)
        asked = ImageReviewIn(data=request.data)
        asked.save_as(lambda said: judge_image(image, said, request.user), request)
        return Response(standing(image, reviews_of(OfImage(image))), status=status.HTTP_201_CREATED)


def standing(image: Image, reviews: QuerySet[Review]) -> dict[str, Any]:
    """As StandingOut has it."""
    said = list(reviews.select_related("author"))
    counts = standing_of(said)
    state = Image.objects.values_list("review_state", flat=True).get(pk=image.pk)
    return {
        "review": state,
        "counts": counts and str(counts.pk),
        "reviews": ReviewOut(reversed(said), many=True).data,
    }
