"""Invitations: a link shown once that makes a member."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from surveys.forms import SignUpForm
from surveys.models import Invitation, Membership, Role
from surveys.people import InvitationSpentError, accept, find_invitation, invite
from tests.factories.surveys import make_member, make_survey, make_user

pytestmark = pytest.mark.django_db
ACCOUNT = {
    "first_name": "Ruth Kimani",
    "username": "ruth",
    "password1": "tree-on-the-plain",
    "password2": "tree-on-the-plain",
}


@pytest.fixture
def token(cast):
    return invite(created_by=cast.owner, survey=cast.survey, role=Role.REVIEWER)[1]


def role(cast, user):
    return Membership.objects.filter(survey=cast.survey, user=user).values_list("role", flat=True).first()


def test_the_owner_gets_a_link_that_opens_the_invitation(cast, as_user):
    page = as_user(cast.owner).post("/surveys/ruaha/invitations/", {"role": "analyst"}).content.decode()
    path = re.search(r"http://testserver(/invitations/[^<]+)", page).group(1)
    assert "as analyst" in as_user(None).get(path).content.decode()


def test_the_link_is_not_shown_again(cast, as_user):
    client = as_user(cast.owner)
    client.post("/surveys/ruaha/invitations/", {"role": "analyst"})
    assert "/invitations/" not in re.sub(r"action=\S+", "", client.get("/surveys/ruaha/members/").content.decode())


def test_the_token_itself_is_not_kept(cast, token):
    assert token not in str(Invitation.objects.values().get())


def test_an_invitation_is_told_in_the_activity(cast, token):
    told = cast.survey.activities.get(verb="member_invited")
    assert (told.actor, told.subject) == (cast.owner, "reviewer")


def test_only_an_owner_invites(cast, as_user):
    assert as_user(cast.analyst).post("/surveys/ruaha/invitations/", {"role": "owner"}).status_code == 403


def test_a_newcomer_makes_an_account_and_is_a_member(cast, client, token):
    answer = client.post(f"/invitations/{token}/", ACCOUNT)
    assert answer["Location"] == "/surveys/ruaha/"
    assert client.get("/surveys/ruaha/").status_code == 200
    assert role(cast, get_user_model().objects.get(username="ruth")) == Role.REVIEWER


def test_a_weak_password_makes_no_account(cast, client, token):
    answer = client.post(f"/invitations/{token}/", {**ACCOUNT, "password1": "12345", "password2": "12345"})
    assert list(answer.context["form"].errors) == ["password1"]
    assert not get_user_model().objects.filter(username="ruth").exists()


def test_a_name_that_somebody_takes_at_the_same_moment_is_told(cast, client, token, monkeypatch):
    save = SignUpForm.save

    def save_after_another(form):
        make_user("ruth")
        return save(form)

    monkeypatch.setattr(SignUpForm, "save", save_after_another)
    answer = client.post(f"/invitations/{token}/", ACCOUNT)
    assert answer.status_code == 200
    assert answer.context["form"].errors["username"]
    monkeypatch.undo()
    assert client.post(f"/invitations/{token}/", ACCOUNT).status_code == 302


def test_somebody_logged_in_becomes_a_member(cast, as_user, token):
    as_user(cast.outsider).post(f"/invitations/{token}/")
    assert role(cast, cast.outsider) == Role.REVIEWER


def test_looking_at_the_link_uses_nothing_up(cast, as_user, token):
    as_user(cast.outsider).get(f"/invitations/{token}/")
    assert role(cast, cast.outsider) is None
    assert find_invitation(token)


def test_a_link_works_once(cast, as_user, token):
    as_user(cast.outsider).post(f"/invitations/{token}/")
    other = make_user()
    assert as_user(other).post(f"/invitations/{token}/").status_code == 410
    assert role(cast, other) is None


def test_two_who_opened_it_before_it_was_used_do_not_both_come_in(cast, token):
    first, second = find_invitation(token), find_invitation(token)
    accept(first, cast.outsider)
    with pytest.raises(InvitationSpentError):
        accept(second, make_user())


def test_a_link_ends_after_seven_days(cast, as_user, token):
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert as_user(cast.outsider).get(f"/invitations/{token}/").status_code == 410


def test_a_withdrawn_link_opens_nothing(cast, as_user, token):
    client = as_user(cast.owner)
    client.post(f"/surveys/ruaha/invitations/{Invitation.objects.get().pk}/withdrawn/")
    assert client.get(f"/invitations/{token}/").status_code == 410


def test_a_link_of_somebody_who_is_no_owner_any_more_opens_nothing(cast, token):
    Membership.objects.filter(user=cast.owner).update(role=Role.VIEWER)
    with pytest.raises(InvitationSpentError):
        find_invitation(token)


def test_a_link_never_lowers_a_role(cast, as_user, token):
    as_user(cast.analyst).post(f"/invitations/{token}/")
    assert role(cast, cast.analyst) == Role.ANALYST


def test_a_link_raises_a_role(cast, as_user, token):
    as_user(cast.viewer).post(f"/invitations/{token}/")
    assert role(cast, cast.viewer) == Role.REVIEWER


def test_an_owner_withdraws_only_his_own_surveys_invitations(cast, as_user, token):
    stranger = make_user()
    survey = make_survey(owner=stranger)
    path = f"/surveys/{survey.slug}/invitations/{Invitation.objects.get().pk}/withdrawn/"
    assert as_user(stranger).post(path).status_code == 404
    assert find_invitation(token)


def test_the_command_makes_the_first_administrator(client, db, capsys):
    call_command("invite", "--administrator")
    path = capsys.readouterr().out.strip().removeprefix("http://localhost:8000")
    client.post(path, ACCOUNT)
    assert get_user_model().objects.get(username="ruth").is_superuser


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({"BEHIND_PROXY": True}, "http://kopje.example/"),
        ({"BEHIND_PROXY": True, "HTTP_PORT": "8080"}, "http://kopje.example:8080/"),
        ({"BEHIND_PROXY": True, "BEHIND_HTTPS": True, "HTTP_PORT": "8080"}, "https://kopje.example/"),
        (
            {"BEHIND_PROXY": True, "CSRF_TRUSTED_ORIGINS": ["https://counts.example:8443"]},
            "https://counts.example:8443/",
        ),
        ({"BEHIND_PROXY": True, "ALLOWED_HOSTS": ["*", ".example"]}, "http://localhost/"),
    ],
)
def test_the_command_prints_the_address_that_the_settings_tell(db, settings, capsys, given, address):
    settings.ALLOWED_HOSTS = [".example", "kopje.example", "10.0.0.5"]
    for name, value in given.items():
        setattr(settings, name, value)
    call_command("invite", "--administrator")
    assert capsys.readouterr().out.startswith(f"{address}invitations/")


def test_the_command_invites_into_a_survey(cast, as_user, capsys):
    call_command("invite", "--survey", "ruaha", "--role", "analyst", "--base-url", "https://kopje.example/")
    address = capsys.readouterr().out.strip()
    assert address.startswith("https://kopje.example/invitations/")
    as_user(cast.outsider).post(address.removeprefix("https://kopje.example"))
    assert role(cast, cast.outsider) == Role.ANALYST


def test_the_command_wants_to_know_what_for(db):
    with pytest.raises(CommandError):
        call_command("invite")


def test_a_member_of_two_surveys_is_raised_in_one_only(cast, as_user, token):
    other = make_survey()
    user = make_member(other, Role.VIEWER)
    as_user(user).post(f"/invitations/{token}/")
    assert Membership.objects.get(survey=other, user=user).role == Role.VIEWER


def test_a_name_that_differs_in_capitals_only_is_taken(cast, client, token):
    answer = client.post(f"/invitations/{token}/", {**ACCOUNT, "username": "OWNER"})
    assert "This name is taken" in str(answer.context["form"].errors["username"])
