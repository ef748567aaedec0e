"""What went wrong with an upload, as HTTP says it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException

from surveys.tus_headers import HeaderError
from surveys.tus_part import HeldError, HoldLostError, NoPartError, WrongOffsetError
from surveys.uploads import DiskFullError, DuplicateError, TooLargeError

ENDED = gettext_lazy("This upload has ended. Send the file again.")
HELD = gettext_lazy("Another request is sending this file just now.")

# Status, and the sentence where the error brings none for the sender.
ANSWERS: dict[type[Exception], tuple[int, Any]] = {
    HeaderError: (400, None),
    PermissionDenied: (403, gettext_lazy("Only the owner and analysts of a survey may add images to it.")),
    Http404: (404, gettext_lazy("Not found.")),
    NoPartError: (410, ENDED),
    TooLargeError: (413, None),
    HeldError: (423, HELD),
    HoldLostError: (423, HELD),
}


class RefusedError(Exception):
    """An answer other than success."""

    def __init__(self, status: int, detail: Any, *, headers: dict[str, str] | None = None, **more: str) -> None:
        super().__init__(detail)
        self.status, self.headers, self.body = status, headers or {}, {"detail": str(detail), **more}


ANTICIPATED = (RefusedError, DuplicateError, WrongOffsetError, DiskFullError, APIException, *ANSWERS)


def refusal_of(error: Exception) -> RefusedError:
    match error:
        case RefusedError():
            return error
        case DuplicateError():
            return RefusedError(409, error, code="duplicate", image=str(error.image_id))
        case WrongOffsetError():
            offset = str(error.offset)
            detail = _("The upload stands at %(offset)s bytes.") % {"offset": offset}
            return RefusedError(409, detail, headers={"Upload-Offset": offset}, code="wrong_offset")
        case DiskFullError():
            return RefusedError(507, error, code="disk_full")
        case APIException():
            return RefusedError(error.status_code, error.detail)
    status, sentence = next(answer for kind, answer in ANSWERS.items() if isinstance(error, kind))
    return RefusedError(status, sentence or error)


def ended() -> RefusedError:
    return RefusedError(410, ENDED)
