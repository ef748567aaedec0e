"""The HTTP interface for programs: surveys, members, images, progress, token."""

from datetime import UTC, datetime
from functools import partial

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.authtoken.models import Token

from surveys.api.serializers import SurveyIn
from surveys.models import Activity, Image, ImageLabel, Survey
from tests.factories.surveys import make_image, make_survey, make_user

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def located(cast):
    return make_image(survey=cast.survey, latitude=-7.5123, longitude=34.2345, altitude_m=410.0)


class TestSurveys:
    def test_a_list_has_next_previous_and_results(self, cast, as_user):
        answer = as_user(cast.viewer).get("/api/v1/surveys/").json()
        assert (answer["next"], answer["previous"]) == (None, None)
        assert [(s["slug"], s["role"]) for s in answer["results"]] == [("ruaha", "viewer")]

    def test_a_list_without_login_is_401(self, as_user):
        assert as_user(None).get("/api/v1/surveys/").status_code == 401

    def test_a_survey_without_login_is_404(self, cast, as_user):
        assert as_user(None).get("/api/v1/surveys/ruaha/").status_code == 404

    def test_a_survey_of_others_is_404(self, cast, as_user):
        answer = as_user(cast.outsider).get("/api/v1/surveys/ruaha/")
        assert (answer.status_code, list(answer.json())) == (404, ["detail"])

    def test_a_survey_is_made_with_a_slug_from_its_name(self, cast, as_user):
        answer = as_user(cast.outsider).post("/api/v1/surveys/", {"name": "Ruaha"}, JSON)
        assert (answer.status_code, answer.json()["slug"], answer.json()["role"]) == (201, "ruaha-2", "owner")

    def test_a_name_without_latin_letters_still_gets_a_slug(self, cast, as_user):
        answer = as_user(cast.outsider).post("/api/v1/surveys/", {"name": "Степь"}, JSON)
        assert answer.json()["slug"] == "survey"

    @pytest.mark.parametrize("slug", ["ruaha", "new", "trash"])
    def test_a_taken_slug_is_refused(self, cast, as_user, slug):
        answer = as_user(cast.outsider).post("/api/v1/surveys/", {"name": "Mine", "slug": slug}, JSON)
        assert (answer.status_code, list(answer.json())) == (400, ["slug"])

    def test_a_slug_that_somebody_takes_at_the_same_moment_is_refused(self, cast, as_user, monkeypatch):
        monkeypatch.setattr(SurveyIn, "validate_slug", lambda _self, slug: slug)  # looked before the other had it
        answer = as_user(cast.outsider).post("/api/v1/surveys/", {"name": "Mine", "slug": "ruaha"}, JSON)
        assert (answer.status_code, list(answer.json())) == (400, ["slug"])

    def test_a_name_that_somebody_takes_at_the_same_moment_gets_another_slug(self, cast, as_user, monkeypatch):
        free = iter(["ruaha", "ruaha-2"])
        monkeypatch.setattr("surveys.create.free_slug", lambda _name: next(free))
        answer = as_user(cast.outsider).post("/api/v1/surveys/", {"name": "Ruaha"}, JSON)
        assert (answer.status_code, answer.json()["slug"]) == (201, "ruaha-2")

    def test_an_unknown_time_zone_is_refused(self, cast, as_user):
        answer = as_user(cast.outsider).post("/api/v1/surveys/", {"name": "Mine", "time_zone": "Mars"}, JSON)
        assert (answer.status_code, list(answer.json())) == (400, ["time_zone"])

    def test_a_misspelt_field_is_refused(self, cast, as_user):
        answer = as_user(cast.owner).patch("/api/v1/surveys/ruaha/", {"tiem_zone": "UTC"}, JSON)
        assert (answer.status_code, list(answer.json())) == (400, ["tiem_zone"])

    def test_broken_json_is_a_400(self, cast, as_user):
        answer = as_user(cast.owner).patch("/api/v1/surveys/ruaha/", "{", JSON)
        assert (answer.status_code, list(answer.json())) == (400, ["detail"])

    def test_the_owner_changes_a_survey(self, cast, as_user):
        as_user(cast.owner).patch("/api/v1/surveys/ruaha/", {"are_positions_shared": True}, JSON)
        assert Survey.objects.get(slug="ruaha").are_positions_shared

    def test_an_analyst_may_not_change_it(self, cast, as_user):
        answer = as_user(cast.analyst).patch("/api/v1/surveys/ruaha/", {"name": "Mine"}, JSON)
        assert (answer.status_code, list(answer.json())) == (403, ["detail"])

    def test_deleting_moves_it_to_the_trash(self, cast, as_user):
        assert as_user(cast.owner).delete("/api/v1/surveys/ruaha/").status_code == 204
        assert Survey.objects.get(slug="ruaha").trashed_at is not None

    def test_pages_follow_each_other_without_gap(self, cast, as_user):
        for _ in range(5):
            make_survey(owner=cast.outsider)
        client, url, found = as_user(cast.outsider), "/api/v1/surveys/?page_size=2", []
        while url:
            answer = client.get(url).json()
            found += [survey["slug"] for survey in answer["results"]]
            url = answer["next"]
        assert found == list(Survey.objects.filter(created_by=cast.outsider).values_list("slug", flat=True))

    def test_previous_leads_back(self, cast, as_user):
        for _ in range(3):
            make_survey(owner=cast.outsider)
        client = as_user(cast.outsider)
        first = client.get("/api/v1/surveys/?page_size=2").json()
        second = client.get(first["next"]).json()
        assert client.get(second["previous"]).json()["results"] == first["results"]

    def test_a_forged_place_in_the_list_is_404(self, cast, as_user):
        assert as_user(cast.owner).get("/api/v1/surveys/?after=nonsense").status_code == 404


