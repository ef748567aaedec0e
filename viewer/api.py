"""Tiles, the DeepZoom face, and the annotated JPEG."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from surveys.access import get_image_for
from surveys.models import Image
from surveys.original_views import guard
from viewer import grants, pyramid
from viewer.annotated import BusyError, TooLargeError, annotated
from viewer.highlight import highlight
from viewer.page import stages
from viewer.tiles import deepzoom_of, read_tile, tile_response

JPEG = {(200, "image/jpeg"): OpenApiTypes.BINARY, 404: OpenApiResponse(description="no such tile, or not yet")}


class PassOut(serializers.Serializer[Any]):
    ingest = serializers.ChoiceField(Image.Ingest.choices)
    search = serializers.ChoiceField(Image.Search.choices)
    pyramid = serializers.ChoiceField(Image.Pyramid.choices)
    version = serializers.CharField(help_text="Changes with the file behind the tiles.")


class AnnotatedQuery(serializers.Serializer[Any]):
    run = serializers.UUIDField(default=None)
    min_score = serializers.FloatField(default=None, min_value=0, max_value=1)


@extend_schema(responses=JPEG)
@api_view(["GET"])
def tile(request: HttpRequest, image_id: UUID, z: int, x: int, y: int) -> HttpResponse:
    """A tile of 512 pixels; z 0 is the whole image in one. Those on the right and lower edge are padded."""
    image = get_image_for(request.user, image_id)
    found = read_tile(str(image.pk), grants.Grant.of(image), z, x, y)
    return tile_response(found, is_versioned="v" in request.GET)


@extend_schema(responses=PassOut)
@api_view(["GET"])
def tile_pass(request: HttpRequest, image_id: UUID) -> Response:
    """A fresh cookie for a minute of this image's tiles, and how far the image is."""
    image = get_image_for(request.user, image_id)
    response = Response(stages(image))
    response["Cache-Control"] = "no-store"
    grants.set_cookie(response, image)
    return response


@extend_schema(responses={(200, "application/xml"): OpenApiTypes.STR})
@api_view(["GET"])
def pyramid_dzi(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """The DeepZoom description. Answers 404 while the full resolution is still being made; asking starts that."""
    image = get_image_for(request.user, image_id)
    pyramid.want(image)
    found = deepzoom_of(image)
    if found is None:
        raise Http404
    headers = {"Cache-Control": "private, no-cache"}
    return HttpResponse(found.descriptor(), content_type="application/xml; charset=utf-8", headers=headers)


@extend_schema(responses=JPEG)
@api_view(["GET"])
def pyramid_file(request: HttpRequest, image_id: UUID, level: int, column: int, row: int) -> HttpResponse:
    """A DeepZoom tile; those on the right and lower edge are smaller."""
    found = deepzoom_of(get_image_for(request.user, image_id))
    return tile_response(found and found.deepzoom_tile(level, column, row), is_versioned=False)


@extend_schema(responses=JPEG)
@api_view(["GET"])
def highlight_jpeg(request: HttpRequest, image_id: UUID) -> HttpResponseBase:
    """A small picture, at most 480 by 240 pixels, of the place where the current search found most."""
    image = get_image_for(request.user, image_id)
    jpeg = highlight(request.user, image) if image.ingest_state == Image.Ingest.DONE else None
    if jpeg is None:
        raise Http404
    return guard(HttpResponse(jpeg, content_type="image/jpeg"), file_name=f"{image.pk}.jpg", as_attachment=False)


@extend_schema(parameters=[AnnotatedQuery], responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
@api_view(["GET"])
def annotated_jpeg(request: HttpRequest, image_id: UUID) -> HttpResponse | Response:
    """The image at full size with the boxes of a run drawn in: the current run unless `run` names another."""
    image = get_image_for(request.user, image_id)
    query = AnnotatedQuery(data=request.GET)
    query.is_valid(raise_exception=True)
    if image.ingest_state != Image.Ingest.DONE:
        raise Http404
    try:
        jpeg = annotated(request.user, image, **query.validated_data)
    except TooLargeError as error:
        return Response({"detail": str(error)}, status=413)
    except BusyError as error:
        return Response({"detail": str(error)}, status=503, headers={"Retry-After": "30"})
    name = _("%(name)s annotated.jpg") % {"name": image.file_name.rsplit(".", 1)[0]}
    response = HttpResponse(jpeg, content_type="image/jpeg", headers={"Cache-Control": "private, no-store"})
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response
