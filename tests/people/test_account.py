"""Logging in and out, the account page, links for a new password."""

import re

import pytest
from rest_framework.authtoken.models import Token

from surveys.models import Membership, Role
from surveys.people import may_reset_password, reset_path
from tests.factories.surveys import make_member, make_survey, make_user

pytestmark = pytest.mark.django_db
NEW = {"new_password1": "rock-in-the-savanna", "new_password2": "rock-in-the-savanna"}


class TestLogin:
    def test_a_person_logs_in_and_goes_where_they_wanted(self, cast, client):
        given = {"username": "owner", "password": "tree-on-the-plain", "next": "/surveys/ruaha/"}
        assert client.post("/login/", given)["Location"] == "/surveys/ruaha/"

    def test_the_login_leads_to_no_foreign_site(self, cast, client):
        given = {"username": "owner", "password": "tree-on-the-plain", "next": "https://evil.example/"}
        assert client.post("/login/", given)["Location"] == "/"

    def test_guessing_is_locked_out(self, cast, client):
        for _ in range(8):
            answer = client.post("/login/", {"username": "owner", "password": "wrong"})
        assert answer.status_code == 429
        assert client.post("/login/", {"username": "owner", "password": "tree-on-the-plain"}).status_code == 429

    def test_logging_out_is_a_post(self, cast, as_user):
        client = as_user(cast.owner)
        assert client.get("/logout/").status_code == 405
        client.post("/logout/")
        assert client.get("/").status_code == 302


class TestAccount:
    def test_the_name_is_changed(self, cast, as_user):
        as_user(cast.viewer).post("/account/", {"first_name": "Amani"})
        cast.viewer.refresh_from_db()
        assert cast.viewer.first_name == "Amani"

    def test_the_password_is_changed_with_the_old_one(self, cast, as_user):
        client = as_user(cast.viewer)
        client.post("/account/password/", {"old_password": "tree-on-the-plain", **NEW})
        cast.viewer.refresh_from_db()
        assert cast.viewer.check_password("rock-in-the-savanna")
        assert client.get("/account/").status_code == 200

    def test_the_token_for_programs_dies_with_the_old_password(self, cast, as_user):
        Token.objects.create(user=cast.viewer)
        as_user(cast.viewer).post("/account/password/", {"old_password": "tree-on-the-plain", **NEW})
        assert not Token.objects.exists()

    def test_a_wrong_old_password_changes_nothing(self, cast, as_user):
        as_user(cast.viewer).post("/account/password/", {"old_password": "wrong", **NEW})
        cast.viewer.refresh_from_db()
        assert cast.viewer.check_password("tree-on-the-plain")

    def test_the_token_is_shown_when_asked_for(self, cast, as_user):
        client = as_user(cast.viewer)
        page = client.post("/account/token/", {"show": ""}).content.decode()
        key = Token.objects.get(user=cast.viewer).key
        assert key in page
        assert key not in client.get("/account/").content.decode()

    def test_a_renewed_token_ends_the_old_one(self, cast, as_user):
        old = Token.objects.create(user=cast.viewer).key
        as_user(cast.viewer).post("/account/token/", {"renew": ""})
        assert Token.objects.get(user=cast.viewer).key != old