class TestMembers:
    def test_everybody_in_the_survey_sees_the_members(self, cast, as_user):
        answer = as_user(cast.viewer).get("/api/v1/surveys/ruaha/members/").json()
        assert [m["role"] for m in answer["results"]] == ["owner", "analyst", "reviewer", "viewer"]

    def test_the_owner_adds_a_person(self, cast, as_user):
        answer = as_user(cast.owner).post(
            "/api/v1/surveys/ruaha/members/", {"username": "outsider", "role": "reviewer"}, JSON
        )
        assert answer.status_code == 201
        assert as_user(cast.outsider).get("/api/v1/surveys/ruaha/").json()["role"] == "reviewer"

    @pytest.mark.parametrize("username", ["nobody", "viewer"])
    def test_an_unknown_person_or_a_member_cannot_be_added(self, cast, as_user, username):
        answer = as_user(cast.owner).post(
            "/api/v1/surveys/ruaha/members/", {"username": username, "role": "owner"}, JSON
        )
        assert (answer.status_code, list(answer.json())) == (400, ["username"])

    def test_a_role_is_changed(self, cast, as_user):
        as_user(cast.owner).patch("/api/v1/surveys/ruaha/members/viewer/", {"role": "analyst"}, JSON)
        assert cast.survey.memberships.get(user=cast.viewer).role == "analyst"

    def test_the_last_owner_cannot_step_down(self, cast, as_user):
        answer = as_user(cast.owner).patch("/api/v1/surveys/ruaha/members/owner/", {"role": "viewer"}, JSON)
        assert (answer.status_code, list(answer.json())) == (400, ["role"])

    def test_the_last_owner_cannot_be_removed(self, cast, as_user):
        assert as_user(cast.administrator).delete("/api/v1/surveys/ruaha/members/owner/").status_code == 400

    def test_a_member_is_removed(self, cast, as_user):
        assert as_user(cast.owner).delete("/api/v1/surveys/ruaha/members/viewer/").status_code == 204
        assert as_user(cast.viewer).get("/api/v1/surveys/ruaha/").status_code == 404

    def test_an_analyst_may_not_add_people(self, cast, as_user):
        answer = as_user(cast.analyst).post(
            "/api/v1/surveys/ruaha/members/", {"username": "outsider", "role": "owner"}, JSON
        )
        assert answer.status_code == 403


