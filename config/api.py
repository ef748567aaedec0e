"""How the API answers what went wrong: `{"detail": …}` or `{field: […]}`, never a traceback."""

import json
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAuthenticated, NotFound, ParseError
from rest_framework.parsers import JSONParser
from rest_framework.response import Response
from rest_framework.views import exception_handler as default_handler


class BoundedJSONParser(JSONParser):
    """JSON nested so deep that Python gives up, or with half of a character in a text, which no answer could
    quote, is broken JSON, and no mistake of the server."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            content = super().parse(stream, media_type, parser_context)
            json.dumps(content, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ParseError(_("This JSON is nested too deep.")) from error
        except UnicodeEncodeError as error:
            raise ParseError(_("A text in this JSON holds half of a character.")) from error
        return content


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """A nameless caller of something that exists or not gets the same 404; at the doors (lists, schema) a 401."""
    if isinstance(error, NotAuthenticated) and context["kwargs"]:
        return Response({"detail": NotFound.default_detail}, status=404)
    if isinstance(error, Http404):
        error = NotFound()  # in the same words whatever was looked for
    return default_handler(error, context)
