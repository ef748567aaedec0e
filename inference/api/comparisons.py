"""Comparisons of models on images of a survey whose animals are known; analysts."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from inference.access import get_comparison_for
from inference.comparison_forms import USUAL_IOU, ComparisonForm
from inference.comparisons import NoModelsError, start_comparison
from inference.models import ComparedModel, Comparison, Mode
from surveys.access import get_survey_for
from surveys.models import Role
from surveys.pagination import KeysetPagination


class ComparisonIn(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="COCO JSON, at most 16 MB; its images must be in the survey.")
    iou = serializers.FloatField(
        min_value=0.05, max_value=0.95, default=USUAL_IOU, help_text="Overlap from which a box is the animal's."
    )


class ComparisonOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    survey = serializers.CharField(source="survey.slug")
    source = serializers.CharField()
    iou = serializers.FloatField()
    n_images = serializers.IntegerField()
    n_animals = serializers.IntegerField()
    labels = serializers.ListField(child=serializers.CharField())
    left_out = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Images of the file that were not used: unknown, ambiguous, other_size.",
    )
    created_at = serializers.DateTimeField()


class ComparedModelOut(serializers.Serializer[Any]):
    model = serializers.CharField(source="model_version.name")
    version = serializers.CharField(source="model_version.version")
    mode = serializers.ChoiceField(Mode.choices)
    state = serializers.ChoiceField(ComparedModel.State.choices)
    device = serializers.CharField()
    engine = serializers.CharField()
    failure = serializers.CharField()
    report = serializers.JSONField(
        help_text="Of one that is done: counts of images, figures of all animals (total) and by label, each with n and "
        "95 % intervals (Wilson 1927); seconds for all images: reading, searching, of these inside the detector; "
        "species: which labels of the model were another species of the survey then, or null where it left them out."
    )


class ComparisonDetailOut(ComparisonOut):
    models = ComparedModelOut(many=True, source="compared")


class SurveyComparisons(generics.GenericAPIView[Comparison]):
    queryset = Comparison.objects.select_related("survey").defer("known")
    serializer_class = ComparisonOut
    pagination_class = KeysetPagination
    parser_classes = [MultiPartParser]
    newest_first = True

    @extend_schema(responses=ComparisonOut(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The survey's comparisons, newest first."""
        survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
        rows = self.paginate_queryset(self.get_queryset().filter(survey=survey))
        return self.get_paginated_response(ComparisonOut(rows, many=True).data)

    @extend_schema(request=ComparisonIn, responses={201: ComparisonOut})
    def post(self, request: Request, slug: str) -> Response:
        """Has every registered model, in each of its modes, search the images of the file that are in the survey."""
        survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
        form = ComparisonForm(survey, request.data, request.FILES)
        if not form.is_valid():
            raise ValidationError(form.errors)
        try:
            made = start_comparison(survey, form.known, request.user, iou=form.cleaned_data["iou"])
        except NoModelsError as error:
            raise ValidationError({"detail": str(error)}) from error
        return Response(ComparisonOut(made).data, status=status.HTTP_201_CREATED)


class ComparisonDetail(generics.GenericAPIView[Comparison]):
    queryset = Comparison.objects.none()
    serializer_class = ComparisonDetailOut

    @extend_schema(responses=ComparisonDetailOut)
    def get(self, request: Request, comparison_id: UUID) -> Response:
        found = get_comparison_for(request.user, comparison_id)
        rows = found.compared.select_related("model_version")
        models = ComparedModelOut(rows, many=True).data
        return Response(ComparisonOut(found).data | {"models": models})
