from django.urls import URLPattern, URLResolver, include, path

from review import comment_views, views
from review.api.comments import CommentDetail, CommentsSeenMark, ImageComments
from review.api.exports import export_csv
from review.api.reviews import DetectionReviews, ImageReviews

api = [
    path("detections/<uuid:detection_id>/reviews/", DetectionReviews.as_view(), name="api-detection-reviews"),
    path("surveys/<slug:slug>/exports/<slug:table>.csv", export_csv, name="api-export"),
    path("images/<uuid:image_id>/reviews/", ImageReviews.as_view(), name="api-image-reviews"),
    path("images/<uuid:image_id>/comments/", ImageComments.as_view(), name="api-image-comments"),
    path("images/<uuid:image_id>/comments/seen/", CommentsSeenMark.as_view(), name="api-comments-seen"),
    path("comments/<uuid:comment_id>/", CommentDetail.as_view(), name="api-comment"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("images/<uuid:image_id>/", views.image_page, name="image"),
    path("images/<uuid:image_id>/comments/", comment_views.image_comments, name="image-comments"),
    path("surveys/<slug:slug>/comments/", comment_views.survey_comments, name="survey-comments"),
    path("api/v1/", include(api)),
]
