from django.urls import URLPattern, URLResolver, include, path

from viewer import api, compare_views, views

of_image: list[URLPattern | URLResolver] = [
    path("tiles/<int:z>/<int:x>/<int:y>.jpg", api.tile, name="api-tile"),
    path("tile-pass/", api.tile_pass, name="api-tile-pass"),
    path("pyramid.dzi", api.pyramid_dzi, name="api-dzi"),
    path("pyramid_files/<int:level>/<int:column>_<int:row>.jpg", api.pyramid_file, name="api-dzi-tile"),
    path("highlight.jpg", api.highlight_jpeg, name="api-highlight"),
    path("annotated.jpg", api.annotated_jpeg, name="api-annotated"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("images/<uuid:image_id>/compare/", compare_views.image_compare, name="image-compare"),
    path("images/<uuid:image_id>/pyramid/", views.ask_for_pyramid, name="image-pyramid"),
    path("images/<uuid:image_id>/retries/", views.retries, name="image-retry"),
    path("api/v1/images/<uuid:image_id>/", include(of_image)),
]
