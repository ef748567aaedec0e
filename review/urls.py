from django.urls import URLPattern, URLResolver, include, path

from review import grid_views, views
from review.api.bulk import SurveyReviews
from review.api.exports import export_csv
from review.api.grid import crop_jpeg, survey_detections
from review.api.reviews import DetectionReviews, ImageReviews

api = [
    path("detections/<uuid:detection_id>/reviews/", DetectionReviews.as_view(), name="api-detection-reviews"),
    path("surveys/<slug:slug>/reviews/", SurveyReviews.as_view(), name="api-survey-reviews"),
    path("surveys/<slug:slug>/detections/", survey_detections, name="api-survey-detections"),
    path("detections/<uuid:detection_id>/crop.jpg", crop_jpeg, name="api-crop"),
    path("surveys/<slug:slug>/exports/<slug:table>.csv", export_csv, name="api-export"),
    path("images/<uuid:image_id>/reviews/", ImageReviews.as_view(), name="api-image-reviews"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("images/<uuid:image_id>/", views.image_page, name="image"),
    path("surveys/<slug:slug>/review/", grid_views.review_grid, name="review-grid"),
    path("api/v1/", include(api)),
]
