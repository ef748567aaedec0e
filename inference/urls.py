from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.urls.converters import StringConverter

from inference import failure_views, model_views, run_views, views
from inference.api.detections import image_detections
from inference.api.exports import export_csv
from inference.api.models import ModelDetail, ModelList
from inference.api.runs import RunDetail, SurveyRuns, run_retries
from inference.new_survey import new_survey


class CardNameConverter(StringConverter):
    """What a card may have as name and version; PostgreSQL would not even look for some other texts."""

    regex = "[A-Za-z0-9._-]+"


register_converter(CardNameConverter, "card_name")

api: list[URLPattern | URLResolver] = [
    path("models/", ModelList.as_view(), name="api-models"),
    path("models/<card_name:name>/<card_name:version>/", ModelDetail.as_view(), name="api-model"),
    path("surveys/<slug:slug>/runs/", SurveyRuns.as_view(), name="api-runs"),
    path("runs/<uuid:run_id>/", RunDetail.as_view(), name="api-run"),
    path("runs/<uuid:run_id>/retries/", run_retries, name="api-run-retries"),
    path("images/<uuid:image_id>/detections/", image_detections, name="api-detections"),
    path("surveys/<slug:slug>/exports/<slug:table>.csv", export_csv, name="api-export"),
]


urlpatterns: list[URLPattern | URLResolver] = [
    path("surveys/new/", new_survey, name="survey-new"),
    path("surveys/<slug:slug>/jobs/", failure_views.survey_jobs, name="survey-jobs"),
    path("surveys/<slug:slug>/jobs/retries/", failure_views.job_retries, name="survey-job-retries"),
    path("surveys/<slug:slug>/jobs/<uuid:job_id>/retries/", failure_views.job_retry, name="survey-job-retry"),
    path("models/", model_views.models, name="models"),
    path("models/<card_name:name>/<card_name:version>/", model_views.model, name="model"),
    path(
        "models/<card_name:name>/<card_name:version>/retirement/", model_views.model_retirement, name="model-retirement"
    ),
    path("models/<card_name:name>/<card_name:version>/return/", model_views.model_return, name="model-return"),
    path("surveys/<slug:slug>/runs/", run_views.survey_runs, name="survey-runs"),
    path("surveys/<slug:slug>/runs/progress/", run_views.survey_runs_progress, name="survey-runs-progress"),
    path("surveys/<slug:slug>/counts/", views.survey_counts, name="survey-counts"),
    path("runs/<uuid:run_id>/cancellation/", run_views.run_cancellation, name="run-cancellation"),
    path("runs/<uuid:run_id>/current/", run_views.run_current, name="run-current"),
    path("runs/<uuid:run_id>/retries/", run_views.run_retries, name="run-retries"),
    path("api/v1/", include(api)),
]
