"""The short way to a tile: before Django, so that a tile costs a signature and a read, and nothing else.

Whoever carries no valid pass takes the long way through the view of the same address, which asks the session or the
token and the database, and answers the same.
"""

import re
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpResponse, parse_cookie

from viewer import grants
from viewer.tiles import read_tile, tile_response

TILE = re.compile(r"/api/v1/images/([0-9a-f-]{36})/tiles/(\d{1,2})/(\d{1,6})/(\d{1,6})\.jpg")
Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class TileGate:
    """A WSGI application around another one."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        tile = answer(environ)
        if tile is None:
            return self.application(environ, start_response)
        start_response(f"{tile.status_code} {tile.reason_phrase}", list(tile.items()))
        return [tile.content]


def answer(environ: Environ) -> HttpResponse | None:
    """The tile that the request names, or that there is none; None when the request carries no valid pass."""
    # Tokens go the long way: their owner may have lost the right that a cookie beside it still shows.
    if environ["REQUEST_METHOD"] != "GET" or "HTTP_AUTHORIZATION" in environ:
        return None
    match = TILE.fullmatch(environ.get("PATH_INFO", ""))
    signed = match and parse_cookie(environ.get("HTTP_COOKIE", "")).get(grants.COOKIE)
    if not match or not signed:
        return None
    image_id, *place = match.groups()
    grant = grants.read(image_id, signed, now=time.time())
    if grant is None:
        return None
    tile = read_tile(image_id, grant, *map(int, place))
    return tile_response(tile, is_versioned="v=" in environ.get("QUERY_STRING", ""))
