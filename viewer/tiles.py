"""One tile of an image: from the pyramid when there is one, else from the preview, else none yet."""

from functools import lru_cache
from pathlib import Path
from uuid import UUID

from django.http import HttpResponse

from imaging.slide import SlideFile
from imaging.tiles import Tileset
from surveys.files import original_path, preview_path, pyramid_path
from surveys.models import Image
from viewer.grants import Grant

KEEP = "private, max-age=31536000, immutable"  # the address carries the file's version
KEEP_BRIEFLY = "private, max-age=60"
SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}  # the gate answers before any middleware


@lru_cache(maxsize=512)
def _paths(image_id: str) -> tuple[Path, Path, Path]:
    id = UUID(image_id)
    return original_path(id), preview_path(id), pyramid_path(id)


def read_tile(image_id: str, grant: Grant, z: int, x: int, y: int) -> bytes | None:
    """A complete JPEG; None where the image has no such tile, or not yet."""
    original, preview, pyramid = _paths(image_id)
    if grant.is_shown_as_is:
        return SlideFile.open(original).tile(z, x, y)
    try:
        return Tileset(grant.width, grant.height, full=pyramid).read(z, x, y)
    except FileNotFoundError:
        return _read_preview(Tileset(grant.width, grant.height, preview=preview), z, x, y)


def _read_preview(tileset: Tileset, z: int, x: int, y: int) -> bytes | None:
    try:
        return tileset.read(z, x, y)
    except FileNotFoundError:
        return None


def deepzoom_of(image: Image) -> SlideFile | None:
    """The image through OpenSlide, for the DeepZoom face; None while its full resolution is not there."""
    if image.pyramid_state == Image.Pyramid.AS_IS:
        return SlideFile.open(original_path(image.pk))
    return SlideFile.open(pyramid_path(image.pk)) if image.pyramid_state == Image.Pyramid.READY else None


def tile_response(tile: bytes | None, *, is_versioned: bool) -> HttpResponse:
    if tile is None:
        return HttpResponse(status=404, headers={"Cache-Control": "no-store", **SAFE})
    kept = KEEP if is_versioned else KEEP_BRIEFLY
    headers = {"Cache-Control": kept, "Content-Length": str(len(tile)), **SAFE}
    return HttpResponse(tile, content_type="image/jpeg", headers=headers)


def version(image_id: UUID) -> str:
    """Changes with the file that the tiles come from."""
    original, preview, pyramid = _paths(str(image_id))
    for path in (pyramid, preview, original):
        if path.exists():
            return f"{path.stat().st_mtime_ns:x}"
    return "0"
