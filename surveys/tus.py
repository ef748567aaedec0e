"""The tus 1.0.0 endpoint: resumable uploads, with creation, creation-with-upload, checksum, termination and expiration.

Plain Django views, because a framework that parses the body would first collect all of it.
"""

import errno
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from surveys.access import get_survey_for
from surveys.models import Role, Upload
from surveys.tus_auth import authenticated_user
from surveys.tus_body import pieces
from surveys.tus_errors import ANTICIPATED, RefusedError, ended, refusal_of
from surveys.tus_headers import CHECKSUMS, Checksum, HeaderError, Metadata, encode_metadata, parse_size
from surveys.tus_part import Hold, HoldLostError, NoPartError, WrongOffsetError
from surveys.uploads import (
    check_room,
    disk_full,
    end_upload,
    finish_if_left,
    finish_upload,
    is_stored,
    note_arrival,
    offset_of,
    open_upload,
)

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,termination,expiration"
BODY_TYPE = "application/offset+octet-stream"
CHECKSUM_MISMATCH = 460
MAX_PASSED_BYTES = 16 * 2**20

View = Callable[..., HttpResponse]


def _tus(methods: dict[str, View]) -> View:
    """A view out of one function a verb, with what the protocol asks of each."""

    @csrf_exempt
    def view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        method = _method(request)
        try:
            response = _answer(methods, method, request, kwargs)
        except ANTICIPATED as error:
            refusal = refusal_of(error)
            if not (isinstance(error, HoldLostError) or _is_strangers(request, refusal)):
                _let_pass(request)
            response = JsonResponse(refusal.body, status=refusal.status, headers=refusal.headers)
        response["Tus-Resumable"] = VERSION
        response["Cache-Control"] = "no-store"
        return response

    return view


def _method(request: HttpRequest) -> str:
    """Old proxies let only GET and POST through. A GET stays one: it is never asked for its CSRF token."""
    method = request.method or ""
    return request.headers.get("X-HTTP-Method-Override", method).upper() if method == "POST" else method


def _answer(methods: dict[str, View], method: str, request: HttpRequest, kwargs: dict[str, Any]) -> HttpResponse:
    if method == "OPTIONS":
        return _options()
    if method not in methods:
        allowed = ", ".join(["OPTIONS", *methods])
        raise RefusedError(405, _("This method is not allowed here."), headers={"Allow": allowed})
    if request.headers.get("Tus-Resumable") != VERSION:
        detail = _("Tus-Resumable must be %(version)s.") % {"version": VERSION}
        raise RefusedError(412, detail, headers={"Tus-Version": VERSION})
    return methods[method](request, **kwargs)


def _is_strangers(request: HttpRequest, refusal: RefusedError) -> bool:
    """Nobody is waited for who is not known: a few who send a byte now and then would hold every thread."""
    has_token = request.headers.get("Authorization", "").lower().startswith("token ")  # a wrong one is a 401
    return refusal.status == 401 or not (has_token or request.user.is_authenticated)


def _let_pass(request: HttpRequest) -> None:
    """Reads what is still on its way: a browser that is answered while it sends reports a broken connection instead."""
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) <= MAX_PASSED_BYTES:
        for _piece in pieces(request.read):
            pass


def _options() -> HttpResponse:
    return HttpResponse(
        status=204,
        headers={
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
            "Tus-Max-Size": str(max(settings.UPLOAD_MAX_TIFF_BYTES, settings.UPLOAD_MAX_IMAGE_BYTES)),
        },
    )


def _create(request: HttpRequest) -> HttpResponse:
    user = authenticated_user(request)
    if user is None:
        raise RefusedError(401, _("Sign in first."), headers={"WWW-Authenticate": "Token"})
    size = _announced_size(request)
    metadata = Metadata.parse(request.headers.get("Upload-Metadata", ""))
    checksum = _checksum(request)
    length = _body_length(request, most=size) if request.content_type == BODY_TYPE else 0
    survey = get_survey_for(user, metadata.survey, at_least=Role.ANALYST)
    upload = open_upload(user, survey, metadata, size, now=timezone.now())
    headers = {"Location": reverse("tus-upload", kwargs={"upload_id": upload.pk}), **_state_headers(upload)}
    if length or not size:
        headers["Upload-Offset"] = str(_receive(request, upload, 0, length, checksum))
    return HttpResponse(status=201, headers=headers)


def _announced_size(request: HttpRequest) -> int:
    if "Upload-Defer-Length" in request.headers:
        raise HeaderError(_("The size must be known: send Upload-Length."))
    return parse_size(request.headers, "Upload-Length")


