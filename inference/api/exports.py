"""Tables of counts for download."""

from typing import Any

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view

from inference.access import run_of_survey
from inference.exports import TABLES, ExportOf
from surveys.access import get_survey_for
from surveys.csvfile import csv_chunks
from surveys.snapshot import read_snapshot


class ExportQuery(serializers.Serializer[Any]):
    run = serializers.UUIDField(default=None)


@extend_schema(parameters=[ExportQuery], responses={(200, "text/csv"): OpenApiTypes.STR})
@api_view(["GET"])
def export_csv(request: HttpRequest, slug: str, table: str) -> StreamingHttpResponse:
    """One table of the survey as CSV, of the current run unless `run` names another."""
    survey = get_survey_for(request.user, slug)
    query = ExportQuery(data=request.GET)
    query.is_valid(raise_exception=True)
    if table not in TABLES:
        raise Http404
    export = ExportOf(survey, run_of_survey(survey, query.validated_data["run"]), request.user)
    name = f"{survey.slug}-{table.replace('_', '-')}-{timezone.now():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        _stream(export, table),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )


def _stream(export: ExportOf, table: str) -> Any:
    with read_snapshot():
        content = TABLES[table](export)
        yield from csv_chunks(content.header, content.rows)
