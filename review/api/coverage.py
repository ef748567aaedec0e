"""`images/{id}/coverage/`: what people looked at, and how closely."""

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from review.api.saying import AUTHOR_HELP, STRANGER, Side, refuse_stranger
from review.coverage import HALVINGS, Cells, Look, coverage_of, look
from surveys.access import get_image_for
from surveys.api.serializers import KnownFieldsMixin
from surveys.models import Image, Role

MOST_LOOKS = 500
HALVINGS_HELP = "How often the screen halved the image: 0 at full size or closer, 1 at half size, at most 3."
SHARES_HELP = "Of the image's area, looked at at full size, half, a quarter and an eighth, or closer: 0 to 1."
CELLS_HELP = (
    "A byte a cell, row by row, packed by zlib, in Base64: 0 not looked at, 1 at an eighth, 2 a quarter, 3 half, 4 full"
    " size."
)


class LookIn(KnownFieldsMixin, serializers.Serializer[Any]):
    left = Side(help_text="What was on the screen, in pixels of the upright image.")
    top = Side()
    right = Side()
    bottom = Side()
    halvings = serializers.ChoiceField(HALVINGS, help_text=HALVINGS_HELP)


class CoverageIn(KnownFieldsMixin, serializers.Serializer[Any]):
    author = serializers.CharField(default="", allow_blank=True, max_length=150, help_text=AUTHOR_HELP)
    looks = serializers.ListField(child=LookIn(), min_length=1, max_length=MOST_LOOKS)


class LookedOut(serializers.Serializer[Any]):
    person = serializers.CharField()
    shares = serializers.ListField(child=serializers.FloatField(), help_text=SHARES_HELP)
    cells = serializers.CharField(help_text=CELLS_HELP)
    changed_at = serializers.DateTimeField()


class CoverageOut(serializers.Serializer[Any]):
    side = serializers.IntegerField(help_text="Of a cell, in pixels of the image.")
    columns = serializers.IntegerField()
    rows = serializers.IntegerField()
    people = LookedOut(many=True)


class SharesOut(serializers.Serializer[Any]):
    shares = serializers.ListField(child=serializers.FloatField(), help_text=SHARES_HELP)


class ImageCoverage(APIView):
    @extend_schema(responses=CoverageOut)
    def get(self, request: Request, image_id: UUID) -> Response:
        """What each person looked at, and how closely. Kept of those who may judge, on the image page."""
        image = _measured(get_image_for(request.user, image_id))
        return Response(CoverageOut(coverage_of(image)).data)

    @extend_schema(request=CoverageIn, responses={200: SharesOut, 401: STRANGER})
    def post(self, request: Request, image_id: UUID) -> Response:
        """Adds to what one looked at oneself. A cell counts when all of it was on the screen."""
        image = _measured(get_image_for(request.user, image_id, at_least=Role.REVIEWER))
        asked = CoverageIn(data=request.data)
        asked.is_valid(raise_exception=True)
        refuse_stranger(request, asked.validated_data["author"])
        closeness = look(image, request.user, [Look(**each) for each in asked.validated_data["looks"]])
        return Response({"shares": Cells.of(image).shares(closeness)})


def _measured(image: Image) -> Image:
    """Of what was not read there is nothing to look at."""
    if not image.width or not image.height:
        raise Http404
    return image
