from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inference.models import Run
from tests.factories.inference import make_model_version, make_result_set, make_run, make_searched
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db
JSON = "application/json"


def test_a_search_is_started_with_a_models_name(cast: Any, as_user: Any) -> None:
    make_model_version(name="plains", version="1")
    make_model_version(name="plains", version="2")
    make_image(survey=cast.survey)
    answer = as_user(cast.analyst).post("/api/v1/surveys/ruaha/runs/", {"model": "plains"}, JSON)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["model"], made["version"], made["threshold"]) == ("plains", "2", 0.25)
    assert (made["is_current"], made["progress"]["is_under_way"]) == (True, True)


def test_version_and_threshold_can_be_chosen(cast: Any, as_user: Any) -> None:
    make_model_version(name="plains", version="1")
    make_model_version(name="plains", version="2")
    wanted = {"model": "plains", "version": "1", "threshold": 0.6}
    made = as_user(cast.owner).post("/api/v1/surveys/ruaha/runs/", wanted, JSON).json()
    assert (made["version"], made["threshold"]) == ("1", 0.6)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, "model"),
        ({"model": "nobody"}, "model"),
        ({"model": "plains", "threshold": 2}, "threshold"),
        ({"model": "plains", "threshold": "nan"}, "threshold"),
        ({"model": "plains", "tresholt": 0.6}, "tresholt"),
    ],
)
def test_a_search_that_cannot_be_is_refused_by_field(cast: Any, as_user: Any, wanted: Any, field: str) -> None:
    make_model_version(name="plains")
    answer = as_user(cast.owner).post("/api/v1/surveys/ruaha/runs/", wanted, JSON)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("who", "status"),
    [("administrator", 201), ("owner", 201), ("analyst", 201), ("reviewer", 403), ("viewer", 403), ("outsider", 404)],
)
def test_analysts_and_owners_start_searches(cast: Any, as_user: Any, who: str, status: int) -> None:
    make_model_version(name="plains")
    answer = as_user(getattr(cast, who)).post("/api/v1/surveys/ruaha/runs/", {"model": "plains"}, JSON)
    assert answer.status_code == status


def test_the_list_says_how_far_each_search_is(cast: Any, as_user: Any) -> None:
    run = make_run(cast.survey)
    make_searched(run, buffalo=1)
    make_result_set(run)
    make_result_set(run, state="failed", failure="Dark.")
    (listed,) = as_user(cast.viewer).get("/api/v1/surveys/ruaha/runs/").json()["results"]
    assert listed["progress"] == {
        "images": 3,
        "waiting": 1,
        "searched": 1,
        "failed": 1,
        "cancelled": 0,
        "is_under_way": True,
    }


def test_the_list_takes_as_many_queries_for_many_searches(cast: Any, as_user: Any) -> None:
    counts = []
    for wanted in (1, 10):
        while Run.objects.count() < wanted:
            make_searched(make_run(cast.survey, is_current=False), buffalo=1)
        with CaptureQueriesContext(connection) as queries:
            answer = as_user(cast.viewer).get("/api/v1/surveys/ruaha/runs/")
        counts.append(len(queries))
        assert len(answer.json()["results"]) == wanted
    assert counts[0] == counts[1]


def test_a_search_is_cancelled(cast: Any, as_user: Any) -> None:
    run = make_run(cast.survey)
    make_result_set(run)
    changed = as_user(cast.analyst).patch(f"/api/v1/runs/{run.pk}/", {"state": "cancelled"}, JSON).json()
    assert (changed["state"], changed["progress"]["cancelled"], changed["progress"]["waiting"]) == ("cancelled", 1, 0)


def test_a_former_search_is_made_the_current_one(cast: Any, as_user: Any) -> None:
    former = make_run(cast.survey, is_current=False)
    make_run(cast.survey)
    changed = as_user(cast.owner).patch(f"/api/v1/runs/{former.pk}/", {"current": True}, JSON).json()
    cast.survey.refresh_from_db()
    assert changed["is_current"]
    assert cast.survey.current_run == former.pk


@pytest.mark.parametrize(
    "change",
    [{}, {"state": "active"}, {"current": False}, {"threshold": 0.1}, {"state": "cancelled", "threshold": 0.1}],
)
def test_nothing_else_of_a_search_can_be_changed(cast: Any, as_user: Any, change: Any) -> None:
    run = make_run(cast.survey)
    assert as_user(cast.owner).patch(f"/api/v1/runs/{run.pk}/", change, JSON).status_code == 400


@pytest.mark.parametrize(
    ("who", "see", "change"),
    [
        ("administrator", 200, 200),
        ("owner", 200, 200),
        ("analyst", 200, 200),
        ("reviewer", 200, 403),
        ("viewer", 200, 403),
        ("outsider", 404, 404),
        (None, 404, 404),
    ],
)
def test_who_sees_and_who_changes_a_search(cast: Any, as_user: Any, who: Any, see: int, change: int) -> None:
    path = f"/api/v1/runs/{make_run(cast.survey).pk}/"
    client = as_user(who and getattr(cast, who))
    assert client.get(path).status_code == see
    assert client.patch(path, {"state": "cancelled"}, JSON).status_code == change


def test_failed_images_are_tried_again(cast: Any, as_user: Any) -> None:
    run = make_run(cast.survey)
    make_result_set(run, state="failed", failure="Dark.")
    assert as_user(cast.analyst).post(f"/api/v1/runs/{run.pk}/retries/").json() == {"retried": 1}


def test_whoever_is_logged_in_sees_the_models(cast: Any, as_user: Any) -> None:
    make_model_version(name="plains", version="2")
    (listed,) = as_user(cast.outsider).get("/api/v1/models/").json()["results"]
    one = as_user(cast.outsider).get("/api/v1/models/plains/2/").json()
    assert listed == one
    assert (one["name"], one["labels"], one["card"]["patch"]["width"]) == ("plains", ["buffalo", "zebra"], 256)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/models/", 401), ("/api/v1/models/plains/2/", 404)],
)
def test_strangers_see_no_models(db: None, as_user: Any, path: str, status: int) -> None:
    make_model_version(name="plains", version="2")
    assert as_user(None).get(path).status_code == status


@pytest.mark.parametrize("path", ["plains/%00", "pl%00ins/2", "..%2fplains/2", "plains/3", "héron/2"])
def test_a_model_that_cannot_be_is_not_found(cast: Any, as_user: Any, path: str) -> None:
    make_model_version(name="plains", version="2")
    assert as_user(cast.owner).get(f"/api/v1/models/{path}/").status_code == 404
