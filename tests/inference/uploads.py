"""Models as somebody posts them: files, archives, Detectron2 pairs that no worker has looked at."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.services import ROOT

STARTER = ROOT / "models" / "starter"


def starter_files(**card: Any) -> dict[str, bytes]:
    """The starter model's folder, with changes of its card."""
    content = {path.name: path.read_bytes() for path in STARTER.iterdir()}
    if card:
        content["card.json"] = json.dumps(json.loads(content["card.json"]) | card).encode()
    return content


def zipped(files: Mapping[str, bytes], **options: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1, **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def posted(files: Mapping[str, bytes]) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(name, content) for name, content in files.items()]


def left_in(store: Path) -> list[str]:
    """Files of uploads that are still there."""
    return [str(path) for path in (store / "posted").rglob("*") if path.is_file()]
