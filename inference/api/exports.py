"""Tables of counts for download."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.response import Response

from inference.access import run_of_survey
from inference.exports import ExportOf, Table
from inference.recount import pending_recount
from jobs.models import Job
from surveys.access import get_survey_for
from surveys.csvfile import csv_chunks
from surveys.geojsonfile import geojson_chunks
from surveys.snapshot import read_snapshot
from surveys.xlsxfile import xlsx_chunks

Tables = Mapping[str, Callable[[ExportOf], Table]]
About = list[tuple[str, str]]
NOTES = (
    ("blank", "no number: not searched, not finished, or unusable. Blank is not zero."),
    ("note", "overlap not removed; misses not corrected"),
)


@dataclass(frozen=True)
class Format:
    """`chunks`: of the table's name, the table, and what is to be said of it."""

    extension: str
    content_type: str
    chunks: Callable[[str, Table, About], Iterator[str] | Iterator[bytes]]


CSV = Format("csv", "text/csv; charset=utf-8", lambda _name, table, _about: csv_chunks(table.header, table.rows))
XLSX = Format(
    "xlsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    lambda name, table, about: xlsx_chunks(name, table.header, table.rows, about),
)
GEOJSON = Format(
    "geojson",
    "application/geo+json",
    lambda _name, table, about: geojson_chunks(table.header, table.rows, [*about, POINTS]),
)
POINTS = (
    "points",
    "Each point is the position of the image, not of the animal: boxes have no position of their own. Where "
    "position_is_exact is false it is the middle of a 0.1 degree cell.",
)


class RecountBegunError(Exception):
    """Somebody changed the species between the request and the first row: the counters still go by the old ones."""


class ExportQuery(serializers.Serializer[Any]):
    run = serializers.UUIDField(default=None)


def table_as(form: Format, request: HttpRequest, slug: str, table: str, tables: Tables) -> HttpResponseBase:
    """One of these tables of the survey, for an API view."""
    survey = get_survey_for(request.user, slug)
    query = ExportQuery(data=request.GET)
    query.is_valid(raise_exception=True)
    if table not in tables:
        raise Http404
    if pending := pending_recount(survey):
        # Half of the counters by one rule and half by another would look like a table.
        sentence = _half_counted(is_failed=pending.state == Job.State.FAILED)
        return Response({"detail": sentence}, status=503, headers={"Retry-After": "30"})
    export = ExportOf(survey, run_of_survey(survey, query.validated_data["run"]), request.user)
    name = f"{survey.slug}-{table.replace('_', '-')}-{timezone.now():%Y-%m-%d}.{form.extension}"
    return StreamingHttpResponse(
        stream(export, table, tables[table], form),
        content_type=form.content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )


def _half_counted(*, is_failed: bool) -> str:
    if is_failed:
        return _(
            "Somebody changed which species the labels are, and counting by them has failed: some counts still go by "
            "what was said before. Try it again on the survey's page of failures."
        )
    return _(
        "The counts of this survey are being made anew, for somebody changed which species the labels are. "
        "Try again in a minute."
    )


def stream(export: ExportOf, name: str, make: Callable[[ExportOf], Table], form: Format = CSV) -> Any:
    """Raises RecountBegunError: a download that breaks off is better than one whose zeros are none."""
    with read_snapshot():
        if pending_recount(export.survey):
            raise RecountBegunError
        content = make(export)
        yield from form.chunks(name, content, [*_about(export, name), *content.about])


def _about(export: ExportOf, name: str) -> About:
    run = export.run
    search = f"{run.model_version}, {run.mode}, model scores from {run.threshold:g}" if run else "none"
    facts = [("table", name), ("survey", f"{export.survey.name} ({export.survey.slug})"), ("search", search)]
    return [*facts, ("data_time", f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}"), *NOTES]
