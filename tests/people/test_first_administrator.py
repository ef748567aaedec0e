"""The link that the server prints at its start: it makes the administrator, once, while there is none."""

import stat
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError
from django.utils import timezone

from config import serve
from config.announce import Place
from config.serve import Served
from surveys import first_administrator as first
from surveys.forms import SignUpForm
from tests.factories.surveys import make_user

pytestmark = pytest.mark.django_db
ACCOUNT = {
    "first_name": "Ruth Kimani",
    "username": "ruth",
    "password1": "tree-on-the-plain",
    "password2": "tree-on-the-plain",
}


@pytest.fixture
def path(db):
    return f"/first-administrator/{first.make_link_token()}/"


def ruth():
    return get_user_model().objects.get(username="ruth")


def test_the_link_makes_an_account_that_is_the_administrator(client, path):
    assert client.post(path, ACCOUNT)["Location"] == "/"
    assert (ruth().is_superuser, ruth().is_staff) == (True, True)
    assert client.get("/").status_code == 200  # logged in


def test_looking_at_it_uses_nothing_up(client, path):
    assert "makes you the administrator" in client.get(path).content.decode()
    assert client.get(path).status_code == 200
    assert first.is_missing()


def test_it_works_once(client, path):
    client.post(path, ACCOUNT)
    answer = client.post(path, {**ACCOUNT, "username": "petra"})
    assert answer.status_code == 410
    assert "Log in; without an account, ask the administrator" in answer.content.decode()
    assert not get_user_model().objects.filter(username="petra").exists()


def test_it_opens_nothing_once_an_administrator_came_in_otherwise(client, path):
    make_user("amina", is_superuser=True)
    assert client.post(path, ACCOUNT).status_code == 410


@pytest.mark.parametrize("meanwhile", ["somebody tried it", "Kopje was started again"])
def test_it_stays_closed_when_that_administrator_may_not_log_in_any_more(meanwhile, client, path):
    amina = make_user("amina", is_superuser=True)
    if meanwhile == "somebody tried it":
        client.get(path)
    else:
        serve.welcome(Served(Place("127.0.0.1", 8000), ("localhost",)))
    amina.is_active = False
    amina.save()
    assert client.post(path, ACCOUNT).status_code == 404
    assert not get_user_model().objects.filter(username="ruth").exists()


def test_the_link_that_made_an_administrator_stays_closed_when_he_is_gone(client, path):
    client.post(path, ACCOUNT)
    get_user_model().objects.update(is_active=False)
    assert client.post(path, {**ACCOUNT, "username": "petra"}).status_code == 404


def test_a_half_written_line_opens_nothing(client, path):
    file = settings.DATA_DIR / "administrator_links"
    file.write_text(file.read_text().split()[0])
    assert client.get(path).status_code == 404


def test_it_works_for_seven_days(client, path, monkeypatch):
    for days, status in ((6.9, 200), (7.1, 404)):
        at = timezone.now() + timedelta(days=days)
        with monkeypatch.context() as patch:
            patch.setattr(first.timezone, "now", lambda at=at: at)
            assert client.get(path).status_code == status


def test_a_wrong_link_says_what_to_do(client, path):
    answer = client.get(path[:-2] + "/")
    assert answer.status_code == 404
    assert "start Kopje again: it prints a new one" in answer.content.decode()


def test_where_no_link_was_ever_printed_none_opens(client, db):
    assert client.post("/first-administrator/anything/", ACCOUNT).status_code == 404


def test_a_later_start_leaves_the_earlier_link_valid_until_one_is_used(client, path):
    later = f"/first-administrator/{first.make_link_token()}/"
    assert client.get(path).status_code == client.get(later).status_code == 200
    client.post(path, ACCOUNT)
    assert client.get(later).status_code == 410


def test_what_is_kept_is_the_hash_for_the_owner_only(path):
    token = path.split("/")[2]
    file = settings.DATA_DIR / "administrator_links"
    assert token not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_of_two_at_the_same_moment_one_comes_in(path):
    token = path.split("/")[2]
    user = make_user("slow")
    real = first.check_link

    def check_then_somebody_else_is_quicker(token):
        real(token)
        (settings.DATA_DIR / "administrator_links").unlink()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(first, "check_link", check_then_somebody_else_is_quicker)
        with pytest.raises(first.HasAdministratorError):
            first.make_administrator(user, token)
    user.refresh_from_db()
    assert not user.is_superuser


def test_a_button_pressed_twice_says_the_link_is_used_up(client, path, monkeypatch):
    def save_after_the_first_press(form):
        monkeypatch.setattr(first, "is_missing", lambda: False)
        raise IntegrityError

    monkeypatch.setattr(SignUpForm, "save", save_after_the_first_press)
    assert client.post(path, ACCOUNT).status_code == 410


def test_a_weak_password_makes_no_administrator(client, path):
    answer = client.post(path, {**ACCOUNT, "password1": "12345", "password2": "12345"})
    assert list(answer.context["form"].errors) == ["password1"]
    assert first.is_missing()
    assert client.get(path).status_code == 200


def test_somebody_logged_in_becomes_the_administrator(as_user, path):
    user = make_user("petra")
    page = as_user(user).get(path).content.decode()
    assert "You are logged in as petra" in page
    assert "Kopje has no administrator yet." in page
    as_user(user).post(path)
    user.refresh_from_db()
    assert user.is_superuser


def test_an_administrator_who_may_not_log_in_does_not_count(client, path):
    make_user("gone", is_superuser=True, is_active=False)
    assert client.get(path).status_code == 200
