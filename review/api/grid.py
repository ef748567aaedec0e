"""The boxes of one species of a survey, page by page, with a picture of each."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from inference.access import run_of_survey
from inference.crop_sheets import read_crops
from inference.species import species_map
from review.access import get_detection_for
from review.grid import OPEN, SORTS, STATES, BadPlaceError, GridPage, Wanted, read_grid
from review.grid_rows import crops_of, grid_rows, packed_grid
from surveys.access import get_survey_for
from surveys.files import crop_sheet_path
from surveys.original_views import guard
from viewer.crops import cut_crop

PACKED = "application/octet-stream"
MOST_ROWS = 200
LAYOUT_HELP = (
    "`packed`: the bytes that the review grid takes: the length of a JSON header (4 bytes, little-endian); the header "
    "with `next` and `rows`; then one JPEG after the other, each of the length that `crop` of its row says."
)


class GridQuery(serializers.Serializer[Any]):
    label = serializers.CharField(max_length=80, help_text="A species, as the survey names it.")
    state = serializers.ChoiceField(list(STATES), default=OPEN, help_text="`open`: nobody has judged it.")
    sort = serializers.ChoiceField(list(SORTS), default="best")
    after = serializers.CharField(default=None, max_length=300, help_text="As `next` has it.")
    page_size = serializers.IntegerField(default=60, min_value=1, max_value=MOST_ROWS)
    layout = serializers.ChoiceField(["rows", "packed"], default="rows", help_text=LAYOUT_HELP)


class GridRow(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    image = serializers.UUIDField()
    file_name = serializers.CharField()
    label = serializers.CharField()
    score = serializers.FloatField()
    box = serializers.ListField(child=serializers.FloatField(), help_text="Left, top, right, bottom in the image.")
    place = serializers.ListField(child=serializers.FloatField(), help_text="The same in the crop, 0 to 1.")
    verdict = serializers.CharField(help_text="The one that counts; empty where nobody judges.")
    species = serializers.CharField()
    count = serializers.IntegerField()
    mine = serializers.DictField(allow_null=True, help_text="The reader's own verdict, where that counts.")
    crop = serializers.URLField(help_text="A small picture of the box and what is around it.")


class GridOut(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True, help_text="Always null: the list goes one way.")
    results = GridRow(many=True)


@extend_schema(
    parameters=[GridQuery],
    responses={(200, "application/json"): GridOut, (200, PACKED): OpenApiTypes.BINARY},
)
@api_view(["GET"])
def survey_detections(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The boxes that the current search found of one species, in the order asked for."""
    survey = get_survey_for(request.user, slug)
    query = GridQuery(data=request.GET)
    query.is_valid(raise_exception=True)
    asked, run = query.validated_data, run_of_survey(survey, None)
    species = species_map(run) if run else None
    page = GridPage()
    if run and species:
        labels = species.labels_of.get(asked["label"], [])
        page = _page(Wanted(run, labels, asked["state"], asked["sort"]), asked["after"], asked["page_size"])
    rows = grid_rows(page.boxes, species, request.user) if species else []
    following = page.next and _following(request, page.next)
    if asked["layout"] == "packed":
        body = packed_grid(rows, crops_of(page.boxes), following)
        return HttpResponse(body, content_type=PACKED, headers={"Cache-Control": "private, no-store"})
    results = [row | {"crop": request.build_absolute_uri(reverse("api-crop", args=[row["id"]]))} for row in rows]
    return Response({"next": following, "previous": None, "results": results})


def _page(wanted: Wanted, after: str | None, size: int) -> GridPage:
    try:
        return read_grid(wanted, after, size)
    except BadPlaceError as error:
        raise serializers.ValidationError({"after": [_("The list does not go on from there.")]}) from error


def _following(request: HttpRequest, place: str) -> str:
    kept = {name: value for name, value in request.GET.items() if name != "after"}
    return request.build_absolute_uri(request.path) + "?" + urlencode(kept | {"after": place})


@extend_schema(
    responses={
        (200, "image/jpeg"): OpenApiTypes.BINARY,
        404: OpenApiResponse(description="no such box, or no pixels yet"),
    }
)
@api_view(["GET"])
def crop_jpeg(request: HttpRequest, detection_id: UUID) -> HttpResponseBase:
    """A small picture, at most 128 pixels wide and high, of the box and what is around it."""
    box = get_detection_for(request.user, detection_id)
    jpeg, is_final = read_crops(crop_sheet_path(box.image_id, box.run_id), [box.pk]).get(box.pk), True
    if jpeg is None:
        jpeg, is_final = cut_crop(box.image, (box.left, box.top, box.right, box.bottom))
    if jpeg is None:
        raise Http404
    response = guard(HttpResponse(jpeg, content_type="image/jpeg"), file_name=f"{box.pk}.jpg", as_attachment=False)
    if not is_final:  # until the full resolution is there
        response["Cache-Control"] = "private, no-store"
    return response
