"""Boxes drawn by people, and all other animals that count."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from uuid_utils.compat import uuid7

from review.access import get_observation_for
from review.api.reviews import StandingOut, standing
from review.api.saying import ANSWERS, SIDES, DrawnIn, ObservationIn
from review.models import ACCEPTING, Review, Verdict
from review.settling import standing_of
from review.subjects import OfDrawn, reviews_of
from review.verdicts import draw, judge_observation
from surveys.access import get_image_for
from surveys.models import Image, Observation, Role
from surveys.observations import box_of
from surveys.pagination import KeysetPagination


class ObservationOut(serializers.ModelSerializer[Observation]):
    created_by = serializers.CharField(source="created_by.username")
    is_counted = serializers.SerializerMethodField(help_text="False: people took it back.")

    class Meta:
        model = Observation
        fields = [
            *("id", "image", "detection", "species", "count", "life", *SIDES, "is_counted"),
            *("created_by", "created_at"),
        ]

    def get_is_counted(self, observation: Observation) -> bool:
        return observation.withdrawn_at is None


class JudgedObservationOut(StandingOut):
    """The observation as it counts, and what was said of it."""

    observation = ObservationOut()


class ImageObservations(ListAPIView):
    """What is counted on an image."""

    serializer_class = ObservationOut
    pagination_class = KeysetPagination

    def get_queryset(self) -> QuerySet[Observation]:
        image = get_image_for(self.request.user, self.kwargs["image_id"])
        return Observation.objects.filter(image=image, withdrawn_at=None).select_related("created_by")

    @extend_schema(request=DrawnIn, responses={201: JudgedObservationOut, **ANSWERS})
    def post(self, request: Request, image_id: UUID) -> Response:
        """Draws a box that no machine proposed: an animal or a group, which is counted at once."""
        image = get_image_for(request.user, image_id, at_least=Role.REVIEWER)
        asked = DrawnIn(data=request.data)
        drawn = asked.save_as(
            lambda said: draw(image, asked.validated_data.get("observation") or uuid7(), said, request.user), request
        )
        return Response(_judged(image, drawn), status=status.HTTP_201_CREATED)


class ObservationDetail(APIView):
    @extend_schema(responses=JudgedObservationOut)
    def get(self, request: Request, observation_id: UUID) -> Response:
        """The observation, also one that was taken back, and what was said of it."""
        observation = get_observation_for(request.user, observation_id)
        return Response(_judged(observation.image, observation))

    @extend_schema(request=ObservationIn, responses={200: JudgedObservationOut, **ANSWERS})
    def patch(self, request: Request, observation_id: UUID) -> Response:
        """Says what it is, how many, or where; nothing that was said before is lost. With another `verdict` it is
        counted no more."""
        observation = get_observation_for(request.user, observation_id, at_least=Role.REVIEWER)
        return self._say(ObservationIn(data=request.data), observation, request)

    @extend_schema(responses={200: JudgedObservationOut, **ANSWERS})
    def delete(self, request: Request, observation_id: UUID) -> Response:
        """Takes it back: one's own verdict, or else by rejecting it. The row stays."""
        observation = get_observation_for(request.user, observation_id, at_least=Role.REVIEWER)
        counts = standing_of(_reviews(observation))
        is_own = counts is not None and counts.author_id == request.user.pk
        verdict = Verdict.OPEN if is_own else Verdict.REJECTED
        return self._say(ObservationIn(data={"verdict": verdict.value}), observation, request)

    def _say(self, asked: ObservationIn, observation: Observation, request: Request) -> Response:
        asked.as_it_is = _as_it_is(observation)
        asked.save_as(lambda said: judge_observation(observation, said, request.user), request)
        observation.refresh_from_db()
        return Response(_judged(observation.image, observation))


def _as_it_is(observation: Observation) -> dict[str, Any]:
    """What an observation is as long as nobody says otherwise."""
    counts = standing_of(_reviews(observation))
    is_moved = counts is not None and counts.left is not None
    return {
        "verdict": counts.verdict if counts and counts.verdict in ACCEPTING else Verdict.CONFIRMED.value,
        "species": observation.species,
        "count": observation.count,
        "life": observation.life,
    } | ({"box": box_of(observation)} if is_moved else {})


def _reviews(observation: Observation) -> QuerySet[Review]:
    if observation.detection is None:
        return reviews_of(OfDrawn(observation))
    return Review.objects.filter(detection=observation.detection)


def _judged(image: Image, observation: Observation) -> dict[str, Any]:
    return {**standing(image, _reviews(observation)), "observation": ObservationOut(observation).data}
