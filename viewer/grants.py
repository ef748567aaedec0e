"""A signed, image-scoped pass for tiles: whoever holds it may read one image's tiles for a minute, with no session or
database asked per tile. It also says what a tile needs to know of the image."""

import hashlib
import hmac
import time
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse

from surveys.models import Image

COOKIE = "kopje_tiles"
LIFETIME_S = 60


@dataclass(frozen=True, slots=True)
class Grant:
    """What the holder may read: tiles of an image of this size."""

    width: int
    height: int
    is_shown_as_is: bool

    @classmethod
    def of(cls, image: Image) -> "Grant":
        return cls(image.width or 0, image.height or 0, image.pyramid_state == Image.Pyramid.AS_IS)


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return hashlib.sha256(f"viewer.grants {secret}".encode()).digest()


def _signature(image_id: str, claims: str) -> str:
    return hmac.digest(_key(settings.SECRET_KEY), f"{image_id}.{claims}".encode(), "sha256").hex()


def sign(image_id: UUID, grant: Grant, *, now: float) -> str:
    claims = f"{int(now) + LIFETIME_S}-{grant.width}-{grant.height}-{int(grant.is_shown_as_is)}"
    return f"{claims}.{_signature(str(image_id), claims)}"


def read(image_id: str, signed: str, *, now: float) -> Grant | None:
    """The grant, or None when it is forged, of another image, or expired."""
    claims, _, signature = signed.partition(".")
    # Compared as bytes: compare_digest refuses text that is not ASCII.
    if not hmac.compare_digest(signature.encode(), _signature(image_id, claims).encode()):
        return None
    expires, width, height, is_shown_as_is = map(int, claims.split("-"))
    return Grant(width, height, bool(is_shown_as_is)) if now < expires else None


def set_cookie(response: HttpResponse, image: Image) -> None:
    """Hands the pass out. The browser sends it to this image's addresses only."""
    signed = sign(image.id, Grant.of(image), now=time.time())
    response.set_cookie(
        COOKIE,
        signed,
        max_age=LIFETIME_S,
        path=f"/api/v1/images/{image.id}/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
