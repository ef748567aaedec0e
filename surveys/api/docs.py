"""The API described: the schema for programs, and a page made from it for people."""

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView

VERBS = ("get", "post", "put", "patch", "delete", "head", "options")
SchemaView = SpectacularAPIView


@dataclass(frozen=True)
class Operation:
    verb: str
    path: str
    text: str
    parameters: list[dict[str, Any]]
    body: list[str]
    statuses: list[str]


@require_safe
@login_required
def docs(request: HttpRequest) -> HttpResponse:
    operations = _operations()
    rooms = [(name, list(group)) for name, group in groupby(operations, key=lambda o: o.path.split("/")[3])]
    return render(request, "surveys/api_docs.html", {"rooms": rooms})


@cache
def _operations() -> list[Operation]:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return [
        _operation(verb, path, found, schema)
        for path, verbs in sorted(schema["paths"].items())
        for verb, found in verbs.items()
        if verb in VERBS
    ]


def _operation(verb: str, path: str, found: dict[str, Any], schema: dict[str, Any]) -> Operation:
    return Operation(
        verb=verb.upper(),
        path=path,
        text=found.get("description", ""),
        parameters=[p for p in found.get("parameters", []) if p["in"] == "query"],
        body=_body(found, schema),
        statuses=list(found.get("responses", {})),
    )


def _body(found: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """The names of the fields of the JSON that the operation takes."""
    content = found.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return list(schema["components"]["schemas"].get(name, {}).get("properties", {}))
