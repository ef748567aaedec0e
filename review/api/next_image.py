"""`images/{id}/next/`: which image to open after this one."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from review.next_image import Found, next_uncertain, next_unfinished
from surveys.access import get_image_for

FINDERS = {"unfinished": next_unfinished, "uncertain": next_uncertain}
WANT_HELP = (
    "`unfinished`: nobody said that it is reviewed, empty or unusable; `uncertain`: with a box of which somebody was "
    "uncertain."
)


class NextQuery(serializers.Serializer[Any]):
    want = serializers.ChoiceField(list(FINDERS), default="unfinished", help_text=WANT_HELP)


class NextOut(serializers.Serializer[Any]):
    image = serializers.UUIDField(allow_null=True, help_text="Null where there is no other.")
    detection = serializers.UUIDField(allow_null=True, help_text="The box that is uncertain.")
    url = serializers.CharField(allow_null=True, help_text="The page of the image, at that box.")


@extend_schema(parameters=[NextQuery], responses=NextOut)
@api_view(["GET"])
def image_next(request: Request, image_id: UUID) -> Response:
    """The next image of the survey on which something is left to decide; after the last one from the first on."""
    image = get_image_for(request.user, image_id)
    query = NextQuery(data=request.GET)
    query.is_valid(raise_exception=True)
    found = FINDERS[query.validated_data["want"]](image)
    return Response({"image": found and found.image, "detection": found and found.detection, "url": _url(found)})


def _url(found: Found | None) -> str | None:
    if found is None:
        return None
    page = reverse("image", args=[found.image])
    return f"{page}#det={found.detection}" if found.detection else page
