"""What an unknown address, a refusal and a mistake of the server look like: a page, or JSON under /api/."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import defaults


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return JsonResponse({"detail": _("This request is broken or too large.")}, status=400)
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return JsonResponse({"detail": "Not found."}, status=404)
    return defaults.page_not_found(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return JsonResponse({"detail": _("You may not do that.")}, status=403)
    return defaults.permission_denied(request, exception)


def broken(request: HttpRequest) -> HttpResponse:
    if _is_api(request):
        return JsonResponse({"detail": _("The server made a mistake. Try again later.")}, status=500)
    return defaults.server_error(request)


def locked_out(request: HttpRequest, *_answer_and_credentials: Any) -> HttpResponse:
    """Too many wrong passwords for one name from one address."""
    if _is_api(request):
        return JsonResponse({"detail": _("Too many wrong passwords. Wait a quarter of an hour.")}, status=429)
    return render(request, "locked_out.html", status=429)
