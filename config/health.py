"""Is it alive (`/healthz`), can it do its work (`/readyz`)?"""

import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import resolve
from django.utils import timezone
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from jobs.models import Job, Pulse
from jobs.registry import QUEUES
from surveys.files import store

RECENT = timedelta(seconds=35)  # processes say every ten seconds that they are alive
OK = "ok"
PROBES = ("/healthz", "/readyz")


def answer_probes(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware before all that asks whether the name in the address is allowed.

    A container's health check, a watcher, a balancer come by an address or by a name of their own network. They learn
    nothing that a name would have to guard, and no link is made of the one they used.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        is_probe = request.path_info in PROBES
        return resolve(request.path_info).func(request) if is_probe else get_response(request)

    return middleware


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers. Looks at nothing else, so that a slow database does not get web processes killed."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    state = {name: check(timezone.now()) for name, check in CHECKS.items()}
    return JsonResponse(
        state, status=200 if set(state.values()) == {OK} else 503, headers={"Cache-Control": "no-store"}
    )


def database(_now: datetime) -> str:
    try:
        Job.objects.exists()
    except DatabaseError:
        return "does not answer, or is not migrated"
    return OK


def broker(_now: datetime) -> str:
    try:
        with current_app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
    except (OperationalError, OSError):
        return "does not answer"
    return OK


def storage(_now: datetime) -> str:
    try:
        with tempfile.TemporaryFile(dir=store()) as file:
            file.write(b"x")
    except OSError:
        return "cannot be written to"
    return OK if shutil.disk_usage(store()).free > settings.DISK_FLOOR_BYTES else "is nearly full"


def workers(now: datetime) -> str:
    served = {queue for pulse in _alive(Pulse.Role.WORKER, now) for queue in pulse.queues.split(",")}
    missing = [queue for queue in QUEUES if queue not in served]
    return f"nobody works on {', '.join(missing)}" if missing else OK


def dispatcher(now: datetime) -> str:
    return OK if _alive(Pulse.Role.DISPATCHER, now) else "is not running"


def _alive(role: str, now: datetime) -> list[Pulse]:
    try:
        return list(Pulse.objects.filter(role=role, at__gt=now - RECENT))
    except DatabaseError:
        return []


CHECKS: dict[str, Callable[[datetime], str]] = {
    "database": database,
    "broker": broker,
    "storage": storage,
    "workers": workers,
    "dispatcher": dispatcher,
}