class TestNewPassword:
    @pytest.fixture
    def link(self, cast, as_user):
        page = as_user(cast.owner).post("/surveys/ruaha/members/viewer/reset/").content.decode()
        return re.search(r"http://testserver(/account/reset/[^<]+)", page).group(1)

    def test_the_link_sets_a_new_password(self, cast, client, link):
        client.post(client.get(link)["Location"], NEW)
        cast.viewer.refresh_from_db()
        assert cast.viewer.check_password("rock-in-the-savanna")

    def test_the_link_works_once(self, cast, client, link, as_user):
        client.post(client.get(link)["Location"], NEW)
        assert "opens nothing any more" in as_user(None).get(link).content.decode()

    def test_the_token_for_programs_dies_with_the_old_password(self, cast, client, link):
        Token.objects.create(user=cast.viewer)
        client.post(client.get(link)["Location"], NEW)
        assert not Token.objects.exists()

    def test_the_link_ends_when_the_person_joins_another_survey(self, cast, client, link):
        """Or an owner could lay links by, and open with them what is not his."""
        Membership.objects.create(survey=make_survey(), user=cast.viewer, role=Role.VIEWER)
        assert "opens nothing any more" in client.get(link).content.decode()

    def test_the_link_ends_when_its_maker_is_no_owner_any_more(self, cast, client, link):
        Membership.objects.filter(user=cast.owner).update(role=Role.ANALYST)
        assert "opens nothing any more" in client.get(link).content.decode()

    def test_the_link_does_not_end_for_what_happens_to_others(self, cast, client, link):
        make_member(cast.survey, Role.VIEWER)
        Membership.objects.filter(user=cast.analyst).delete()
        assert client.get(link).status_code == 302

    def test_a_forged_link_sets_nothing(self, cast, client, link):
        assert "opens nothing any more" in client.get(link[:-5] + "aaaa/").content.decode()

    def test_an_analyst_makes_no_links(self, cast, as_user):
        assert as_user(cast.analyst).post("/surveys/ruaha/members/viewer/reset/").status_code == 403

    def test_an_owner_makes_none_for_somebody_outside(self, cast, as_user):
        assert as_user(cast.owner).post("/surveys/ruaha/members/outsider/reset/").status_code == 404

    def test_an_owner_makes_none_for_who_belongs_elsewhere_too(self, cast, as_user):
        Membership.objects.create(survey=make_survey(), user=cast.viewer, role=Role.VIEWER)
        page = as_user(cast.owner).post("/surveys/ruaha/members/viewer/reset/", follow=True).content.decode()
        assert "also belongs to surveys that are not yours" in page
        assert "/account/reset/" not in page


class TestMayReset:
    def test_an_owner_may_for_a_member_of_own_surveys_only(self, cast):
        other = make_survey(owner=cast.owner)
        Membership.objects.create(survey=other, user=cast.viewer, role=Role.VIEWER)
        assert may_reset_password(cast.owner, cast.viewer)

    def test_an_owner_may_not_for_an_administrator(self, cast):
        Membership.objects.create(survey=cast.survey, user=cast.administrator, role=Role.VIEWER)
        assert not may_reset_password(cast.owner, cast.administrator)

    def test_being_a_mere_analyst_elsewhere_is_not_owning(self, cast):
        elsewhere = make_survey()
        Membership.objects.create(survey=elsewhere, user=cast.owner, role=Role.ANALYST)
        Membership.objects.create(survey=elsewhere, user=cast.viewer, role=Role.VIEWER)
        assert not may_reset_password(cast.owner, cast.viewer)

    def test_nobody_may_for_oneself(self, cast):
        assert not may_reset_password(cast.administrator, cast.administrator)

    def test_an_administrator_may_for_others(self, cast):
        assert may_reset_password(cast.administrator, cast.outsider)

    def test_not_for_who_was_shut_out(self, cast):
        assert not may_reset_password(cast.administrator, make_user(is_active=False))

    def test_the_link_ends_when_the_password_changes(self, cast, client):
        path = reset_path(cast.viewer)
        cast.viewer.set_password("another-tree-again")
        cast.viewer.save()
        assert "opens nothing any more" in client.get(path).content.decode()


class TestMembersPage:
    def test_a_role_is_changed(self, cast, as_user):
        as_user(cast.owner).post("/surveys/ruaha/members/viewer/", {"role": "analyst"})
        assert Membership.objects.get(user=cast.viewer).role == "analyst"

    def test_the_last_owner_stays(self, cast, as_user):
        client = as_user(cast.owner)
        page = client.post("/surveys/ruaha/members/owner/", {"role": "viewer"}, follow=True).content.decode()
        assert "A survey needs an owner" in page
        assert client.post("/surveys/ruaha/members/owner/removal/").status_code == 302
        assert Membership.objects.get(user=cast.owner).role == "owner"

    def test_one_of_two_owners_may_go(self, cast, as_user):
        make_member(cast.survey, Role.OWNER, "second")
        assert as_user(cast.owner).post("/surveys/ruaha/members/owner/removal/")["Location"] == "/"
        assert not Membership.objects.filter(user=cast.owner).exists()

    def test_a_viewer_sees_no_buttons(self, cast, as_user):
        page = as_user(cast.viewer).get("/surveys/ruaha/members/").content.decode()
        assert "Make a link" not in page
        assert "Remove" not in page
