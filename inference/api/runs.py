"""Searches of a survey."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers, status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.access import get_run_for
from inference.counts import box_counts
from inference.models import Mode, ModelVersion, Run
from inference.progress import progress_of
from inference.run_plan import USUAL_RANDOM_SHARE, PlanRefusedError, PreFilter, RunPlan, check_plan
from inference.runs import cancel_run, make_current, retry_failed, start_run
from surveys.access import get_survey_for
from surveys.api.serializers import KnownFieldsMixin
from surveys.models import Role
from surveys.pagination import KeysetPagination

MOST_IMAGES = 100_000


class NamedModel(KnownFieldsMixin, serializers.Serializer[Any]):
    """Adds `model_version`: the version asked for, or the newest."""

    model = serializers.CharField()
    version = serializers.CharField(default=None)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        data["model_version"] = ModelVersion.objects.latest_of(data["model"], data["version"])
        if data["model_version"] is None:
            sentence = _("There is no such model. See /api/v1/models/ for those there are.")
            raise serializers.ValidationError({"model": [sentence]})
        return data


class PreFilterIn(NamedModel):
    threshold = serializers.FloatField(min_value=0, max_value=1, default=None)
    random_share = serializers.FloatField(min_value=0.01, max_value=1, default=USUAL_RANDOM_SHARE)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        data = super().validate(data)
        if data["threshold"] is None:
            data["threshold"] = data["model_version"].card["score_threshold"]
        return data


class RunIn(NamedModel):
    mode = serializers.ChoiceField(Mode.choices, default=Mode.EXACT.value)
    threshold = serializers.FloatField(min_value=0, max_value=1, default=None)
    pre_filter = PreFilterIn(default=None, allow_null=True)
    images = serializers.ListField(
        child=serializers.UUIDField(), default=None, allow_null=True, max_length=MOST_IMAGES,
        help_text="Ids of the images to search. Left out: all, and those uploaded later.",
    )  # fmt: skip

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Adds `plan`."""
        data = super().validate(data)
        asked = data["pre_filter"]
        pre_filter = asked and PreFilter(asked["model_version"], asked["threshold"], asked["random_share"])
        data["plan"] = RunPlan(data["mode"], pre_filter, data["images"])
        try:
            check_plan(self.context["survey"], data["model_version"], data["plan"])
        except PlanRefusedError as refusal:
            raise serializers.ValidationError({refusal.part: [refusal.sentence]}) from refusal
        return data


class RunChange(KnownFieldsMixin, serializers.Serializer[Any]):
    state = serializers.ChoiceField([Run.State.CANCELLED.value], required=False)
    current = serializers.ChoiceField([True], required=False)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if not data:
            raise serializers.ValidationError({"detail": _("Say what to change: state or current.")})
        return data


class ProgressOut(serializers.Serializer[Any]):
    images = serializers.IntegerField()
    waiting = serializers.IntegerField()
    searched = serializers.IntegerField()
    failed = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    is_under_way = serializers.BooleanField()


class PreFilterOut(serializers.Serializer[Any]):
    model = serializers.CharField(source="screen.name")
    version = serializers.CharField(source="screen.version")
    threshold = serializers.FloatField(source="screen_threshold")
    random_share = serializers.FloatField()


class BoxCountsOut(serializers.Serializer[Any]):
    n_boxes = serializers.IntegerField()
    n_matched = serializers.IntegerField(help_text="On animals that people accepted on another search.")
    n_suppressed = serializers.IntegerField(help_text="On boxes that people rejected on another search.")
    n_new = serializers.IntegerField()


class RunOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    survey = serializers.CharField(source="survey.slug")
    model = serializers.CharField(source="model_version.name")
    version = serializers.CharField(source="model_version.version")
    labels = serializers.ListField(child=serializers.CharField(), source="model_version.labels")
    mode = serializers.ChoiceField(Mode.choices)
    threshold = serializers.FloatField()
    pre_filter = serializers.SerializerMethodField()
    state = serializers.ChoiceField(Run.State.choices)
    is_current = serializers.SerializerMethodField()
    does_take_all = serializers.BooleanField(help_text="False: it searches the images it was started with.")
    does_follow_uploads = serializers.BooleanField()
    created_by = serializers.CharField(source="created_by.username")
    created_at = serializers.DateTimeField()
    cancelled_at = serializers.DateTimeField(allow_null=True)
    progress = serializers.SerializerMethodField()
    boxes = serializers.SerializerMethodField(help_text="Of one search alone; null in lists.")

    def get_is_current(self, run: Run) -> bool:
        return run.survey.current_run == run.pk

    @extend_schema_field(PreFilterOut(allow_null=True))
    def get_pre_filter(self, run: Run) -> Any:
        return PreFilterOut(run).data if run.screen else None

    @extend_schema_field(ProgressOut)
    def get_progress(self, run: Run) -> Any:
        return ProgressOut(self.context["progress"][run.pk]).data

    @extend_schema_field(BoxCountsOut(allow_null=True))
    def get_boxes(self, run: Run) -> Any:
        return BoxCountsOut(box_counts(run)).data if self.context["is_alone"] else None


class SurveyRuns(generics.GenericAPIView[Run]):
    queryset = Run.objects.select_related("survey", "model_version", "screen", "created_by")
    serializer_class = RunOut
    pagination_class = KeysetPagination
    newest_first = True

    @extend_schema(responses=RunOut(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The survey's searches, newest first."""
        survey = get_survey_for(request.user, slug)
        rows = self.paginate_queryset(self.get_queryset().filter(survey=survey))
        return self.get_paginated_response(_out(rows, many=True))

    @extend_schema(request=RunIn, responses={201: RunOut})
    def post(self, request: Request, slug: str) -> Response:
        """Starts a search. One of all images becomes the current one and takes in what is uploaded later."""
        survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
        asked = RunIn(data=request.data, context={"survey": survey})
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        how = {"threshold": wanted["threshold"], "plan": wanted["plan"]}
        try:
            run = start_run(survey, wanted["model_version"], request.user, **how)
        except PlanRefusedError as refusal:  # an image went into the trash since the request was read, say
            raise serializers.ValidationError({refusal.part: [refusal.sentence]}) from refusal
        return Response(_out(get_run_for(request.user, run.pk)), status=status.HTTP_201_CREATED)


class RunDetail(APIView):
    @extend_schema(responses=RunOut)
    def get(self, request: Request, run_id: UUID) -> Response:
        return Response(_out(get_run_for(request.user, run_id)))

    @extend_schema(request=RunChange, responses=RunOut)
    def patch(self, request: Request, run_id: UUID) -> Response:
        """Cancels the search, or makes it the one that lists and counts speak of."""
        run = get_run_for(request.user, run_id, at_least=Role.ANALYST)
        change = RunChange(data=request.data)
        change.is_valid(raise_exception=True)
        if "state" in change.validated_data:
            cancel_run(run, request.user)
        if "current" in change.validated_data:
            make_current(run, request.user)
        return Response(_out(get_run_for(request.user, run_id)))


@extend_schema(request=None, responses={200: {"type": "object", "properties": {"retried": {"type": "integer"}}}})
@api_view(["POST"])
def run_retries(request: Request, run_id: UUID) -> Response:
    """Searches the images again whose search failed."""
    run = get_run_for(request.user, run_id, at_least=Role.ANALYST)
    return Response({"retried": retry_failed(run, request.user)})


def _out(found: Any, *, many: bool = False) -> Any:
    progress = progress_of(found if many else [found])
    return RunOut(found, many=many, context={"progress": progress, "is_alone": not many}).data
