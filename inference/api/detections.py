"""The boxes of one image."""

import gzip
from typing import Any
from uuid import UUID

import numpy as np
import orjson
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view

from inference.access import detections_for, run_of_survey
from inference.api.packed import packed
from inference.models import Detection, ResultSet, Run
from inference.species import SpeciesMap, species_map
from surveys.access import get_image_for
from surveys.etags import answer_if_changed
from surveys.models import Image

COLUMNS = ("id", "left", "top", "right", "bottom", "score", "label", "state")
PROPOSED = "proposed"  # nobody has judged it yet
SIDES = slice(1, 5)
HEX_GROUPS = (8, 12, 16, 20)  # where the dashes of an id stand between its hexadecimal digits
DECIMALS = 2  # of a pixel
NOTHING_SAID = SpeciesMap((), {}, frozenset())
WORTH_COMPRESSING = 4096  # bytes
SEARCH_HELP = "How far this run is with the image. Only in one that is searched do no detections mean none found."

DROPPED_HELP = "With the boxes of labels that the survey leaves out."
LAYOUT_HELP = (
    "Parallel arrays, one object a detection, or the bytes that the image page takes, little-endian: the length of a "
    "JSON header (4 bytes); the header with `count`, `labels`, `states`, `dropped` and what `columns` says of the "
    "image; then column after column left, top, right, bottom, score (4-byte floats), label (2 bytes, an index into "
    "`labels`), where the header has `model_labels` an index into these (2 bytes), state (1 byte, an index into "
    "`states`), id (16 bytes)."
)


class DetectionQuery(serializers.Serializer[Any]):
    layout = serializers.ChoiceField(["columns", "rows", "packed"], default="columns", help_text=LAYOUT_HELP)
    run = serializers.UUIDField(default=None)
    min_score = serializers.FloatField(default=None, min_value=0, max_value=1)
    dropped = serializers.BooleanField(default=False, help_text=DROPPED_HELP)


class DetectionColumns(serializers.Serializer[Any]):
    """Parallel arrays; `label` is an index into `labels`, the survey's species, and `model_label` one into
    `model_labels`. Pixels of the upright image; right and bottom exclusive."""

    image = serializers.UUIDField()
    run = serializers.UUIDField(allow_null=True)
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    search = serializers.ChoiceField(Image.Search.choices, help_text=SEARCH_HELP)
    labels = serializers.ListField(child=serializers.CharField())
    model_labels = serializers.ListField(child=serializers.CharField(), help_text="What the model calls them.")
    dropped = serializers.ListField(
        child=serializers.IntegerField(), help_text="Which of `labels` the survey leaves out; only where asked for."
    )
    id = serializers.ListField(child=serializers.UUIDField())
    left = serializers.ListField(child=serializers.FloatField())
    top = serializers.ListField(child=serializers.FloatField())
    right = serializers.ListField(child=serializers.FloatField())
    bottom = serializers.ListField(child=serializers.FloatField())
    score = serializers.ListField(child=serializers.FloatField())
    label = serializers.ListField(child=serializers.IntegerField())
    model_label = serializers.ListField(child=serializers.IntegerField())
    state = serializers.ListField(child=serializers.CharField())


