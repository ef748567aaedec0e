"""What the headers of a tus request say, checked."""

import base64
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

CHECKSUMS = ("sha1", "sha256", "md5")
MAX_NAME = 200
MAX_PATH = 500
# Characters that make text read in another order than it is stored in: "gpj.exe" can look like "exe.jpg".
BIDI = {chr(code) for code in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}


class HeaderError(Exception):
    """A header that cannot be understood. Its text is for the sender."""


@dataclass(frozen=True)
class Metadata:
    """What a sender says about a file."""

    survey: str
    file_name: str
    path: str  # the folder on the card, without the file name
    sha256: str

    @classmethod
    def parse(cls, header: str) -> "Metadata":
        values = _pairs(header)
        survey = _clean(values.get("survey", ""))
        if not survey:
            raise HeaderError(_("Upload-Metadata must name the survey."))
        file_name = clean_file_name(values.get("filename", ""))
        path = clean_path(values.get("path", ""), file_name)
        return cls(survey, file_name, path, _sha256(values.get("sha256", "")))


def encode_metadata(values: dict[str, str]) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items() if value)


def _pairs(header: str) -> dict[str, str]:
    pairs = [part.strip().partition(" ") for part in header.split(",") if part.strip()]
    try:
        return {key: base64.b64decode(value, validate=True).decode() for key, _space, value in pairs}
    except ValueError:  # binascii.Error and UnicodeDecodeError are some
        sentence = _("Upload-Metadata must be pairs of a key and a value in Base64, with commas between.")
        raise HeaderError(sentence) from None


def _clean(text: str) -> str:
    kept = "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cs") and char not in BIDI)
    return unicodedata.normalize("NFC", kept).strip()


def _can_be_seen(name: str) -> bool:
    return any(unicodedata.category(char)[0] not in "CZ" for char in name)


def _parts(text: str) -> list[str]:
    return [part for part in _clean(text).replace("\\", "/").split("/") if part.strip() not in ("", ".")]


def clean_file_name(text: str) -> str:
    name = (_parts(text) or [""])[-1]
    if not _can_be_seen(name) or name == "..":
        raise HeaderError(_("Upload-Metadata must hold the file's name."))
    if len(name) > MAX_NAME:
        sentence = _("The file's name is longer than %(limit)s characters: give it a shorter one.")
        raise HeaderError(sentence % {"limit": MAX_NAME})
    return name


def clean_path(text: str, file_name: str) -> str:
    """The folder, with single slashes. A path that ends in the file's name, as browsers give it, loses that."""
    parts = _parts(text)
    if ".." in parts:
        raise HeaderError(_("The path must not lead upwards with “..”."))
    if parts and parts[-1] == file_name:
        parts.pop()
    path = "/".join(parts)
    if len(path) > MAX_PATH:
        sentence = _("The path is longer than %(limit)s characters: move the files up some folders.")
        raise HeaderError(sentence % {"limit": MAX_PATH})
    return path


def _sha256(text: str) -> str:
    if text and not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise HeaderError(_("The sha256 in Upload-Metadata must be 64 hexadecimal digits."))
    return text.lower()


def parse_size(headers: Any, name: str) -> int:
    """A header that must be a whole number from 0 up."""
    value = headers.get(name, "")
    if not re.fullmatch(r"[0-9]{1,18}", value):
        raise HeaderError(_("The header %(name)s must be a whole number of bytes.") % {"name": name})
    return int(value)


@dataclass(frozen=True)
class Checksum:
    """What the sender says the body adds up to."""

    algorithm: str
    digest: bytes

    @classmethod
    def parse(cls, header: str) -> "Checksum":
        algorithm, _space, value = header.partition(" ")
        if algorithm not in CHECKSUMS:
            raise HeaderError(_("Upload-Checksum must be one of %(names)s.") % {"names": ", ".join(CHECKSUMS)})
        try:
            return cls(algorithm, base64.b64decode(value, validate=True))
        except ValueError:
            raise HeaderError(_("Upload-Checksum must be in Base64.")) from None

    def start(self) -> Any:
        return hashlib.new(self.algorithm, usedforsecurity=False)
