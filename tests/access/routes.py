"""Every route of the product, by name and pattern, as Django knows them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True)
class Route:
    name: str
    pattern: str


def routes() -> list[Route]:
    return sorted(set(_walk(get_resolver().url_patterns, "")), key=lambda route: (route.pattern, route.name))


def close(response: HttpResponseBase) -> None:
    """Its files, but not the database connection, which a finished request closes under the test's transaction."""
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path)
        else:
            yield Route(pattern.name or path, path)
