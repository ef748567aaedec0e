"""Tables of counts for download."""

from collections.abc import Callable, Mapping
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
from surveys.snapshot import read_snapshot

Tables = Mapping[str, Callable[[ExportOf], Table]]


class RecountBegunError(Exception):
    """Somebody changed the species between the request and the first row: the counters still go by the old ones."""


class ExportQuery(serializers.Serializer[Any]):
    run = serializers.UUIDField(default=None)


def table_as_csv(request: HttpRequest, slug: str, table: str, tables: Tables) -> HttpResponseBase:
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
    name = f"{survey.slug}-{table.replace('_', '-')}-{timezone.now():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        _stream(export, tables[table]),
        content_type="text/csv; charset=utf-8",
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


def _stream(export: ExportOf, make: Callable[[ExportOf], Table]) -> Any:
    """Raises RecountBegunError: a download that breaks off is better than one whose zeros are none."""
    with read_snapshot():
        if pending_recount(export.survey):
            raise RecountBegunError
        content = make(export)
        yield from csv_chunks(content.header, content.rows)
