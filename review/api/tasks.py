"""Review tasks: work on images shared out among chosen people."""

import secrets
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from review.access import get_shared_task_for, get_task_for
from review.handing_out import claim_next, give_back, held_by, renew
from review.models import ReviewTask, TaskImage
from review.task_filter import TaskFilter, TaskRefusedError
from review.task_forms import MOST_SEED
from review.task_making import choose_people, close, make_task, people_to_choose, rename, reopen
from surveys.access import get_survey_for
from surveys.api.serializers import KnownFieldsMixin
from surveys.models import Role, Survey
from surveys.pagination import KeysetPagination
from surveys.transects import MAX_TRANSECT

BAND_HELP = "Of the image's highest model score: of the label, where one is given, else of any. Both ends belong to it."
SEED_HELP = "With the same seed the same images are drawn on every machine. Left out: a random one."
SHARE_HELP = "Which part of the images chance takes."
TOKEN = OpenApiParameter("token", OpenApiTypes.UUID, description="Left out: whatever the caller holds.")
TRANSECT_HELP = "`-`: images without one."


class TaskIn(KnownFieldsMixin, serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    people = serializers.ListField(
        child=serializers.CharField(max_length=150), min_length=1, max_length=500, help_text="User names."
    )
    label = serializers.CharField(default="", allow_blank=True, max_length=80, help_text="Of the current search.")
    min_score = serializers.FloatField(default=None, allow_null=True, min_value=0, max_value=1, help_text=BAND_HELP)
    max_score = serializers.FloatField(default=None, allow_null=True, min_value=0, max_value=1, help_text=BAND_HELP)
    transect = serializers.CharField(default="", allow_blank=True, max_length=MAX_TRANSECT, help_text=TRANSECT_HELP)
    reviewed = serializers.ChoiceField(["yes", "no"], default="no", allow_blank=True, help_text="Blank: all.")
    share = serializers.FloatField(default=1, min_value=0.00001, max_value=1, help_text=SHARE_HELP)
    seed = serializers.IntegerField(
        default=None, allow_null=True, min_value=0, max_value=MOST_SEED, help_text=SEED_HELP
    )

    def wanted(self) -> TaskFilter:
        said = {name: value for name, value in self.validated_data.items() if name not in ("name", "people")}
        return TaskFilter(**said | {"seed": secrets.randbelow(10_000) if said["seed"] is None else said["seed"]})


class TaskChangeIn(KnownFieldsMixin, serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120, required=False)
    people = serializers.ListField(
        child=serializers.CharField(max_length=150), min_length=1, max_length=500, required=False
    )
    closed = serializers.BooleanField(required=False, help_text="Nothing is handed out of a closed task.")


class TaskOut(serializers.ModelSerializer[ReviewTask]):
    survey = serializers.CharField(source="survey.slug")
    people = serializers.SerializerMethodField(help_text="User names of those chosen.")
    created_by = serializers.CharField(source="created_by.username")

    class Meta:
        model = ReviewTask
        fields = [
            "id", "survey", "name", "people", "run", "label", "min_score", "max_score", "transect", "reviewed", "share",
            "seed", "n_images", "n_done", "created_by", "created_at", "closed_at",
        ]  # fmt: skip

    def get_people(self, task: ReviewTask) -> list[str]:
        return [share.user.username for share in task.shares.all() if share.is_chosen]


class HandedOut(serializers.Serializer[Any]):
    """The image that the caller holds. All but the numbers is null where there is none."""

    image = serializers.UUIDField(allow_null=True)
    url = serializers.CharField(allow_null=True, help_text="Its page.")
    place = serializers.IntegerField(allow_null=True)
    token = serializers.UUIDField(allow_null=True, help_text="With it the lease is renewed, and the image given back.")
    held_until = serializers.DateTimeField(allow_null=True)
    n_done = serializers.IntegerField()
    n_images = serializers.IntegerField()


class NextIn(KnownFieldsMixin, serializers.Serializer[Any]):
    after = serializers.UUIDField(
        default=None, help_text="The image just left: it is given back, and another one is handed out if there is one."
    )


class RenewIn(KnownFieldsMixin, serializers.Serializer[Any]):
    token = serializers.UUIDField()


class GiveBackIn(serializers.Serializer[Any]):
    token = serializers.UUIDField(default=None)


class RenewedOut(serializers.Serializer[Any]):
    held_until = serializers.DateTimeField()


class SurveyReviewTasks(generics.GenericAPIView[ReviewTask]):
    queryset = ReviewTask.objects.select_related("survey", "created_by").prefetch_related("shares__user")
    serializer_class = TaskOut
    pagination_class = KeysetPagination
    newest_first = True

    @extend_schema(responses=TaskOut(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The survey's review tasks, newest first."""
        survey = get_survey_for(request.user, slug)
        rows = self.paginate_queryset(self.get_queryset().filter(survey=survey))
        return self.get_paginated_response(TaskOut(rows, many=True).data)

    @extend_schema(request=TaskIn, responses={201: TaskOut})
    def post(self, request: Request, slug: str) -> Response:
        """Shares the images that the filter lets through, as they are now, among the people named."""
        survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
        asked = TaskIn(data=request.data)
        asked.is_valid(raise_exception=True)
        people = _people(survey, asked.validated_data["people"])
        try:
            task = make_task(survey, asked.validated_data["name"], asked.wanted(), people, request.user)
        except TaskRefusedError as refusal:
            raise serializers.ValidationError({"detail": str(refusal)}) from refusal
        return Response(TaskOut(task).data, status=status.HTTP_201_CREATED)


class ReviewTaskDetail(APIView):
    @extend_schema(responses=TaskOut)
    def get(self, request: Request, task_id: UUID) -> Response:
        """How far a task is."""
        return Response(TaskOut(get_task_for(request.user, task_id)).data)

    @extend_schema(request=TaskChangeIn, responses=TaskOut)
    def patch(self, request: Request, task_id: UUID) -> Response:
        """Renames it, chooses other people, closes or reopens it. Its images stay those that it was made with."""
        task = get_task_for(request.user, task_id, at_least=Role.ANALYST)
        asked = TaskChangeIn(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        people = _people(task.survey, wanted["people"]) if "people" in wanted else None
        if "name" in wanted:
            rename(task, wanted["name"])
        if people is not None:
            choose_people(task, people)
        if "closed" in wanted:
            close(task, request.user, now=timezone.now()) if wanted["closed"] else reopen(task, request.user)
        return Response(TaskOut(get_task_for(request.user, task_id)).data)


class ReviewTaskNext(APIView):
    @extend_schema(responses=HandedOut)
    def get(self, request: Request, task_id: UUID) -> Response:
        """The image that the caller holds, without taking one."""
        task = get_shared_task_for(request.user, task_id)
        return Response(_handed_out(task, held_by(task, request.user)))

    @extend_schema(request=NextIn, responses=HandedOut)
    def post(self, request: Request, task_id: UUID) -> Response:
        """Hands out an image that nobody else holds, for a quarter of an hour; asked again, the same one."""
        task = get_shared_task_for(request.user, task_id)
        asked = NextIn(data=request.data)
        asked.is_valid(raise_exception=True)
        row = claim_next(task, request.user, now=timezone.now(), after=asked.validated_data["after"])
        return Response(_handed_out(task, row))

    @extend_schema(request=RenewIn, responses={200: RenewedOut, 409: OpenApiResponse(description="somebody else's")})
    def patch(self, request: Request, task_id: UUID) -> Response:
        """The image is being looked at: the caller has it for another quarter of an hour."""
        task = get_shared_task_for(request.user, task_id)
        asked = RenewIn(data=request.data)
        asked.is_valid(raise_exception=True)
        until = renew(task, request.user, asked.validated_data["token"], now=timezone.now())
        if until is None:
            detail = _("This image is not in your hands any more: it is done, or somebody else was given it.")
            return Response({"detail": detail}, status=status.HTTP_409_CONFLICT)
        return Response({"held_until": until})

    @extend_schema(parameters=[TOKEN], responses={204: None})
    def delete(self, request: Request, task_id: UUID) -> Response:
        """Gives the image back, for others. With a token that holds nothing any more nothing happens."""
        task = get_shared_task_for(request.user, task_id)
        asked = GiveBackIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        give_back(task, request.user, asked.validated_data["token"])
        return Response(status=status.HTTP_204_NO_CONTENT)


def _people(survey: Survey, names: list[str]) -> QuerySet[Any]:
    found = people_to_choose(survey).filter(Q(username__in=names))
    missing = set(names) - {user.username for user in found}
    if missing:
        text = _("Nobody of this survey who may review is called %(names)s.") % {"names": ", ".join(sorted(missing))}
        raise serializers.ValidationError({"people": [text]})
    return found


def _handed_out(task: ReviewTask, row: TaskImage | None) -> dict[str, Any]:
    held = {name: getattr(row, name) if row else None for name in ("place", "token", "held_until")}
    url = f"{reverse('image', args=[row.image_id])}?task={task.pk}" if row else None
    numbers = {"n_done": task.n_done, "n_images": task.n_images}
    return HandedOut({"image": row and row.image_id, "url": url, **held, **numbers}).data
