"""Who sends a request, for views that are not REST framework's own."""

from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import SessionAuthentication, TokenAuthentication


def authenticated_user(request: HttpRequest) -> Any | None:
    """The user by token, or by session together with its CSRF token; else None.

    Raises AuthenticationFailed for a wrong token and PermissionDenied for a session without the CSRF token.
    """
    by_token = TokenAuthentication().authenticate(request)
    if by_token:
        return by_token[0]
    if not request.user.is_authenticated:
        return None
    SessionAuthentication().enforce_csrf(request)
    return request.user
