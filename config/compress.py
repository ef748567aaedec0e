"""Pages go compressed: over a slow line most of the wait for one is its text."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressPages(GZipMiddleware):
    """Pages alone: images are compressed already, and large tables go out while they are still being made.

    Django adds random bytes and masks its tokens, so that the size of an answer tells nothing of what is in it.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)
