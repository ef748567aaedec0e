"""The tus endpoint in the OpenAPI schema: its views are plain Django, of which the generator knows nothing."""

from typing import Any

from surveys.tus import BODY_TYPE, CHECKSUM_MISMATCH, EXTENSIONS, VERSION
from surveys.tus_headers import CHECKSUMS

ERRORS = {
    400: "A header cannot be understood.",
    401: "Nobody is logged in, or the token is wrong.",
    403: "No right to add images to this survey.",
    404: "No such survey or upload, or somebody else's.",
    409: "The upload stands at another offset (`wrong_offset`), the survey holds this file (`duplicate`), or it has "
    "arrived (`complete`).",
    410: "The upload has ended.",
    411: "Content-Length is missing.",
    412: "Tus-Resumable is not the version spoken here.",
    413: "The file is too large, or the body goes beyond its announced size.",
    415: "The body is of another type.",
    423: "Another request is sending this file.",
    CHECKSUM_MISMATCH: "The body does not add up to Upload-Checksum.",
    507: "No room is left; what had arrived is kept.",
}
SENDING = (411, 413, 423, CHECKSUM_MISMATCH, 507)
OFFSET, EXPIRES = "Upload-Offset", "Upload-Expires"


def add_tus(result: dict[str, Any], **_of_the_generator: Any) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular."""
    of_upload = {"options": _options("upload"), "head": _head(), "patch": _patch(), "delete": _delete()}
    paths = {
        **result["paths"],
        "/api/v1/tus/": {"options": _options("creation"), "post": _create()},
        "/api/v1/tus/{upload_id}": {verb: _of_one(operation) for verb, operation in of_upload.items()},
    }
    return {**result, "paths": dict(sorted(paths.items()))}


def _of_one(operation: dict[str, Any]) -> dict[str, Any]:
    upload_id = {"name": "upload_id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    return {**operation, "parameters": [upload_id, *operation.get("parameters", [])]}


def _options(of: str) -> dict[str, Any]:
    headers = {"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Checksum-Algorithm": ",".join(CHECKSUMS)}
    answered = {name: _header(example=value) for name, value in headers.items()} | {"Tus-Max-Size": _header("integer")}
    return {
        "operationId": f"tus_{of}_options",
        "description": "What this server speaks: tus, a protocol of uploads that go on where they broke off.",
        "tags": ["tus"],
        "security": [],
        "responses": {"204": {"description": "In headers.", "headers": answered}},
    }


def _create() -> dict[str, Any]:
    description = (
        "Announces a file. Upload-Metadata holds `survey` (its slug) and `filename`, and may hold `path` and `sha256`; "
        "the body may hold the file's beginning. Location is where the rest goes."
    )
    return _operation(
        "create",
        description,
        asks={"Upload-Length": "integer", "Upload-Metadata": "string"},
        success=(201, ("Location", OFFSET, EXPIRES)),
        errors=(400, 401, 403, 404, 409, 412, *SENDING),
        has_body=True,
    )


def _head() -> dict[str, Any]:
    answered = (OFFSET, "Upload-Length", "Upload-Metadata", EXPIRES)
    return _operation("head", "How much has arrived.", success=(200, answered), errors=(401, 404, 410, 412))


def _patch() -> dict[str, Any]:
    description = "Adds the body at Upload-Offset, which must be where the upload stands. The last byte makes an image."
    errors = (400, 401, 403, 404, 409, 410, 412, 415, *SENDING)
    asks = {OFFSET: "integer"}
    return _operation("patch", description, asks=asks, success=(204, (OFFSET, EXPIRES)), errors=errors, has_body=True)


def _delete() -> dict[str, Any]:
    return _operation("delete", "Ends an upload.", success=(204, ()), errors=(401, 403, 404, 409, 410, 412))


def _operation(
    verb: str,
    description: str,
    *,
    success: tuple[int, tuple[str, ...]],
    errors: tuple[int, ...],
    asks: dict[str, str] | None = None,
    has_body: bool = False,
) -> dict[str, Any]:
    status, answered = success
    headers = [_asked("Tus-Resumable", "string", example=VERSION)]
    headers += [_asked(name, kind) for name, kind in (asks or {}).items()]
    body = {"requestBody": {"content": {BODY_TYPE: {"schema": {"type": "string", "format": "binary"}}}}}
    if has_body:
        headers.append(_asked("Upload-Checksum", "string", required=False))
    return {
        "operationId": f"tus_{verb}",
        "description": description,
        "tags": ["tus"],
        "security": [{"tokenAuth": []}, {"cookieAuth": []}],
        "parameters": headers,
        **(body if has_body else {}),
        "responses": {
            str(status): {"description": "Done.", "headers": {name: _header() for name in answered}},
            **{str(code): {"description": ERRORS[code]} for code in sorted(errors)},
        },
    }


def _asked(name: str, kind: str, *, required: bool = True, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "schema": {"type": kind, **more}}


def _header(kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"schema": {"type": kind, **more}}
