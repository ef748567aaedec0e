from django.urls import path

from surveys.api.docs import SchemaView, docs
from surveys.api.images import ImageDetail, ImageList
from surveys.api.members import MemberDetail, MemberList
from surveys.api.progress import SurveyProgress
from surveys.api.surveys import SurveyDetail, SurveyList
from surveys.api.token import TokenDoor

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", docs, name="api-docs"),
    path("v1/token/", TokenDoor.as_view(), name="api-token"),
    path("v1/surveys/", SurveyList.as_view(), name="api-surveys"),
    path("v1/surveys/<slug:slug>/", SurveyDetail.as_view(), name="api-survey"),
    path("v1/surveys/<slug:slug>/members/", MemberList.as_view(), name="api-members"),
    path("v1/surveys/<slug:slug>/members/<username:username>/", MemberDetail.as_view(), name="api-member"),
    path("v1/surveys/<slug:slug>/progress/", SurveyProgress.as_view(), name="api-progress"),
    path("v1/surveys/<slug:slug>/images/", ImageList.as_view(), name="api-images"),
    path("v1/images/<uuid:image_id>/", ImageDetail.as_view(), name="api-image"),
]
