from django.urls import URLPattern, URLResolver, include, path

from review import views
from review.api.exports import export_csv
from review.api.observations import ImageObservations, ObservationDetail
from review.api.reviews import DetectionReviews, ImageReviews

api = [
    path("detections/<uuid:detection_id>/reviews/", DetectionReviews.as_view(), name="api-detection-reviews"),
    path("surveys/<slug:slug>/exports/<slug:table>.csv", export_csv, name="api-export"),
    path("images/<uuid:image_id>/observations/", ImageObservations.as_view(), name="api-image-observations"),
    path("observations/<uuid:observation_id>/", ObservationDetail.as_view(), name="api-observation"),
    path("images/<uuid:image_id>/reviews/", ImageReviews.as_view(), name="api-image-reviews"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("images/<uuid:image_id>/", views.image_page, name="image"),
    path("api/v1/", include(api)),
]
