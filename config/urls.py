from django.urls import URLPattern, URLResolver, include, path

from config import health, offline

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("offline/", offline.offline, name="offline"),
    path("service-worker.js", offline.service_worker, name="service-worker"),
    path("", include("review.urls")),
    path("", include("viewer.urls")),
    path("", include("inference.urls")),
    path("", include("surveys.urls")),  # last: /surveys/{slug}/ would take /surveys/new/ for a slug
]
handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.broken"
