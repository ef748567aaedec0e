"""`surveys/{slug}/progress/`."""

from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from surveys.access import get_survey_for
from surveys.api.serializers import SurveyProgressOut
from surveys.etags import answer_if_changed
from surveys.progress import progress_of


class SurveyProgress(APIView):
    @extend_schema(responses=SurveyProgressOut, description="Answers 304 to an If-None-Match whose ETag still holds.")
    def get(self, request: Request, slug: str) -> Response:
        survey = get_survey_for(request.user, slug)
        data = SurveyProgressOut(progress_of(survey)).data
        return answer_if_changed(request, JSONRenderer().render(data), Response(data))
