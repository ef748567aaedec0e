"""How many detections a search has at which model score."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.access import run_of_survey
from inference.counts import label_counts
from inference.score_counts import score_counts
from surveys.access import get_survey_for


class ScoreHistogramQuery(serializers.Serializer[Any]):
    run = serializers.UUIDField(default=None, help_text="The current search, unless named.")


class LabelScoresOut(serializers.Serializer[Any]):
    label = serializers.CharField()
    n_detections = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="100 numbers: detections with a model score from 0.00, 0.01, … on, up to the next one.",
    )


class ScoreHistogramOut(serializers.Serializer[Any]):
    run = serializers.UUIDField(allow_null=True)
    threshold = serializers.FloatField(allow_null=True, help_text="The search keeps no lower scores.")
    labels = LabelScoresOut(many=True)
    counted_at = serializers.DateTimeField(allow_null=True)
    is_current = serializers.BooleanField(help_text="False: the search has gone on since, and is counted anew later.")


class SurveyScoreHistogram(APIView):
    @extend_schema(parameters=[ScoreHistogramQuery], responses={200: ScoreHistogramOut, 202: ScoreHistogramOut})
    def get(self, request: Request, slug: str) -> Response:
        """The detections of each label by model score, on images that can have a count. 202 while a large search is
        counted for the first time: ask again."""
        survey = get_survey_for(request.user, slug)
        query = ScoreHistogramQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        run = run_of_survey(survey, query.validated_data["run"])
        if run is None:
            return Response(_out(None, None))
        scores = score_counts(run, {count.label: count.n_detections for count in label_counts(run)})
        return Response(_out(run, scores), status=200 if scores else 202)


def _out(run: Any, scores: Any) -> Any:
    labels = [{"label": label, "n_detections": bins} for label, bins in sorted(scores.bins.items())] if scores else []
    return ScoreHistogramOut(
        {
            "run": run and run.pk,
            "threshold": run and run.threshold,
            "labels": labels,
            "counted_at": scores and scores.counted_at,
            "is_current": bool(scores and scores.is_current),
        }
    ).data
