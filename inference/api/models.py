"""The registry, for whoever is logged in."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import generics, serializers

from inference.models import ModelVersion
from surveys.pagination import KeysetPagination


class ModelVersionOut(serializers.ModelSerializer[ModelVersion]):
    labels = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = ModelVersion
        fields = ["name", "version", "labels", "card", "weights_sha256", "registered_at", "retired_at"]


class ModelList(generics.ListAPIView[ModelVersion]):
    """Every registered model version, newest first."""

    queryset = ModelVersion.objects.all()
    serializer_class = ModelVersionOut
    pagination_class = KeysetPagination
    newest_first = True


class ModelDetail(generics.RetrieveAPIView[ModelVersion]):
    """The card of one version."""

    queryset = ModelVersion.objects.all()
    serializer_class = ModelVersionOut

    def get_object(self) -> ModelVersion:
        wanted: QuerySet[Any] = self.get_queryset()
        return get_object_or_404(wanted, name=self.kwargs["name"], version=self.kwargs["version"])
