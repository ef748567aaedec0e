"""Files of images, given out so that no browser takes them for anything else."""

from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from imaging.errors import UnreadableImageError
from surveys.access import get_image_for
from surveys.originals import open_original, preview_jpeg
from surveys.uploads import DiskFullError

MAX_AGE_S = 3600


def guard(response: HttpResponseBase, *, file_name: str, as_attachment: bool) -> HttpResponseBase:
    """Somebody's bytes: no guessing of types, no scripts, no use by other sites, no shared caches."""
    response["Content-Disposition"] = content_disposition_header(as_attachment, file_name) or "inline"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = f"private, max-age={MAX_AGE_S}"
    return response


class OriginalView(APIView):
    @extend_schema(
        responses={(200, "image/*"): OpenApiTypes.BINARY},
        description="The uploaded file. Who may not see exact positions gets it without GPS, XMP and maker notes.",
    )
    def get(self, request: Request, image_id: UUID) -> HttpResponseBase:
        image = get_image_for(request.user, image_id)
        try:
            file = open_original(request.user, image)
        except FileNotFoundError:
            raise Http404 from None
        except UnreadableImageError as error:
            return Response({"detail": str(error)}, status=403)
        except DiskFullError as error:
            return Response({"detail": str(error)}, status=507)
        response = FileResponse(file, content_type=image.media_type or "application/octet-stream")
        return guard(response, file_name=image.file_name, as_attachment=True)


class PreviewView(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("width", OpenApiTypes.INT, description="A smaller one, at least this wide.")],
        responses={(200, "image/jpeg"): OpenApiTypes.BINARY},
        description="The image at one eighth of its size.",
    )
    def get(self, request: Request, image_id: UUID) -> HttpResponseBase:
        image = get_image_for(request.user, image_id)
        width = request.query_params.get("width", "")[:9]  # wider is no image; Python refuses to read endless numbers
        try:
            jpeg = preview_jpeg(image, width=int(width) if width.isdecimal() else None)
        except FileNotFoundError:
            raise Http404 from None
        return guard(HttpResponse(jpeg, content_type="image/jpeg"), file_name=f"{image.pk}.jpg", as_attachment=False)