class TestImages:
    def test_an_analyst_sees_the_exact_position(self, cast, as_user, located):
        answer = as_user(cast.analyst).get(f"/api/v1/images/{located.pk}/").json()
        assert answer["position"] == {"latitude": -7.5123, "longitude": 34.2345, "altitude_m": 410.0}
        assert answer["position_is_exact"] is True

    @pytest.mark.parametrize("path", ["/api/v1/images/{id}/", "/api/v1/surveys/ruaha/images/"])
    def test_a_viewer_sees_no_exact_position(self, cast, as_user, located, path):
        answer = as_user(cast.viewer).get(path.format(id=located.pk)).content.decode()
        assert "7.55" in answer
        assert "7.5123" not in answer
        assert "34.2345" not in answer
        assert '"altitude_m":null' in answer
        assert "410.0" not in answer

    def test_an_image_not_searched_has_no_number(self, cast, as_user, located):
        answer = as_user(cast.viewer).get(f"/api/v1/images/{located.pk}/").json()
        assert (answer["n_detections"], answer["labels"]) == (None, None)

    def test_an_empty_searched_image_has_a_zero(self, cast, as_user):
        image = make_image(survey=cast.survey, search_state=Image.Search.SEARCHED, n_detections=0)
        answer = as_user(cast.viewer).get(f"/api/v1/images/{image.pk}/").json()
        assert (answer["n_detections"], answer["labels"]) == (0, [])

    def test_an_image_of_others_is_404(self, cast, as_user, located):
        assert as_user(cast.outsider).get(f"/api/v1/images/{located.pk}/").status_code == 404

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("state=searched", ["zebra", "empty"]),
            ("state=with_animals", ["zebra"]),
            ("state=without_animals", ["empty"]),
            ("state=not_searched", ["waiting", "failed"]),
            ("state=failed", ["failed"]),
            ("state=waiting", ["waiting"]),
            ("label=zebra", ["zebra"]),
            ("label=zebra&min_score=0.95", []),
            ("min_score=0.8", ["zebra"]),
            ("transect=T1", ["empty"]),
            ("reviewed=true", ["empty"]),
            ("reviewed=no", ["zebra", "waiting", "failed"]),
        ],
    )
    def test_images_are_filtered(self, cast, as_user, four_images, query, names):
        answer = as_user(cast.viewer).get(f"/api/v1/surveys/ruaha/images/?{query}").json()
        assert [image["file_name"] for image in answer["results"]] == names

    @pytest.mark.parametrize("query", ["state=lost", "min_score=high", "min_score=7"])
    def test_a_filter_that_cannot_be_is_refused(self, cast, as_user, query):
        answer = as_user(cast.viewer).get(f"/api/v1/surveys/ruaha/images/?{query}")
        assert (answer.status_code, list(answer.json())) == (400, [query.split("=")[0]])

    def test_a_correction_needs_a_reason(self, cast, as_user, located):
        answer = as_user(cast.analyst).patch(f"/api/v1/images/{located.pk}/", {"transect": "T2"}, JSON)
        assert (answer.status_code, list(answer.json())) == (400, ["reason"])

    def test_a_correction_is_kept_with_its_reason(self, cast, as_user, located):
        change = {"transect": "T2", "excluded": True, "reason": "flown twice"}
        answer = as_user(cast.analyst).patch(f"/api/v1/images/{located.pk}/", change, JSON).json()
        assert (answer["transect"], answer["excluded"]) == ("T2", True)
        assert "left out of counts or not: flown twice" in Activity.objects.get(verb="image_changed").subject

    def test_a_corrected_position_stays_out_of_the_activity(self, cast, as_user, located):
        change = {"position": {"latitude": -6.1234, "longitude": 30}, "reason": "GPS was off"}
        as_user(cast.analyst).patch(f"/api/v1/images/{located.pk}/", change, JSON)
        located.refresh_from_db()
        assert (located.latitude, located.altitude_m) == (-6.1234, None)
        assert "6.1234" not in Activity.objects.get(verb="image_changed").subject

    def test_a_time_without_offset_is_the_surveys(self, cast, as_user, located):
        Survey.objects.update(time_zone="Africa/Nairobi")
        change = {"captured_at": "2026-06-01T09:00:00", "reason": "clock was off"}
        as_user(cast.analyst).patch(f"/api/v1/images/{located.pk}/", change, JSON)
        located.refresh_from_db()
        assert located.captured_at == datetime(2026, 6, 1, 6, tzinfo=UTC)

    def test_a_reviewer_may_not_correct(self, cast, as_user, located):
        Survey.objects.update(are_positions_shared=True)
        change = {"position": None, "reason": "hide it"}
        assert as_user(cast.reviewer).patch(f"/api/v1/images/{located.pk}/", change, JSON).status_code == 403

    def test_deleting_moves_to_the_trash(self, cast, as_user, located):
        client = as_user(cast.analyst)
        assert client.delete(f"/api/v1/images/{located.pk}/").status_code == 204
        assert client.get(f"/api/v1/images/{located.pk}/").status_code == 404
        assert Image.objects.get(pk=located.pk).trashed_at is not None


