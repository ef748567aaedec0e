"""The pages of surveys: list, overview, settings, trash."""

import pytest
from django.urls import reverse

from surveys.models import Activity, Image, Survey
from tests.factories.surveys import make_image, make_survey

pytestmark = pytest.mark.django_db


def test_the_list_shows_own_surveys_only(cast, as_user):
    make_survey(name="Somebody else's")
    page = as_user(cast.viewer).get("/").content.decode()
    assert "Ruaha" in page
    assert "Somebody else" not in page


def test_a_person_without_surveys_is_told_what_to_do(cast, as_user):
    assert "Make the first survey" in as_user(cast.outsider).get("/").content.decode()


def test_an_administrator_sees_every_survey(cast, as_user):
    assert "Ruaha" in as_user(cast.administrator).get("/").content.decode()


def test_a_stranger_is_sent_to_the_login(cast, as_user):
    answer = as_user(None).get(f"/surveys/{cast.survey.slug}/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/surveys/ruaha/")


def test_an_outsider_cannot_know_of_the_survey(cast, as_user):
    assert as_user(cast.outsider).get("/surveys/ruaha/").status_code == 404


def test_the_overview_says_how_many_images_hold_animals(cast, as_user):
    make_image(survey=cast.survey, search_state=Image.Search.SEARCHED, n_detections=3)
    page = as_user(cast.viewer).get("/surveys/ruaha/").content.decode()
    assert "Look at 1 image with animals" in page


def test_the_overview_of_an_empty_survey_asks_for_images(cast, as_user):
    assert "Upload the first images" in as_user(cast.analyst).get("/surveys/ruaha/").content.decode()


def test_a_viewer_is_not_asked_to_upload(cast, as_user):
    assert "Upload the first images" not in as_user(cast.viewer).get("/surveys/ruaha/").content.decode()


def test_the_moving_part_is_fetched_while_images_wait(cast, as_user):
    make_image(survey=cast.survey, search_state=Image.Search.WAITING)
    answer = as_user(cast.viewer).get("/surveys/ruaha/progress/")
    assert answer.status_code == 200
    assert 'data-module="poll"' in answer.content.decode()


def test_the_moving_part_stops_when_nothing_moves(cast, as_user):
    answer = as_user(cast.viewer).get("/surveys/ruaha/progress/")
    assert answer.status_code == 286
    assert "poll" not in answer.content.decode()


def test_an_unchanged_moving_part_is_not_sent_again(cast, as_user):
    make_image(survey=cast.survey, search_state=Image.Search.WAITING)
    client = as_user(cast.viewer)
    mark = client.get("/surveys/ruaha/progress/").context["overview"].mark
    assert client.get(f"/surveys/ruaha/progress/?seen={mark}").status_code == 204


def test_a_changed_moving_part_is_sent(cast, as_user):
    make_image(survey=cast.survey, search_state=Image.Search.WAITING)
    client = as_user(cast.viewer)
    mark = client.get("/surveys/ruaha/progress/").context["overview"].mark
    make_image(survey=cast.survey, search_state=Image.Search.WAITING)
    assert client.get(f"/surveys/ruaha/progress/?seen={mark}").status_code == 200


def test_the_owner_changes_the_settings(cast, as_user):
    as_user(cast.owner).post("/surveys/ruaha/settings/", {"name": "Ruaha 2026", "time_zone": "Africa/Nairobi"})
    cast.survey.refresh_from_db()
    assert (cast.survey.name, cast.survey.time_zone) == ("Ruaha 2026", "Africa/Nairobi")


def test_an_unknown_time_zone_is_refused(cast, as_user):
    answer = as_user(cast.owner).post("/surveys/ruaha/settings/", {"name": "Ruaha", "time_zone": "Mars/Olympus"})
    assert answer.context["form"].errors["time_zone"]


def test_a_refused_name_is_not_shown_as_the_surveys(cast, as_user):
    answer = as_user(cast.owner).post("/surveys/ruaha/settings/", {"name": "", "time_zone": "UTC"})
    assert answer.context["survey"].name == "Ruaha"


def test_an_analyst_may_not_change_the_settings(cast, as_user):
    assert as_user(cast.analyst).get("/surveys/ruaha/settings/").status_code == 403


def test_a_survey_in_the_trash_cannot_be_opened(cast, as_user):
    client = as_user(cast.owner)
    client.post("/surveys/ruaha/removal/")
    assert client.get("/surveys/ruaha/").status_code == 404


def test_a_survey_comes_back_from_the_trash(cast, as_user):
    client = as_user(cast.owner)
    client.post("/surveys/ruaha/removal/")
    assert "Ruaha" in client.get("/surveys/trash/").content.decode()
    client.post("/surveys/ruaha/restoration/")
    assert client.get("/surveys/ruaha/").status_code == 200


def test_only_an_owner_finds_the_survey_in_the_trash(cast, as_user):
    as_user(cast.owner).post("/surveys/ruaha/removal/")
    assert as_user(cast.analyst).post("/surveys/ruaha/restoration/").status_code == 404


def test_what_happened_is_told_in_a_sentence(cast, as_user):
    Activity.objects.create(survey=cast.survey, actor=cast.owner, verb="image_trashed", subject="DSC_1.JPG")
    assert "moved DSC_1.JPG to the trash" in as_user(cast.viewer).get("/surveys/ruaha/").content.decode()


def test_the_list_goes_on_after_twelve_surveys(cast, as_user):
    for number in range(12):
        make_survey(owner=cast.outsider, name=f"Block {number:02}")
    make_survey(owner=cast.outsider, name="Newest")
    client = as_user(cast.outsider)
    first = client.get("/")
    assert "Block 00" not in first.content.decode()
    assert "Block 00" in client.get("/" + first.context["page"].next).content.decode()


@pytest.mark.parametrize("path", ["/", "/surveys/ruaha/", "/surveys/ruaha/images/", "/surveys/ruaha/members/"])
def test_pages_ask_as_often_for_many_rows_as_for_one(cast, as_user, path, django_assert_num_queries, many_rows):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = as_user(cast.owner)
    many_rows(1)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(path)
    many_rows(11)
    with django_assert_num_queries(len(few)):
        client.get(path)


def test_every_survey_has_one_slug(cast):
    assert reverse("survey", args=["ruaha"]) == "/surveys/ruaha/"
    assert Survey.objects.get(slug="ruaha") == cast.survey
