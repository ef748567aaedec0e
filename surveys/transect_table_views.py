"""Transects and cameras from a table: upload, look, say yes. And the table itself, to fill in."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from surveys.access import get_survey_for
from surveys.csvfile import csv_chunks
from surveys.models import Image, Role, Survey, TransectTable
from surveys.snapshot import read_snapshot
from surveys.transect_plan import Plan, TooManyTransectsError, image_names_of, plan_by_table
from surveys.transect_saving import save_plan
from surveys.transect_table import MAX_BYTES, Table, TableError, read_table
from surveys.transect_views import say_saved

COLUMNS = ("path", "file_name", "transect", "camera")
MANY = 50  # rows of each list that the page shows
BOM = "\ufeff"  # by which Excel knows UTF-8


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def transect_table(request: HttpRequest, slug: str) -> HttpResponse:
    """POST takes a table in; GET shows what the one taken in last would do."""
    survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
    if request.method == "POST":
        return _take_in(request, survey)
    kept = _kept(request, survey)
    if kept is None:
        return redirect("transects", survey.slug)
    try:
        plan, table = _plan(survey, kept)
    except (TableError, TooManyTransectsError) as error:
        messages.error(request, str(error))
        return redirect("transects", survey.slug)
    return render(request, "surveys/transect_table.html", _context(survey, kept, plan, table))


def _take_in(request: HttpRequest, survey: Survey) -> HttpResponse:
    file = request.FILES.get("table")
    try:
        if file is None:
            raise TableError(_("Choose a CSV file first."))
        if file.size > MAX_BYTES:
            raise TableError(_("The table is larger than %(limit)d MB. Split it.") % {"limit": MAX_BYTES // 2**20})
        content = file.read()
        read_table(content)
    except TableError as error:
        messages.error(request, str(error))
        return redirect("transects", survey.slug)
    file_name = file.name.replace("\x00", "")[:200]
    values = {"file_name": file_name, "content": content, "uploaded_at": timezone.now()}
    TransectTable.objects.update_or_create(survey=survey, owner=request.user, defaults=values)
    return redirect("transect-table", survey.slug)


def _kept(request: HttpRequest, survey: Survey) -> TransectTable | None:
    return TransectTable.objects.filter(survey=survey, owner=request.user).first()


def _plan(survey: Survey, kept: TransectTable) -> tuple[Plan, Table]:
    """Raises TableError or TooManyTransectsError."""
    content = bytes(kept.content)
    table = read_table(content)
    plan = plan_by_table(image_names_of(survey), table)
    plan.origin = f"{kept.pk} {kept.uploaded_at.isoformat()} {sha256(content).hexdigest()}"
    return plan, table


def _context(survey: Survey, kept: TransectTable, plan: Plan, table: Table) -> dict[str, Any]:
    lists = {
        "replaced": plan.replaced,
        "new": [change for change in plan.new if not change.replaces],
        "unknown": plan.unknown,
        "ambiguous": plan.ambiguous,
        "contradicting": plan.contradicting,
        "bad": table.bad,
        "left": plan.left,
    }
    return {
        "survey": survey,
        "table": kept,
        "plan": plan,
        "n_rows": len(table.rows) + len(table.bad),
        "n_new": len(plan.new),
        "alike": plan.alike,
        "lists": {name: {"n": len(rows), "rows": rows[:MANY]} for name, rows in lists.items()},
    }


@login_required
@require_POST
def transect_table_confirmation(request: HttpRequest, slug: str) -> HttpResponse:
    """Writes what the preview showed; shows it again where the images changed meanwhile."""
    survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
    kept = _kept(request, survey)
    if kept is None:
        messages.info(request, _("This table was saved already, or another one took its place. Upload it again."))
        return redirect("transects", survey.slug)
    try:
        plan, _table = _plan(survey, kept)
    except (TableError, TooManyTransectsError) as error:
        messages.error(request, str(error))
        return redirect("transects", survey.slug)
    if not plan.is_as_shown(request.POST.get("mark", "")):
        said = _("The images or the table changed while you looked, so nothing was saved. Look again, then save.")
        messages.warning(request, said)
        return redirect("transect-table", survey.slug)
    with transaction.atomic():
        n = save_plan(survey, request.user, plan, source=Image.TransectSource.TABLE, subject=kept.file_name)
        _forget(kept)
    say_saved(request, n)
    return redirect("transects", survey.slug)


def _forget(kept: TransectTable) -> None:
    """Not a table that was uploaded in its place meanwhile."""
    TransectTable.objects.filter(pk=kept.pk, uploaded_at=kept.uploaded_at).delete()


@login_required
@require_safe
def transect_table_csv(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """Every image with its transect and camera: the table to fill in, or to keep."""
    survey = get_survey_for(request.user, slug)
    return StreamingHttpResponse(
        _stream(survey),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{survey.slug}-transects.csv"',
            "Cache-Control": "private, no-store",
        },
    )


def _stream(survey: Survey) -> Iterator[str]:
    yield BOM
    with read_snapshot():
        rows = (
            survey.images.filter(trashed_at=None).order_by("pk").values_list("path", "file_name", "transect", "camera")
        )
        yield from csv_chunks(COLUMNS, rows.iterator(chunk_size=2000))
