from django.urls import URLPattern, path

from surveys import original_views, tus, upload_views

urlpatterns: list[URLPattern] = [
    path("surveys/<slug:slug>/upload/", upload_views.upload_page, name="upload"),
    path("api/v1/surveys/<slug:slug>/uploads/", upload_views.UploadList.as_view(), name="api-uploads"),
    path("api/v1/tus/", tus.creation, name="tus-creation"),
    path("api/v1/tus/<uuid:upload_id>", tus.upload, name="tus-upload"),
    path("api/v1/images/<uuid:image_id>/original", original_views.OriginalView.as_view(), name="api-original"),
    path("api/v1/images/<uuid:image_id>/preview.jpg", original_views.PreviewView.as_view(), name="api-preview"),
]
