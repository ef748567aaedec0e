"""All tables for download: what models proposed, and what people accepted."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view

from inference.api.exports import ExportQuery, table_as_csv
from review.exports import TABLES


@extend_schema(parameters=[ExportQuery], responses={(200, "text/csv"): OpenApiTypes.STR})
@api_view(["GET"])
def export_csv(request: HttpRequest, slug: str, table: str) -> HttpResponseBase:
    """One table of the survey as CSV, of the current run unless `run` names another."""
    return table_as_csv(request, slug, table, TABLES)