@pytest.fixture
def four_images(cast):
    cast.survey.current_run = "019aa000-0000-7000-8000-000000000001"
    cast.survey.save()
    make = partial(make_image, survey=cast.survey)
    zebra = make(file_name="zebra", search_state="searched", n_detections=2)
    ImageLabel.objects.create(image=zebra, run=cast.survey.current_run, label="zebra", n_detections=2, max_score=0.9)
    make(file_name="empty", search_state="searched", n_detections=0, transect="T1", review_state="empty")
    make(file_name="waiting", search_state="waiting")
    make(file_name="failed", search_state="failed", failure="The model broke.")


class TestProgress:
    def test_images_are_counted_by_stage(self, cast, as_user, four_images):
        images = as_user(cast.viewer).get("/api/v1/surveys/ruaha/progress/").json()["images"]
        assert (images["stored"], images["searched"], images["with_animals"], images["reviewed"]) == (4, 2, 1, 1)

    @pytest.mark.parametrize("number", ["detections", "with_animals"])
    def test_what_was_never_searched_has_no_number_of_animals(self, cast, as_user, number):
        make_image(survey=cast.survey)
        assert as_user(cast.viewer).get("/api/v1/surveys/ruaha/progress/").json()["images"][number] is None

    def test_errors_come_with_their_sentence(self, cast, as_user, four_images):
        errors = as_user(cast.viewer).get("/api/v1/surveys/ruaha/progress/").json()["errors"]
        assert [(e["sentence"], e["n_images"]) for e in errors] == [("The model broke.", 1)]

    def test_an_unchanged_progress_is_304(self, cast, as_user):
        client = as_user(cast.viewer)
        etag = client.get("/api/v1/surveys/ruaha/progress/")["ETag"]
        assert client.get("/api/v1/surveys/ruaha/progress/", headers={"If-None-Match": etag}).status_code == 304

    def test_a_changed_progress_is_sent(self, cast, as_user):
        client = as_user(cast.viewer)
        etag = client.get("/api/v1/surveys/ruaha/progress/")["ETag"]
        make_image(survey=cast.survey)
        assert client.get("/api/v1/surveys/ruaha/progress/", headers={"If-None-Match": etag}).status_code == 200


class TestToken:
    @pytest.fixture(autouse=True)
    def calm_throttle(self):
        cache.clear()

    def post(self, client, **given):
        return client.post("/api/v1/token/", {"username": "owner", "password": "tree-on-the-plain", **given}, JSON)

    def test_name_and_password_give_a_token_that_opens(self, cast, client):
        token = self.post(client).json()["token"]
        answer = client.get("/api/v1/surveys/ruaha/", headers={"Authorization": f"Token {token}"})
        assert answer.json()["role"] == "owner"

    def test_a_wrong_password_gives_none(self, cast, client):
        answer = self.post(client, password="wrong")
        assert (answer.status_code, list(answer.json())) == (400, ["detail"])

    def test_a_person_who_was_shut_out_gets_none(self, cast, client):
        cast.owner.is_active = False
        cast.owner.save()
        assert self.post(client).status_code == 400

    def test_guessing_is_locked_out(self, cast, client):
        for _ in range(8):
            answer = self.post(client, password="wrong")
        assert (answer.status_code, list(answer.json())) == (429, ["detail"])
        assert self.post(client).status_code == 429

    def test_asking_too_often_is_refused(self, cast, client):
        for _ in range(21):
            answer = self.post(client, username=make_user().username)
        assert answer.status_code == 429

    def test_a_made_up_address_does_not_help(self, cast, client):
        for number in range(21):
            answer = client.post(
                "/api/v1/token/",
                {"username": f"person{number}", "password": "x"},
                JSON,
                headers={"X-Forwarded-For": f"10.0.0.{number}"},
            )
        assert answer.status_code == 429

    def test_a_session_without_csrf_token_changes_nothing(self, cast):
        from django.test import Client

        client = Client(enforce_csrf_checks=True)
        client.force_login(cast.owner, backend="django.contrib.auth.backends.ModelBackend")
        assert client.delete("/api/v1/surveys/ruaha/").status_code == 403
        token = Token.objects.create(user=cast.owner)
        answer = Client(enforce_csrf_checks=True).delete(
            "/api/v1/surveys/ruaha/", headers={"Authorization": f"Token {token.key}"}
        )
        assert answer.status_code == 204


