"""The account of the demonstration: it may do everything, so that nobody else's Kopje is opened by it."""

import socket

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from config import demo, serve
from config.management.commands import up
from jobs.models import Pulse
from tests.factories.surveys import make_user
from tests.services import free_port

pytestmark = pytest.mark.django_db


def test_the_account_of_the_demonstration_is_closed_and_the_demonstration_opens_it_again(settings, client, monkeypatch):
    monkeypatch.setattr(demo, "STARTER", settings.DATA_DIR / "none")
    password = demo.make_person(settings.DATA_DIR)
    assert "The account demo of the demonstration is closed" in serve.prepare_data()[0]
    assert client.post("/login/", {"username": "demo", "password": password}).status_code == 200  # still outside
    assert serve.prepare_data() == []
    demo.make_person(settings.DATA_DIR)
    assert client.post("/login/", {"username": "demo", "password": password}).status_code == 302


def test_somebody_who_happens_to_be_called_demo_stays(settings, monkeypatch):
    monkeypatch.setattr(demo, "STARTER", settings.DATA_DIR / "none")
    make_user("demo")
    assert serve.prepare_data() == []
    assert get_user_model().objects.get(username="demo").is_active


def test_the_demonstrations_account_stays_open_with_a_password_of_ones_own(settings, monkeypatch):
    monkeypatch.setattr(demo, "STARTER", settings.DATA_DIR / "none")
    demo.make_person(settings.DATA_DIR)
    user = get_user_model().objects.get(username="demo")
    user.set_password("tree-on-the-plain")
    user.save()
    assert serve.prepare_data() == []
    user.refresh_from_db()
    assert user.is_active


def pulse(name: str) -> None:
    Pulse.objects.create(name=name, role=Pulse.Role.DISPATCHER, at=timezone.now())


def test_the_demonstration_opens_no_account_beside_an_administrator(settings, monkeypatch):
    monkeypatch.setattr(demo, "STARTER", settings.DATA_DIR / "none")
    demo.make_person(settings.DATA_DIR)
    serve.prepare_data()
    demo.refuse_beside_others()
    make_user("ruth", is_superuser=True)
    with pytest.raises(CommandError, match=r"ruth is the administrator there.*make demo DATA_DIR=/another/folder"):
        demo.refuse_beside_others()


def test_the_demonstration_opens_no_account_beside_another_kopje():
    pulse("another-machine:1")
    with pytest.raises(CommandError, match="another Kopje is running on it"):
        demo.refuse_beside_others()


def test_a_kopje_that_was_stopped_a_moment_ago_is_none():
    pulse(f"{socket.gethostname()}:{2**22 + 1}")  # no number of a process is larger
    demo.refuse_beside_others()


def test_a_demonstration_that_is_open_already_goes_on(settings):
    demo.make_person(settings.DATA_DIR)
    make_user("ruth", is_superuser=True)
    pulse("another-machine:1")
    demo.refuse_beside_others()


def test_up_asks_before_it_starts_anything(monkeypatch):
    monkeypatch.setattr(up, "call_command", lambda *_args, **_options: None)
    monkeypatch.setattr(up, "run", lambda *_args: pytest.fail("started"))
    monkeypatch.setattr(up.signal, "signal", lambda *_args: None)
    monkeypatch.setenv("LOG_LEVEL", "WARNING")
    monkeypatch.setenv("DATA_DIR", "")
    make_user("ruth", is_superuser=True)
    with pytest.raises(CommandError, match="ruth is the administrator"):
        call_command("up", "--demo", "--port", str(free_port()))
