from django.urls import URLPattern, URLResolver, include, path

from review import comment_views, counts_views, grid_views, history_views, home_views, task_views, views
from review.api.bulk import SurveyReviews
from review.api.comments import CommentDetail, CommentsSeenMark, ImageComments
from review.api.coverage import ImageCoverage
from review.api.exports import export_csv, export_geojson, export_xlsx
from review.api.grid import crop_jpeg, survey_detections
from review.api.next_image import image_next
from review.api.observations import ImageObservations, ObservationDetail
from review.api.reviews import DetectionReviews, ImageReviews
from review.api.tasks import ReviewTaskDetail, ReviewTaskNext, SurveyReviewTasks

api = [
    path("detections/<uuid:detection_id>/reviews/", DetectionReviews.as_view(), name="api-detection-reviews"),
    path("surveys/<slug:slug>/reviews/", SurveyReviews.as_view(), name="api-survey-reviews"),
    path("surveys/<slug:slug>/detections/", survey_detections, name="api-survey-detections"),
    path("detections/<uuid:detection_id>/crop.jpg", crop_jpeg, name="api-crop"),
    path("surveys/<slug:slug>/exports/<slug:table>.csv", export_csv, name="api-export"),
    path("surveys/<slug:slug>/exports/<slug:table>.xlsx", export_xlsx, name="api-export-xlsx"),
    path("surveys/<slug:slug>/exports/<slug:table>.geojson", export_geojson, name="api-export-geojson"),
    path("images/<uuid:image_id>/observations/", ImageObservations.as_view(), name="api-image-observations"),
    path("observations/<uuid:observation_id>/", ObservationDetail.as_view(), name="api-observation"),
    path("images/<uuid:image_id>/reviews/", ImageReviews.as_view(), name="api-image-reviews"),
    path("images/<uuid:image_id>/coverage/", ImageCoverage.as_view(), name="api-image-coverage"),
    path("images/<uuid:image_id>/next/", image_next, name="api-image-next"),
    path("surveys/<slug:slug>/review-tasks/", SurveyReviewTasks.as_view(), name="api-review-tasks"),
    path("review-tasks/<uuid:task_id>/", ReviewTaskDetail.as_view(), name="api-review-task"),
    path("review-tasks/<uuid:task_id>/next/", ReviewTaskNext.as_view(), name="api-review-task-next"),
    path("images/<uuid:image_id>/comments/", ImageComments.as_view(), name="api-image-comments"),
    path("images/<uuid:image_id>/comments/seen/", CommentsSeenMark.as_view(), name="api-comments-seen"),
    path("comments/<uuid:comment_id>/", CommentDetail.as_view(), name="api-comment"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home_views.surveys, name="surveys"),
    path("images/<uuid:image_id>/", views.image_page, name="image"),
    path("surveys/<slug:slug>/review/", grid_views.review_grid, name="review-grid"),
    path("surveys/<slug:slug>/counts/", counts_views.survey_counts, name="survey-counts"),
    path("surveys/<slug:slug>/review-tasks/", task_views.review_tasks, name="review-tasks"),
    path("surveys/<slug:slug>/review-tasks/preview/", task_views.review_task_preview, name="review-task-preview"),
    path("review-tasks/<uuid:task_id>/", task_views.review_task, name="review-task"),
    path("review-tasks/<uuid:task_id>/next/", task_views.review_task_next, name="review-task-next"),
    path("surveys/<slug:slug>/history/", history_views.history, name="survey-history"),
    path("surveys/<slug:slug>/disagreements/", history_views.disagreements, name="survey-disagreements"),
    path("images/<uuid:image_id>/comments/", comment_views.image_comments, name="image-comments"),
    path("surveys/<slug:slug>/comments/", comment_views.survey_comments, name="survey-comments"),
    path("api/v1/", include(api)),
]
