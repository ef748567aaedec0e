"""The registry: read by whoever is logged in, changed by administrators."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.access import get_model_for
from inference.api.model_uploads import ModelUploadIn, ModelUploadOut, let_files_in, take_in
from inference.models import ModelVersion
from inference.retire import retire, take_back
from surveys.api.serializers import KnownFieldsMixin
from surveys.pagination import KeysetPagination


class ModelVersionOut(serializers.ModelSerializer[ModelVersion]):
    labels = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = ModelVersion
        fields = ["name", "version", "labels", "card", "weights_sha256", "selftest", "registered_at", "retired_at"]


class ModelChangeIn(KnownFieldsMixin, serializers.Serializer[Any]):
    retired = serializers.BooleanField(required=False)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if not data:
            raise serializers.ValidationError({"detail": _("Say what to change: retired.")})
        return data


class ModelList(generics.ListAPIView[ModelVersion]):
    """Every registered model version, newest first."""

    queryset = ModelVersion.objects.all()
    serializer_class = ModelVersionOut
    pagination_class = KeysetPagination
    newest_first = True
    parser_classes = [MultiPartParser]

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        if request.method == "POST":
            let_files_in(request)
        return super().initialize_request(request, *args, **kwargs)

    @extend_schema(request=ModelUploadIn, responses={202: ModelUploadOut})
    def post(self, request: Request) -> Response:
        """Takes a model in: a model folder, or a Detectron2 pair; administrators. A worker tries it before it is
        registered: `url` in the answer says what became of it."""
        return take_in(request)


class ModelDetail(APIView):
    @extend_schema(responses=ModelVersionOut)
    def get(self, request: Request, name: str, version: str) -> Response:
        """The card of one version."""
        return Response(ModelVersionOut(get_model_for(request.user, name, version)).data)

    @extend_schema(request=ModelChangeIn, responses=ModelVersionOut)
    def patch(self, request: Request, name: str, version: str) -> Response:
        """Retires the version, so that it starts no new search, or takes it back; administrators."""
        found = get_model_for(request.user, name, version, to_change=True)
        change = ModelChangeIn(data=request.data)
        change.is_valid(raise_exception=True)
        if change.validated_data["retired"]:
            retire(found, request.user)
        else:
            take_back(found)
        return Response(ModelVersionOut(found).data)
