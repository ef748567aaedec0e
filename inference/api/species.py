"""Which species the labels of a model are in a survey."""

from collections import Counter
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.recount import pending_recount
from inference.species import rules_of
from inference.species_saving import MAX_SPECIES, Said, SpeciesRefusedError, labels_of, models_of, set_species
from surveys.access import get_survey_for
from surveys.api.serializers import KnownFieldsMixin
from surveys.models import Role, Survey
from surveys.observations import named_species


class SpeciesQuery(serializers.Serializer[Any]):
    model = serializers.CharField(default="", help_text="Without it the model of the current search.")


class LabelIn(KnownFieldsMixin, serializers.Serializer[Any]):
    label = serializers.CharField(trim_whitespace=False)
    species = serializers.CharField(
        default="", allow_blank=True, max_length=MAX_SPECIES, help_text="The label itself where left out."
    )
    is_dropped = serializers.BooleanField(default=False, help_text="Leave it out: neither counted nor drawn.")


class SpeciesIn(KnownFieldsMixin, serializers.Serializer[Any]):
    species = LabelIn(many=True, help_text="Labels that are not named stand for themselves again.")

    def validate_species(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        times = Counter(row["label"] for row in rows)
        if twice := [label for label, n in times.items() if n > 1]:
            raise serializers.ValidationError([f"{label}: {_('This label is named twice.')}" for label in twice])
        return rows


class SpeciesOfLabelOut(serializers.Serializer[Any]):
    label = serializers.CharField()
    species = serializers.CharField()
    is_dropped = serializers.BooleanField()


class SpeciesOut(serializers.Serializer[Any]):
    model = serializers.CharField(help_text="Empty where no model has searched the survey.")
    models = serializers.ListField(child=serializers.CharField())
    species = SpeciesOfLabelOut(many=True, help_text="Every label of the model.")
    named = serializers.ListField(child=serializers.CharField(), help_text="Species that people gave accepted animals.")
    is_recounting = serializers.BooleanField(help_text="Some counters still go by what was said before.")


class SurveySpecies(APIView):
    @extend_schema(parameters=[SpeciesQuery], responses=SpeciesOut)
    def get(self, request: Request, slug: str) -> Response:
        """Every label of a model that searched the survey, and which species it is here."""
        survey = get_survey_for(request.user, slug)
        return Response(_out(survey, *_model(request, survey)))

    @extend_schema(parameters=[SpeciesQuery], request=SpeciesIn, responses=SpeciesOut)
    def put(self, request: Request, slug: str) -> Response:
        """Says it anew, for all labels. The counters of the model's searches follow; what the model said stays."""
        survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
        name, models = _model(request, survey)
        asked = SpeciesIn(data=request.data)
        asked.is_valid(raise_exception=True)
        said = {row["label"]: Said(row["species"], row["is_dropped"]) for row in asked.validated_data["species"]}
        try:
            set_species(survey, name, said, request.user)
        except SpeciesRefusedError as refusal:
            sentences = [f"{label}: {why}" if label else why for label, why in refusal.errors.items()]
            raise serializers.ValidationError({"species": sentences}) from refusal
        return Response(_out(survey, name, models))


def _model(request: Request, survey: Survey) -> tuple[str, list[str]]:
    """The one asked for or the current search's, and all there are. Raises Http404."""
    query = SpeciesQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    models, wanted = models_of(survey), query.validated_data["model"]
    if wanted and wanted not in models:
        raise Http404
    return wanted or next(iter(models), ""), models


def _out(survey: Survey, name: str, models: list[str]) -> Any:
    rules = {rule.label: rule for rule in rules_of(survey.pk, name)}
    rows = [
        {"label": label, "species": rules[label].species if label in rules else label,
         "is_dropped": label in rules and rules[label].is_dropped}
        for label in labels_of(survey, name)
    ]  # fmt: skip
    said = {"model": name, "models": models, "species": rows, "named": named_species(survey)}
    return SpeciesOut(said | {"is_recounting": pending_recount(survey) is not None}).data
