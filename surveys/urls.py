from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path, register_converter

from surveys import (
    home_views,
    image_views,
    member_views,
    people_views,
    transect_table_views,
    transect_views,
    trash_views,
)
from surveys.converters import UsernameConverter

register_converter(UsernameConverter, "username")  # also for the API's addresses, included below

people: list[URLPattern] = [
    path("login/", people_views.LogIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("account/", people_views.account, name="account"),
    path("account/password/", people_views.account_password, name="account-password"),
    path("account/token/", people_views.account_token, name="account-token"),
    path("account/reset/<uidb64>/<token>/", people_views.PasswordReset.as_view(), name="password-reset"),
    path("invitations/<str:token>/", people_views.invitation, name="invitation"),
    path("first-administrator/<str:token>/", people_views.first_administrator, name="first-administrator"),
]

survey: list[URLPattern] = [
    path("", home_views.survey, name="survey"),
    path("progress/", home_views.survey_progress, name="survey-progress"),
    path("settings/", home_views.survey_settings, name="survey-settings"),
    path("removal/", trash_views.survey_removal, name="survey-removal"),
    path("restoration/", trash_views.survey_restoration, name="survey-restoration"),
    path("trash/", trash_views.survey_trash, name="survey-trash"),
    path("images/", image_views.images, name="images"),
    path("transects/", transect_views.transects, name="transects"),
    path("transects/pattern/", transect_views.transect_pattern, name="transect-pattern"),
    path("transects/pattern/end/", transect_views.transect_pattern_end, name="transect-pattern-end"),
    path("transects/reversal/", transect_views.transect_reversal, name="transect-reversal"),
    path("transects/table/", transect_table_views.transect_table, name="transect-table"),
    path(
        "transects/table/confirmation/",
        transect_table_views.transect_table_confirmation,
        name="transect-table-confirmation",
    ),
    path("transects/table.csv", transect_table_views.transect_table_csv, name="transect-table-csv"),
    path("members/", member_views.members, name="members"),
    path("members/<username:username>/", member_views.member, name="member"),
    path("members/<username:username>/removal/", member_views.member_removal, name="member-removal"),
    path("members/<username:username>/reset/", member_views.member_reset, name="member-reset"),
    path("invitations/", member_views.invitations, name="invitations"),
    path("invitations/<int:invitation_id>/withdrawn/", member_views.invitation_withdrawn, name="invitation-withdrawn"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("surveys/trash/", trash_views.trash, name="trash"),
    path("images/<uuid:image_id>/removal/", trash_views.image_removal, name="image-removal"),
    path("images/<uuid:image_id>/restoration/", trash_views.image_restoration, name="image-restoration"),
    path("images/<uuid:image_id>/transect/", transect_views.image_transect, name="image-transect"),
    path("surveys/<slug:slug>/", include(survey)),
    path("api/", include("surveys.api.urls")),
    path("", include("surveys.upload_urls")),
    path("", include(people)),
]
