"""What every answer has in common, whatever was asked."""

import logging
from typing import Any

import pytest
from django.conf import settings

from config.logs import HideSecrets

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.mark.parametrize("path", ["/", "/surveys/ruaha/", "/api/v1/surveys/", "/nowhere/", "/api/nowhere"])
def test_nothing_on_the_way_keeps_what_one_person_is_shown(cast: Any, as_user: Any, path: str) -> None:
    assert as_user(cast.owner).get(path)["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("path", ["/account/token/", "/surveys/ruaha/members/viewer/reset/"])
def test_what_is_shown_once_is_kept_nowhere(cast: Any, as_user: Any, path: str) -> None:
    answer = as_user(cast.owner).post(path)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")


@pytest.mark.parametrize(
    ("path", "body"),
    [("runs", r'{"model": "x", "mode": "\ud83d"}'), ("runs", r'{"\ud83d": 1}'), ("species", r'"\ud83d"')],
)
def test_half_of_a_character_in_json_is_a_mistake_of_the_caller(cast: Any, as_user: Any, path: str, body: str) -> None:
    send = as_user(cast.owner).post if path == "runs" else as_user(cast.owner).put
    answer = send(f"/api/v1/surveys/ruaha/{path}/", body, "application/json")
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])


@pytest.mark.parametrize("body", ["[" * 100_000, '{"name":' * 100_000])
def test_json_nested_without_end_is_broken_json(cast: Any, as_user: Any, body: str) -> None:
    answer = as_user(cast.owner).post("/api/v1/surveys/", body, JSON)
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])


def test_a_body_too_large_is_told_in_json(cast: Any, as_user: Any) -> None:
    body = f'{{"name": "{"a" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE}"}}'
    answer = as_user(cast.owner).post("/api/v1/surveys/", body, JSON)
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])


def test_a_page_that_is_sent_too_much_answers_400(cast: Any, as_user: Any, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 20
    fields = {f"field{number}": "" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}
    assert as_user(cast.owner).post("/account/", fields).status_code == 400


@pytest.mark.parametrize(
    ("told", "logged"),
    [
        ("/invitations/p2u8Qd3kXr9LmN/", "/invitations/…/"),
        ("/first-administrator/p2u8Qd3kXr9LmN/", "/first-administrator/…/"),
        ("/account/reset/NQ/cxk2-8f3a9b0c1d/", "/account/reset/NQ/…/"),
        ("/surveys/ruaha/invitations/12/withdrawn/", "/surveys/ruaha/invitations/12/withdrawn/"),
    ],
)
def test_addresses_that_open_something_are_not_logged(told: str, logged: str) -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Forbidden (%s): %s", ("CSRF", told), None)
    HideSecrets().filter(record)
    assert record.getMessage() == f"Forbidden (CSRF): {logged}"


def test_every_handler_hides_them() -> None:
    assert all("secrets" in handler["filters"] for handler in settings.LOGGING["handlers"].values())