def _owned(view: View) -> View:
    """The upload comes from its owner's request; for everybody else there is none."""

    @wraps(view)
    def owned(request: HttpRequest, upload_id: UUID) -> HttpResponse:
        user = authenticated_user(request)
        if user is None:
            raise Http404
        upload = get_object_or_404(Upload.objects.select_related("survey", "owner"), pk=upload_id, owner=user)
        if upload.state == Upload.State.ENDED or _is_expired(upload):
            raise ended()
        return view(request, upload)

    return owned


def _is_expired(upload: Upload) -> bool:
    return upload.state == Upload.State.RECEIVING and upload.expires_at <= timezone.now()


@_owned
def _head(_request: HttpRequest, upload: Upload) -> HttpResponse:
    finish_if_left(upload, now=timezone.now())
    metadata = encode_metadata(
        {
            "survey": upload.survey.slug,
            "filename": upload.file_name,
            "path": upload.path,
            "sha256": upload.claimed_sha256,
        }
    )
    sizes = {"Upload-Offset": str(offset_of(upload)), "Upload-Length": str(upload.size_bytes)}
    return HttpResponse(headers={**sizes, "Upload-Metadata": metadata, **_state_headers(upload)})


@_owned
def _patch(request: HttpRequest, upload: Upload) -> HttpResponse:
    if request.content_type != BODY_TYPE:
        raise RefusedError(415, _("Content-Type must be %(type)s.") % {"type": BODY_TYPE})
    offset = parse_size(request.headers, "Upload-Offset")
    checksum = _checksum(request)
    if upload.state != Upload.State.RECEIVING and offset != upload.size_bytes:
        raise WrongOffsetError(upload.size_bytes)
    length = _body_length(request, most=max(upload.size_bytes - offset, 0))
    if upload.state == Upload.State.RECEIVING:
        offset = _receive(request, upload, offset, length, checksum)
    return HttpResponse(status=204, headers={"Upload-Offset": str(offset), **_state_headers(upload)})


@_owned
def _delete(_request: HttpRequest, upload: Upload) -> HttpResponse:
    if not end_upload(upload, now=timezone.now()):
        raise RefusedError(409, _("This file has already arrived."), code="complete")
    return HttpResponse(status=204)


def _state_headers(upload: Upload) -> dict[str, str]:
    if upload.state != Upload.State.RECEIVING:
        return {}
    return {"Upload-Expires": http_date(upload.expires_at.timestamp())}


def _checksum(request: HttpRequest) -> Checksum | None:
    header = request.headers.get("Upload-Checksum")
    return Checksum.parse(header) if header else None


def _body_length(request: HttpRequest, *, most: int) -> int:
    # Of a chunked body Django reads nothing at all; so it must be announced.
    if "Content-Length" not in request.headers:
        raise RefusedError(411, _("Content-Length is missing."))
    length = parse_size(request.headers, "Content-Length")
    if length > most:
        raise RefusedError(413, _("The body goes beyond the announced size of the file."))
    return length


def _receive(request: HttpRequest, upload: Upload, offset: int, length: int, checksum: Checksum | None) -> int:
    """Adds the body at the offset; the last byte makes the file an image. Returns where the upload now stands."""
    get_survey_for(upload.owner, upload.survey.slug, at_least=Role.ANALYST)
    with _take(upload, offset) as hold:
        check_room(length)
        try:
            _copy(request, hold, checksum, length)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise disk_full() from error
            raise
        finally:
            hold.sync()
        note_arrival(upload, now=timezone.now())
        if hold.offset == upload.size_bytes:
            finish_upload(upload, now=timezone.now())
        return hold.offset


def _take(upload: Upload, offset: int) -> Hold:
    try:
        return Hold.take(upload.pk, offset, patience_s=settings.UPLOAD_TAKEOVER_S)
    except NoPartError:
        if is_stored(upload):  # another request has just brought the last byte
            raise WrongOffsetError(upload.size_bytes) from None
        raise


def _copy(request: HttpRequest, hold: Hold, checksum: Checksum | None, length: int) -> None:
    sums = checksum.start() if checksum else None
    for piece in pieces(request.read):
        hold.write(piece)
        if sums:
            sums.update(piece)
    is_whole = hold.offset - hold.start == length  # of a cut body the sum cannot be known: it is kept
    if checksum and sums and is_whole and sums.digest() != checksum.digest:
        hold.take_back()
        raise RefusedError(CHECKSUM_MISMATCH, _("The bytes do not add up to Upload-Checksum: send them again."))


creation = _tus({"POST": _create})
upload = _tus({"HEAD": _head, "PATCH": _patch, "DELETE": _delete})
