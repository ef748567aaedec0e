"""`surveys/` and `surveys/{slug}/`."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from surveys.access import get_survey_for, surveys_for
from surveys.api.serializers import SurveyChangeIn, SurveyIn, SurveyOut
from surveys.change import change_survey
from surveys.create import SlugTakenError, create_survey
from surveys.members import remember_roles
from surveys.models import Role
from surveys.pagination import KeysetPagination
from surveys.trash import trash_survey


class SurveyList(ListAPIView):
    """The surveys that the caller may know of, newest first."""

    serializer_class = SurveyOut
    pagination_class = KeysetPagination
    newest_first = True

    def get_queryset(self) -> Any:
        return surveys_for(self.request.user)

    def paginate_queryset(self, queryset: Any) -> Any:
        surveys = super().paginate_queryset(queryset)
        remember_roles(self.request.user, surveys)
        return surveys

    @extend_schema(request=SurveyIn, responses={201: SurveyOut})
    def post(self, request: Request) -> Response:
        """Makes a survey; the caller owns it."""
        wanted = SurveyIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        try:
            survey = create_survey(request.user, **wanted.validated_data)
        except SlugTakenError as error:
            raise ValidationError({"slug": [str(error)]}) from error
        return Response(SurveyOut(survey, context={"request": request}).data, status=201)


class SurveyDetail(APIView):
    @extend_schema(responses=SurveyOut)
    def get(self, request: Request, slug: str) -> Response:
        """One survey, and the caller's role in it."""
        survey = get_survey_for(request.user, slug)
        return Response(SurveyOut(survey, context={"request": request}).data)

    @extend_schema(request=SurveyChangeIn, responses=SurveyOut)
    def patch(self, request: Request, slug: str) -> Response:
        """Changes settings; owners only."""
        survey = get_survey_for(request.user, slug, at_least=Role.OWNER)
        wanted = SurveyChangeIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        change_survey(survey, request.user, wanted.validated_data)
        return Response(SurveyOut(survey, context={"request": request}).data)

    @extend_schema(responses={204: None}, description="Moves the survey to the trash for 30 days.")
    def delete(self, request: Request, slug: str) -> Response:
        survey = get_survey_for(request.user, slug, at_least=Role.OWNER)
        trash_survey(survey, request.user)
        return Response(status=204)
