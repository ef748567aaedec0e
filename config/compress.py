"""Pages go compressed: over a slow line most of the wait for one is its text."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressPages(GZipMiddleware):
    """Pages alone: images are compressed already, and large tables go out while they are still being made.

    Who hears the line can learn something from the size of a compressed answer. Django adds random bytes and masks its
    tokens, which makes that hard; answers that nobody may keep, links and tokens shown once among them, go as they are.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_secret = "no-store" in response.get("Cache-Control", "")
        if is_secret or not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)