@pytest.mark.parametrize(
    "path", ["/api/v1/surveys/", "/api/v1/surveys/ruaha/members/", "/api/v1/surveys/ruaha/images/"]
)
def test_lists_ask_as_often_for_many_rows_as_for_one(cast, as_user, many_rows, path):
    client, counted = as_user(cast.viewer), []
    for n in (1, 49):
        many_rows(n)
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_lists_neither_count_nor_skip(cast, as_user, many_rows):
    many_rows(3)
    client = as_user(cast.viewer)
    after = client.get("/api/v1/surveys/ruaha/images/?page_size=1").json()["next"]
    with CaptureQueriesContext(connection) as queries:
        client.get(after)
    assert not [q for q in queries.captured_queries if "COUNT(" in q["sql"] or "OFFSET" in q["sql"]]


def test_an_unknown_address_is_json_under_api(client):
    answer = client.get("/api/v1/nothing/")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


class TestDocs:
    def test_the_schema_is_for_people_with_an_account(self, client):
        assert client.get("/api/schema/").status_code == 401

    def test_the_page_lists_the_endpoints(self, cast, as_user):
        page = as_user(cast.viewer).get("/api/docs/").content.decode()
        assert "/api/v1/surveys/{slug}/progress/" in page
        assert "/api/v1/tus/{upload_id}" in page


@pytest.mark.parametrize(
    "change",
    [
        {"position": {"latitude": "nan", "longitude": 0}},
        {"position": {"latitude": 0, "longitude": "Infinity"}},
        {"position": {"latitude": 0, "longitude": 0, "altitude_m": "nan"}},
        {"position": {"latitude": 91, "longitude": 0}},
        {"position": 7},
        {"captured_at": "0001-01-01T00:00:00+14:00"},
        {"captured_at": "9999-12-31T23:59:59-14:00"},
        {"transect": "T\u0000"},
        {"excluded": "perhaps"},
        {},
        [],
    ],
)
def test_values_that_cannot_be_are_refused(cast, as_user, located, change):
    given = {**change, "reason": "trying"} if isinstance(change, dict) else change
    answer = as_user(cast.analyst).patch(f"/api/v1/images/{located.pk}/", given, JSON)
    assert answer.status_code == 400
    assert as_user(cast.analyst).get("/api/v1/surveys/ruaha/images/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/surveys/ruaha/members/%00/",
        "/api/v1/surveys/ruaha/members/?after=%00",
        "/api/v1/surveys/ruaha/images/?after=%00",
        "/api/v1/surveys/ruaha/images/?after=",
        "/api/v1/images/019aa000-0000-7000-8000-000000000001/",
    ],
)
def test_addresses_that_cannot_be_are_404(cast, as_user, path):
    assert as_user(cast.owner).get(path).status_code == 404


def test_beyond_the_end_of_a_list_a_link_leads_back_to_its_beginning(cast, as_user):
    answer = as_user(cast.owner).get("/api/v1/surveys/?after=00000000-0000-0000-0000-000000000000").json()
    assert (answer["results"], answer["next"]) == ([], None)
    assert as_user(cast.owner).get(answer["previous"]).json()["results"] != []
