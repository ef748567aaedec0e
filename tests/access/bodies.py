"""What a well-meant request of a route carries, where it must carry something to be let through."""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True)
class Form:
    fields: dict[str, str]

    def request(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """A value in braces is one of the scene's."""
        fields = {name: value.format(**arguments) for name, value in self.fields.items()}
        return {"data": urlencode(fields), "content_type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Json:
    fields: dict[str, str]

    def request(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """A value in braces is one of the scene's."""
        fields = {name: value.format(**arguments) for name, value in self.fields.items()}
        return {"data": json.dumps(fields), "content_type": "application/json"}


@dataclass(frozen=True)
class Multipart:
    """A form with files in it."""

    files: dict[str, bytes] = field(default_factory=dict)

    def request(self, _arguments: dict[str, Any]) -> dict[str, Any]:
        head = 'Content-Disposition: form-data; name="{0}"; filename="{0}"'
        parts = [
            b"--edge\r\n" + head.format(name).encode() + b"\r\n\r\n" + content + b"\r\n"
            for name, content in self.files.items()
        ]
        return {"data": b"".join(parts) + b"--edge--\r\n", "content_type": "multipart/form-data; boundary=edge"}


@dataclass(frozen=True)
class Tus:
    headers: dict[str, str]
    data: bytes = b""
    content_type: str = "application/offset+octet-stream"
    always: dict[str, str] = field(default_factory=lambda: {"Tus-Resumable": "1.0.0"})

    def request(self, _arguments: dict[str, Any]) -> dict[str, Any]:
        return {"data": self.data, "content_type": self.content_type, "headers": self.always | self.headers}


def metadata(**values: str) -> str:
    return ",".join(f"{name} {b64encode(value.encode()).decode()}" for name, value in values.items())


TASK_TOKEN = "00000000-0000-4000-8000-000000000001"  # of the image that the scene's reviewer holds
_coco = b"""{"images": [{"id": 1, "file_name": "known.jpg"}], "categories": [{"id": 1, "name": "buffalo"}],
"annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}]}"""
_new_upload = {"Upload-Length": "100", "Upload-Metadata": metadata(survey="ruaha", filename="b.png")}
BODIES: dict[tuple[str, str], Any] = {
    ("api-token", "POST"): {"username": "owner", "password": "tree-on-the-plain"},
    ("api-surveys", "POST"): {"name": "Serengeti"},
    ("api-survey", "PATCH"): {"description": "Dry season"},
    ("api-members", "POST"): {"username": "outsider", "role": "viewer"},
    ("api-member", "PATCH"): {"role": "viewer"},
    ("api-image", "PATCH"): {"transect": "T1", "reason": "Read off the flight log"},
    ("api-runs", "POST"): {"model": "plains"},
    ("api-detection-reviews", "POST"): {"verdict": "confirmed"},
    ("api-survey-reviews", "POST"): {"verdict": "confirmed", "detections": ["00000000-0000-7000-8000-000000000000"]},
    ("api-image-reviews", "POST"): {"verdict": "reviewed"},
    ("api-image-coverage", "POST"): {"looks": [{"left": 0, "top": 0, "right": 9, "bottom": 9, "halvings": 0}]},
    ("api-review-tasks", "POST"): {"name": "North block", "people": ["reviewer"]},
    ("api-review-task", "PATCH"): {"name": "South block"},
    ("api-review-task-next", "PATCH"): {"token": TASK_TOKEN},
    ("review-tasks", "POST"): Form(
        {"name": "North block", "people": "{reviewer}", "reviewed": "no", "percent": "100", "seed": "1"}
    ),
    ("review-task", "POST"): Form({"closed": "yes"}),
    ("api-image-observations", "POST"): {"species": "eland", "left": 1, "top": 1, "right": 9, "bottom": 9},
    ("api-observation", "PATCH"): {"count": 2},
    ("api-image-comments", "POST"): {"text": "Is this a calf?"},
    ("api-comments-seen", "POST"): Json({"up_to": "{comment_id}"}),
    ("api-comment", "PATCH"): {"resolved": True},
    ("api-models", "POST"): Multipart(),
    ("api-predict", "POST"): Multipart({"image": b"no image"}),  # nobody works on the queue
    ("model-new", "POST"): Multipart(),
    ("api-model", "PATCH"): {"retired": True},
    ("api-run", "PATCH"): {"state": "cancelled"},
    ("api-species", "PUT"): {"species": [{"label": "buffalo", "species": "bovid"}]},
    ("survey-species", "POST"): Form({"label-1": "buffalo", "species-1": "bovid"}),
    ("api-speed-checks", "POST"): {"model": "plains", "mode": "fast"},
    ("api-comparisons", "POST"): Multipart({"file": _coco}),
    ("survey-comparisons", "POST"): Multipart({"file": _coco}),
    ("comparison", "POST"): Form({"workers": "2"}),
    ("survey-speed-checks", "POST"): Form(
        {"check-model_version": "{model_version}", "check-mode": "fast", "check-n_patches": "9"}
    ),
    ("tus-creation", "POST"): Tus(_new_upload),
    ("tus-upload", "HEAD"): Tus({}),
    ("tus-upload", "PATCH"): Tus({"Upload-Offset": "0"}, b"12345"),
    ("tus-upload", "DELETE"): Tus({}),
    ("login", "POST"): Form({"username": "owner", "password": "tree-on-the-plain"}),
    ("survey-new", "POST"): Form({"name": "Serengeti", "time_zone": "UTC", "model": ""}),
    ("survey-settings", "POST"): Form({"name": "Ruaha", "time_zone": "UTC"}),
    ("survey-runs", "POST"): Form({"search-model_version": "{model_version}"}),
    ("image-transect", "POST"): Form({"transect": "T1", "camera": "L", "reason": "Read off the flight log"}),
    ("transect-pattern", "POST"): Form({"pattern": "{{transect}}_{{camera}}"}),
    ("members", "POST"): Form({"username": "outsider", "role": "viewer"}),
    ("member", "POST"): Form({"role": "viewer"}),
    ("invitations", "POST"): Form({"role": "viewer"}),
}
