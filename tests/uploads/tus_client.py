"""A bare tus client over Django's test client: every header is the test's own."""

import base64
import hashlib
from typing import Any

from django.http import HttpResponse
from django.test import Client

ROOT = "/api/v1/tus/"
BODY = "application/offset+octet-stream"


def metadata(**values: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())


def checksum(algorithm: str, body: bytes) -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, body).digest()).decode()}"


class Tus:
    """Speaks for one person about files of one survey."""

    def __init__(self, client: Client, survey: str = "ruaha") -> None:
        self.client, self.survey = client, survey

    def send(self, method: str, url: str, body: bytes = b"", **headers: str) -> HttpResponse:
        """Header names in Python's spelling: `Upload_Offset="0"`; None leaves one out."""
        named = {"Tus-Resumable": "1.0.0", **{name.replace("_", "-"): value for name, value in headers.items()}}
        content_type = named.pop("Content-Type", BODY)
        kept = {name: value for name, value in named.items() if value is not None}
        return self.client.generic(method, url, body, content_type=content_type, headers=kept)

    def create(self, size: int, name: str = "DSC_1.JPG", body: bytes = b"", **more: Any) -> HttpResponse:
        facts = {"survey": self.survey, "filename": name, **more.pop("facts", {})}
        headers = {"Upload_Length": str(size), "Upload_Metadata": metadata(**facts), **more}
        if not body:
            headers.setdefault("Content_Type", "text/plain")
        return self.send("POST", ROOT, body, **headers)

    def patch(self, url: str, offset: int, body: bytes, **headers: str) -> HttpResponse:
        return self.send("PATCH", url, body, Upload_Offset=str(offset), **headers)

    def head(self, url: str) -> HttpResponse:
        return self.send("HEAD", url)

    def offset(self, url: str) -> int:
        return int(self.head(url)["Upload-Offset"])

    def upload(self, content: bytes, name: str = "DSC_1.JPG", **more: Any) -> str:
        """The whole file in one go; its URL."""
        url = self.create(len(content), name, **more)["Location"]
        assert self.patch(url, 0, content).status_code == 204
        return url
