import pytest
from django.db import DatabaseError
from django.utils import timezone

from config import health
from jobs import filebroker
from jobs.models import Job, Pulse
from jobs.registry import QUEUES


@pytest.fixture
def processes(db, settings):
    """A dispatcher and a worker of all queues, alive just now."""
    Pulse.objects.create(name="a:1", role=Pulse.Role.DISPATCHER, at=timezone.now())
    Pulse.objects.create(name="a:2", role=Pulse.Role.WORKER, queues=",".join(QUEUES), at=timezone.now())


def test_healthz_answers_without_the_database(client):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.parametrize("name", ["127.0.0.1:8000", "web:8000", "10.0.0.5", "stranger.example", "not a name"])
def test_health_is_told_whatever_name_it_is_asked_by(client, processes, settings, name):
    settings.ALLOWED_HOSTS = ["kopje.example"]
    answers = [client.get(path, headers={"host": name}).status_code for path in ("/healthz", "/readyz")]
    assert answers == [200, 200]


@pytest.mark.parametrize("path", ["/login/", "/healthz/", "/api/v1/surveys/", "/service-worker.js"])
def test_a_name_that_is_not_allowed_opens_nothing_else(client, db, settings, path):
    settings.ALLOWED_HOSTS = ["kopje.example"]
    assert client.get(path, headers={"host": "stranger.example"}).status_code == 400


def test_readyz_is_ready_when_everything_is(client, processes):
    response = client.get("/readyz")
    assert response.json() == dict.fromkeys(health.CHECKS, "ok")
    assert response.status_code == 200


@pytest.mark.django_db
def test_readyz_names_the_queues_that_nobody_works_on(client):
    Pulse.objects.create(name="a:2", role=Pulse.Role.WORKER, queues="io,detect,export,control", at=timezone.now())
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["workers"] == "nobody works on tiles"


def test_a_worker_that_is_silent_for_long_does_not_count(processes, client):
    Pulse.objects.update(at=timezone.now() - 2 * health.RECENT)
    state = client.get("/readyz").json()
    assert state["dispatcher"] == "is not running"
    assert state["workers"].startswith("nobody works on")


def test_readyz_says_when_the_database_is_away(client, processes, monkeypatch):
    def away(self):
        raise DatabaseError

    monkeypatch.setattr(type(Job.objects.all()), "exists", away)
    assert client.get("/readyz").json()["database"].startswith("does not answer")


def test_readyz_says_when_the_disk_is_nearly_full(client, processes, settings):
    settings.DISK_FLOOR_BYTES = 2**62
    assert client.get("/readyz").json()["storage"] == "is nearly full"


def test_readyz_says_when_the_storage_folder_is_gone(client, processes, settings):
    settings.STORAGE_DIR.rmdir()
    assert client.get("/readyz").json()["storage"] == "cannot be written to"


def test_readyz_says_when_the_broker_is_away(client, processes, monkeypatch):
    def away(*_args, **_options):
        raise OSError

    monkeypatch.setattr(filebroker.Transport, "establish_connection", away)
    assert client.get("/readyz").json()["broker"] == "does not answer"
