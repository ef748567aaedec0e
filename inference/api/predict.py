"""`models/{name}/{version}/predict/`: one image, answered at once."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inference import predict
from inference.access import get_model_for
from inference.api.model_uploads import is_somebody
from inference.posted import StoredUploadHandler
from surveys.api.serializers import KnownFieldsMixin


class PredictIn(KnownFieldsMixin, serializers.Serializer[Any]):
    image = serializers.FileField(help_text="JPEG, PNG or TIFF, at most 64 MB.")
    threshold = serializers.FloatField(
        min_value=0, max_value=1, default=None, help_text="Lowest model score kept; the card's when left out."
    )


class PredictedBox(serializers.Serializer[Any]):
    """Pixels of the upright image, origin top-left; right and bottom exclusive."""

    left = serializers.FloatField()
    top = serializers.FloatField()
    right = serializers.FloatField()
    bottom = serializers.FloatField()
    score = serializers.FloatField()
    label = serializers.CharField()


class PredictOut(serializers.Serializer[Any]):
    """`seconds`: of the detector alone, on `device`."""

    model = serializers.CharField()
    version = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    threshold = serializers.FloatField()
    device = serializers.CharField()
    n_patches = serializers.IntegerField()
    seconds = serializers.FloatField()
    detections = PredictedBox(many=True)


class NoAnswer(APIException):
    status_code = 503


class TooSlow(APIException):
    status_code = 504


RESPONSES = {
    200: PredictOut,
    400: OpenApiResponse(description="the image cannot be read, or the version is retired"),
    503: OpenApiResponse(description="no worker is free, or the model cannot answer here"),
    504: OpenApiResponse(description="no answer within a minute"),
}


class Predict(APIView):
    parser_classes = [MultiPartParser]

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        if request.method == "POST" and is_somebody(request):
            request.upload_handlers = [StoredUploadHandler(request, predict.MOST_BYTES)]
        return super().initialize_request(request, *args, **kwargs)

    @extend_schema(request=PredictIn, responses=RESPONSES)
    def post(self, request: Request, name: str, version: str) -> Response:
        """Searches one posted image and answers with its boxes, best first. Nothing of it is kept. For one image now
        and then: what is to be counted belongs into a survey."""
        found = get_model_for(request.user, name, version)
        asked = PredictIn(data=request.data)
        asked.is_valid(raise_exception=True)
        if found.retired_at:
            raise ValidationError({"detail": _("This version is retired: it searches no new image.")})
        try:
            wanted = asked.validated_data
            answer = predict.predict(found, wanted["image"], wanted["threshold"], request.user)
        except predict.BadImageError as error:
            raise ValidationError({"image": [str(error)]}) from error
        except predict.TooSlowError as error:
            raise TooSlow(str(error)) from error
        except predict.NoAnswerError as error:
            raise NoAnswer(str(error)) from error
        return Response({"model": found.name, "version": found.version, **answer})
