from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.urls.converters import StringConverter

from inference import (
    comparison_views,
    counts_views,
    failure_views,
    forecast_views,
    model_upload_views,
    model_views,
    run_views,
    species_views,
    speed_check_views,
)
from inference.api.comparisons import ComparisonDetail, SurveyComparisons
from inference.api.detections import image_detections
from inference.api.model_uploads import ModelUpload
from inference.api.models import ModelDetail, ModelList
from inference.api.predict import Predict
from inference.api.runs import RunDetail, SurveyRuns, run_retries
from inference.api.scores import SurveyScoreHistogram
from inference.api.species import SurveySpecies
from inference.api.speed_checks import SpeedCheckDetail, SurveySpeedChecks
from inference.new_survey import new_survey


class CardNameConverter(StringConverter):
    """What a card may have as name and version; PostgreSQL would not even look for some other texts."""

    regex = "[A-Za-z0-9._-]+"


register_converter(CardNameConverter, "card_name")

api: list[URLPattern | URLResolver] = [
    path("models/", ModelList.as_view(), name="api-models"),
    path("model-uploads/<uuid:model_upload_id>/", ModelUpload.as_view(), name="api-model-upload"),
    path("models/<card_name:name>/<card_name:version>/", ModelDetail.as_view(), name="api-model"),
    path("models/<card_name:name>/<card_name:version>/predict/", Predict.as_view(), name="api-predict"),
    path("surveys/<slug:slug>/runs/", SurveyRuns.as_view(), name="api-runs"),
    path("runs/<uuid:run_id>/", RunDetail.as_view(), name="api-run"),
    path("runs/<uuid:run_id>/retries/", run_retries, name="api-run-retries"),
    path("surveys/<slug:slug>/species/", SurveySpecies.as_view(), name="api-species"),
    path("surveys/<slug:slug>/score-histogram/", SurveyScoreHistogram.as_view(), name="api-score-histogram"),
    path("surveys/<slug:slug>/speed-checks/", SurveySpeedChecks.as_view(), name="api-speed-checks"),
    path("speed-checks/<uuid:check_id>/", SpeedCheckDetail.as_view(), name="api-speed-check"),
    path("surveys/<slug:slug>/comparisons/", SurveyComparisons.as_view(), name="api-comparisons"),
    path("comparisons/<uuid:comparison_id>/", ComparisonDetail.as_view(), name="api-comparison"),
    path("images/<uuid:image_id>/detections/", image_detections, name="api-detections"),
]


urlpatterns: list[URLPattern | URLResolver] = [
    path("surveys/new/", new_survey, name="survey-new"),
    path("surveys/<slug:slug>/jobs/", failure_views.survey_jobs, name="survey-jobs"),
    path("surveys/<slug:slug>/jobs/retries/", failure_views.job_retries, name="survey-job-retries"),
    path("surveys/<slug:slug>/jobs/<uuid:job_id>/retries/", failure_views.job_retry, name="survey-job-retry"),
    path("models/", model_views.models, name="models"),
    path("models/new/", model_upload_views.model_new, name="model-new"),
    path("model-uploads/<uuid:model_upload_id>/", model_upload_views.model_upload, name="model-upload"),
    path(
        "model-uploads/<uuid:model_upload_id>/progress/",
        model_upload_views.model_upload_progress,
        name="model-upload-progress",
    ),
    path("models/<card_name:name>/<card_name:version>/", model_views.model, name="model"),
    path(
        "models/<card_name:name>/<card_name:version>/retirement/", model_views.model_retirement, name="model-retirement"
    ),
    path("models/<card_name:name>/<card_name:version>/return/", model_views.model_return, name="model-return"),
    path("surveys/<slug:slug>/runs/", run_views.survey_runs, name="survey-runs"),
    path("surveys/<slug:slug>/runs/progress/", run_views.survey_runs_progress, name="survey-runs-progress"),
    path("surveys/<slug:slug>/runs/forecast/", forecast_views.run_forecast, name="run-forecast"),
    path("surveys/<slug:slug>/speed-checks/", speed_check_views.survey_speed_checks, name="survey-speed-checks"),
    path("speed-checks/<uuid:check_id>/", speed_check_views.speed_check, name="speed-check"),
    path("speed-checks/<uuid:check_id>/progress/", speed_check_views.speed_check_progress, name="speed-check-progress"),
    path("speed-checks/<uuid:check_id>/retries/", speed_check_views.speed_check_retries, name="speed-check-retries"),
    path(
        "speed-checks/<uuid:check_id>/crops/<int:number>.jpg",
        speed_check_views.speed_check_crop,
        name="speed-check-crop",
    ),
    path("surveys/<slug:slug>/species/", species_views.survey_species, name="survey-species"),
    path("surveys/<slug:slug>/compare/", comparison_views.survey_comparisons, name="survey-comparisons"),
    path("comparisons/<uuid:comparison_id>/", comparison_views.comparison, name="comparison"),
    path(
        "comparisons/<uuid:comparison_id>/progress/", comparison_views.comparison_progress, name="comparison-progress"
    ),
    path(
        "comparisons/<uuid:comparison_id>/cancellation/",
        comparison_views.comparison_cancellation,
        name="comparison-cancellation",
    ),
    path("comparisons/<uuid:comparison_id>/retries/", comparison_views.comparison_retries, name="comparison-retries"),
    path("surveys/<slug:slug>/counts/scores/", counts_views.survey_scores, name="survey-counts-scores"),
    path("runs/<uuid:run_id>/", run_views.run_page, name="run"),
    path("runs/<uuid:run_id>/progress/", run_views.run_progress, name="run-progress"),
    path("runs/<uuid:run_id>/cancellation/", run_views.run_cancellation, name="run-cancellation"),
    path("runs/<uuid:run_id>/current/", run_views.run_current, name="run-current"),
    path("runs/<uuid:run_id>/retries/", run_views.run_retries, name="run-retries"),
    path("api/v1/", include(api)),
]
