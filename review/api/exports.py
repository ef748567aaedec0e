"""All tables for download: what models proposed, and what people accepted."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view

from inference.api.exports import CSV, GEOJSON, XLSX, ExportQuery, table_as
from review.exports import PLACED, TABLES


@extend_schema(parameters=[ExportQuery], responses={(200, "text/csv"): OpenApiTypes.STR})
@api_view(["GET"])
def export_csv(request: HttpRequest, slug: str, table: str) -> HttpResponseBase:
    """One table of the survey as CSV, of the current run unless `run` names another."""
    return table_as(CSV, request, slug, table, TABLES)


@extend_schema(parameters=[ExportQuery], responses={(200, XLSX.content_type): OpenApiTypes.BINARY})
@api_view(["GET"])
def export_xlsx(request: HttpRequest, slug: str, table: str) -> HttpResponseBase:
    """The same table as a workbook of two sheets: the table, and what it is."""
    return table_as(XLSX, request, slug, table, TABLES)


@extend_schema(parameters=[ExportQuery], responses={(200, GEOJSON.content_type): OpenApiTypes.OBJECT})
@api_view(["GET"])
def export_geojson(request: HttpRequest, slug: str, table: str) -> HttpResponseBase:
    """`observations`, `detections` or `images`: each row at the position of its image, as far as you may see it."""
    return table_as(GEOJSON, request, slug, table, PLACED)
