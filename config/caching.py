"""Who may keep an answer."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase


def keep_private(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: nothing on the way keeps what one person is shown, and the browser asks before it shows it again.

    Answers to what was sent are kept nowhere: links and tokens that are shown once are among them.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-cache" if request.method in ("GET", "HEAD") else "no-store"
        return response

    return middleware