class DetectionRow(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    left = serializers.FloatField()
    top = serializers.FloatField()
    right = serializers.FloatField()
    bottom = serializers.FloatField()
    score = serializers.FloatField()
    label = serializers.CharField()
    state = serializers.CharField()
    model_label = serializers.CharField(help_text="What the model said.")
    is_dropped = serializers.BooleanField(help_text="The survey leaves the label out: it counts nowhere.")


class DetectionRows(serializers.Serializer[Any]):
    """One object a detection; `label` in words."""

    image = serializers.UUIDField()
    run = serializers.UUIDField(allow_null=True)
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    search = serializers.ChoiceField(Image.Search.choices, help_text=SEARCH_HELP)
    detections = DetectionRow(many=True)


DETECTIONS = PolymorphicProxySerializer("Detections", [DetectionColumns, DetectionRows], resource_type_field_name=None)
NOT_CHANGED = OpenApiResponse(description="not changed since the ETag given")
PACKED = "application/octet-stream"
ANSWERS = {(200, "application/json"): DETECTIONS, (200, PACKED): OpenApiTypes.BINARY, 304: NOT_CHANGED}


@extend_schema(parameters=[DetectionQuery], responses=ANSWERS)
@api_view(["GET"])
def image_detections(request: HttpRequest, image_id: UUID) -> HttpResponseBase:
    """The detections of an image in one run, best first; the current run unless `run` names another."""
    image = get_image_for(request.user, image_id)
    query = DetectionQuery(data=request.GET)
    query.is_valid(raise_exception=True)
    run = run_of_survey(image.survey, query.validated_data["run"])
    species = species_map(run) if run else NOTHING_SAID
    wanted = detections_for(request.user, image).filter(run=run)
    if not query.validated_data["dropped"]:
        wanted = wanted.exclude(label__in=species.dropped)
    columns = _columns(_found(wanted, query.validated_data["min_score"]), species)
    return _answer(request, query.validated_data["layout"], _about(image, run), columns)


def _answer(request: HttpRequest, layout: str, about: dict[str, Any], columns: dict[str, Any]) -> HttpResponseBase:
    if layout == "packed":
        body = packed(columns, about)
        return answer_if_changed(request, body, HttpResponse(body, content_type=PACKED))
    columns["id"] = _with_dashes(columns["id"])
    body = orjson.dumps(about | (_as_rows(columns) if layout == "rows" else _rounded(columns)))
    return answer_if_changed(request, body, _compressed(request, body))


def _compressed(request: HttpRequest, body: bytes) -> HttpResponse:
    """Ten thousand boxes are a megabyte: compressed, they come over a field link in a fraction of the time."""
    response = HttpResponse(body, content_type="application/json", headers={"Vary": "Accept-Encoding"})
    if len(body) > WORTH_COMPRESSING and "gzip" in request.headers.get("Accept-Encoding", ""):
        response.content = gzip.compress(body, compresslevel=1, mtime=0)
        response["Content-Encoding"] = "gzip"
    return response


def _found(wanted: QuerySet[Detection], min_score: float | None) -> dict[str, list[Any]]:
    """The columns, best first."""
    if min_score is not None:
        wanted = wanted.filter(score__gte=min_score)
    # As text: made into an object each, ten thousand ids would take as long as all the rest of the answer.
    fields = (Cast("pk", TextField()), *COLUMNS[1:-1], "verdict")
    rows = list(wanted.order_by("-score", "pk").values_list(*fields))
    ids, *middle, verdicts = map(list, zip(*rows, strict=True)) if rows else ([] for _ in COLUMNS)
    states = [verdict or PROPOSED for verdict in verdicts]
    return dict(zip(COLUMNS, (ids, *middle, states), strict=True))


def _with_dashes(ids: list[str]) -> list[str]:
    """Ids as everybody writes them: SQLite keeps the 32 digits alone."""
    if not ids or "-" in ids[0]:
        return ids
    digits = np.array(ids, dtype="U32").view(np.uint32).reshape(len(ids), 32)
    return np.insert(digits, HEX_GROUPS, ord("-"), axis=1).view("U36").ravel().tolist()


def _about(image: Image, run: Run | None) -> dict[str, Any]:
    size = {"width": image.width, "height": image.height}
    return {"image": str(image.pk), "run": str(run.pk) if run else None, **size, "search": _search_state(image, run)}


def _search_state(image: Image, run: Run | None) -> str:
    if run is None or run.pk == image.survey.current_run:
        return image.search_state
    state = ResultSet.objects.filter(run=run, image=image).values_list("state", flat=True).first()
    return Image.Search.NONE if state in (None, ResultSet.State.CANCELLED) else state


def _columns(found: dict[str, list[Any]], species: SpeciesMap) -> dict[str, Any]:
    """What is left out stands behind the species, under the model's own labels, and only where there is any of it."""
    here = set(found["label"]) & species.dropped
    left_out = [label for label in species.left_out if label in here]
    labels, n_counted = [*species.labels, *left_out], len(species.labels)
    place = {name: number for number, name in enumerate(labels[:n_counted])}
    place_of = {label: place[name] for label in species.model_labels if (name := species.of(label)) is not None}
    place_of |= {label: n_counted + number for number, label in enumerate(left_out)}
    index = {label: number for number, label in enumerate(species.model_labels)}
    said = found["label"]
    return {
        "labels": labels,
        "model_labels": list(species.model_labels),
        "dropped": list(range(n_counted, len(labels))),
        **found,
        "label": [place_of[label] for label in said],
        "model_label": [index[label] for label in said],
    }


def _rounded(columns: dict[str, Any]) -> dict[str, Any]:
    return columns | {side: np.round(columns[side], DECIMALS).tolist() for side in COLUMNS[SIDES]}


def _as_rows(columns: dict[str, Any]) -> dict[str, Any]:
    dropped, names = set(columns["dropped"]), (*COLUMNS, "model_label", "is_dropped")
    words = columns | {
        "label": [columns["labels"][number] for number in columns["label"]],
        "model_label": [columns["model_labels"][number] for number in columns["model_label"]],
        "is_dropped": [number in dropped for number in columns["label"]],
    }
    rows = zip(*(words[name] for name in names), strict=True)
    return {"detections": [dict(zip(names, row, strict=True)) for row in rows]}
