"""Lists come by keyset: a page starts after a row, never at an offset, and nothing is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, QueryDict
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
BETWEEN = "~"  # the values of a key of several columns


@dataclass(frozen=True)
class Page:
    """Rows in order; `previous` and `next` are query strings, None where there is nothing more."""

    rows: list[Any]
    previous: str | None
    next: str | None


Key = str | tuple[str, ...]


def read_page(
    rows: QuerySet[Any], params: QueryDict, *, key: Key = "pk", newest_first: bool = False, size: int = PAGE_SIZE
) -> Page:
    """The page that `?after=` or `?before=` names. `key` is a unique column, or columns that are unique together: what
    people send with an id of their choice is not in the order of ids. A value that it cannot have raises Http404."""
    columns = (key,) if isinstance(key, str) else key
    is_back = "before" in params
    edge = params.get("before") if is_back else params.get("after")
    is_descending = newest_first != is_back
    if edge is not None:
        rows = _beyond(rows, columns, edge, is_descending=is_descending)
    order = [f"-{column}" if is_descending else column for column in columns]
    found = list(rows.order_by(*order)[: size + 1])
    has_more, found = len(found) > size, found[:size]
    if is_back:
        found.reverse()
    if not found:  # beyond the end of a list that became shorter: back to its beginning
        return Page([], _query(params) if edge is not None else None, None)
    has_previous, has_next = (has_more, True) if is_back else (edge is not None, has_more)
    return Page(
        found,
        _query(params, before=_edge(found[0], columns)) if has_previous else None,
        _query(params, after=_edge(found[-1], columns)) if has_next else None,
    )


def _beyond(rows: QuerySet[Any], columns: Sequence[str], edge: str, *, is_descending: bool) -> QuerySet[Any]:
    values = edge.split(BETWEEN)
    if len(values) != len(columns):
        raise Http404
    then = "lt" if is_descending else "gt"
    beyond, same = Q(pk__in=[]), Q()
    for column, value in zip(columns, values, strict=True):
        beyond |= same & Q(**{f"{column}__{then}": value})
        same &= Q(**{column: value})
    try:
        # The first part alone again, for databases that find their way along an index by it.
        return rows.filter(beyond, **{f"{columns[0]}__{then}e": values[0]})
    except (ValidationError, ValueError) as error:
        raise Http404 from error


def _edge(row: Any, columns: Sequence[str]) -> str:
    values = (getattr(row, column) for column in columns)
    return BETWEEN.join(value.isoformat() if isinstance(value, datetime) else str(value) for value in values)


def _query(params: QueryDict, **edge: str) -> str:
    kept = [(name, value) for name, values in params.lists() if name not in ("after", "before") for value in values]
    return "?" + urlencode([*kept, *edge.items()])


class KeysetPagination(BasePagination):
    """The same for the API: `{"next", "previous", "results"}`. A view says `keyset` and `newest_first`."""

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.page = read_page(
            queryset,
            request.query_params,
            key=getattr(view, "keyset", "pk"),
            newest_first=getattr(view, "newest_first", False),
            size=_size(request.query_params),
        )
        return self.page.rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self._url(self.page.next), "previous": self._url(self.page.previous), "results": data})

    def _url(self, query: str | None) -> str | None:
        return query and self.request.build_absolute_uri(self.request.path) + query

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, _view: Any) -> list[dict[str, Any]]:
        words = {"after": "Rows after this one.", "before": "Rows before this one.", "page_size": "At most 200."}
        return [
            {"name": name, "in": "query", "required": False, "description": text, "schema": {"type": "string"}}
            for name, text in words.items()
        ]


def _size(params: QueryDict) -> int:
    given = params.get("page_size", "")
    return min(max(int(given), 1), MAX_PAGE_SIZE) if given.isdecimal() and len(given) < 5 else PAGE_SIZE
