"""The page on which files are brought in, and what it asks for."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView

from surveys.access import get_survey_for
from surveys.models import Role, Upload
from surveys.pagination import KeysetPagination
from surveys.upload_words import upload_words
from surveys.uploads import offset_of

MAX_IDS = 100


@require_safe
@login_required
def upload_page(request: HttpRequest, slug: str) -> HttpResponse:
    survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
    image, tiff = settings.UPLOAD_MAX_IMAGE_BYTES, settings.UPLOAD_MAX_TIFF_BYTES
    limits = {"max_image": image, "max_tiff": tiff, "image_mb": image // 2**20, "tiff_gb": tiff // 2**30}
    return render(request, "surveys/upload.html", {"survey": survey, "words": upload_words(), **limits})


class UploadOut(serializers.ModelSerializer[Upload]):
    offset = serializers.SerializerMethodField(help_text="How many bytes have arrived.")
    url = serializers.SerializerMethodField(help_text="Where to go on sending.")
    sha256 = serializers.CharField(source="claimed_sha256", help_text="As the sender gave it.")
    failure_code = serializers.CharField(source="image.failure_code", default="")

    class Meta:
        model = Upload
        fields = [
            "id",
            "state",
            "file_name",
            "path",
            "size_bytes",
            "offset",
            "sha256",
            "failure",
            "failure_code",
            "image",
            "created_at",
            "expires_at",
            "url",
        ]

    def get_offset(self, upload: Upload) -> int:
        return offset_of(upload)

    def get_url(self, upload: Upload) -> str:
        return reverse("tus-upload", kwargs={"upload_id": upload.pk})


@extend_schema_view(
    get=extend_schema(
        description="The caller's own uploads into the survey: what became of them, and where unfinished ones stand.",
        parameters=[
            OpenApiParameter("state", enum=Upload.State.values, description="Only uploads in this state."),
            OpenApiParameter("ids", description=f"Only these: up to {MAX_IDS} ids with commas between."),
        ],
    )
)
class UploadList(ListAPIView[Upload]):
    serializer_class = UploadOut
    pagination_class = KeysetPagination

    def get_queryset(self) -> QuerySet[Upload]:
        survey = get_survey_for(self.request.user, self.kwargs["slug"], at_least=Role.ANALYST)
        own = Upload.objects.filter(survey=survey, owner=self.request.user)
        return own.filter(**self._wanted()).select_related("image")

    def _wanted(self) -> dict[str, Any]:
        params = self.request.query_params
        wanted: dict[str, Any] = {}
        if "state" in params:
            wanted["state"] = serializers.ChoiceField(Upload.State.choices).run_validation(params["state"])
        if "ids" in params:
            wanted["pk__in"] = self._ids(params["ids"])
        return wanted

    def _ids(self, text: str) -> list[Any]:
        ids = serializers.ListField(child=serializers.UUIDField(), max_length=MAX_IDS)
        try:
            return ids.run_validation(text.split(","))
        except ValidationError as error:
            raise ValidationError(
                {"ids": [_("Up to %(most)d ids with commas between.") % {"most": MAX_IDS}]}
            ) from error
