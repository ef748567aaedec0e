"""Speed-up checks of a survey."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.access import get_speed_check_for
from inference.api.runs import NamedModel
from inference.models import FAST_MODES, Mode, SpeedCheck
from inference.run_plan import is_classifier, lacks_mode, modes_of
from inference.speed_checks import MOST_PATCHES, USUAL_PATCHES, start_check
from surveys.access import get_survey_for
from surveys.models import Role
from surveys.pagination import KeysetPagination


class SpeedCheckIn(NamedModel):
    mode = serializers.ChoiceField(FAST_MODES)
    n_patches = serializers.IntegerField(min_value=1, max_value=MOST_PATCHES, default=USUAL_PATCHES)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        data = super().validate(data)
        if is_classifier(data["model_version"]):
            sentence = _("This model only tells patches apart: a speed-up check compares the boxes of a detector.")
            raise serializers.ValidationError({"model": [sentence]})
        if data["mode"] not in modes_of(data["model_version"]):
            raise serializers.ValidationError({"mode": [lacks_mode(data["model_version"], data["mode"])]})
        return data


class SpeedCheckOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    survey = serializers.CharField(source="survey.slug")
    model = serializers.CharField(source="model_version.name")
    version = serializers.CharField(source="model_version.version")
    mode = serializers.ChoiceField(Mode.choices)
    n_patches = serializers.IntegerField()
    state = serializers.ChoiceField(SpeedCheck.State.choices)
    device = serializers.CharField()
    engine = serializers.CharField()
    failure = serializers.CharField()
    created_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)


class SpeedCheckDetailOut(SpeedCheckOut):
    report = serializers.JSONField(
        help_text="Boxes lost, gained and moved and score shifts by label, seconds a patch, and every pair of boxes."
    )


class SurveySpeedChecks(generics.GenericAPIView[SpeedCheck]):
    queryset = SpeedCheck.objects.select_related("survey", "model_version").defer("report")
    serializer_class = SpeedCheckOut
    pagination_class = KeysetPagination
    newest_first = True

    @extend_schema(responses=SpeedCheckOut(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The survey's speed-up checks, newest first."""
        survey = get_survey_for(request.user, slug)
        rows = self.paginate_queryset(self.get_queryset().filter(survey=survey))
        return self.get_paginated_response(SpeedCheckOut(rows, many=True).data)

    @extend_schema(request=SpeedCheckIn, responses={201: SpeedCheckOut})
    def post(self, request: Request, slug: str) -> Response:
        """Has both modes look at the same patches of the survey. Until that is done no search may use the mode."""
        survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
        asked = SpeedCheckIn(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        check = start_check(survey, wanted["model_version"], wanted["mode"], request.user, wanted["n_patches"])
        return Response(SpeedCheckOut(check).data, status=status.HTTP_201_CREATED)


class SpeedCheckDetail(APIView):
    @extend_schema(responses=SpeedCheckDetailOut)
    def get(self, request: Request, check_id: UUID) -> Response:
        return Response(SpeedCheckDetailOut(get_speed_check_for(request.user, check_id)).data)
