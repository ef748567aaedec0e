"""Review tasks: which images they take, who may make and change them."""

import hashlib
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from review import task_making
from review.models import ReviewTask, TaskImage
from review.task_filter import TaskFilter, chance, chosen_images
from surveys.models import Activity, Image, ImageLabel
from tests.factories.inference import make_run, make_searched
from tests.factories.review import make_review_task
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db
JSON = "application/json"


def ask(client: Any, **wanted: Any) -> Any:
    body = {"name": "North block", "people": ["reviewer"], **wanted}
    return client.post("/api/v1/surveys/ruaha/review-tasks/", body, JSON)


def taken(cast: SimpleNamespace, **wanted: Any) -> list[UUID]:
    return list(chosen_images(cast.survey, TaskFilter(**wanted)))


@pytest.fixture
def found(cast: SimpleNamespace) -> list[Image]:
    """A buffalo surely, a zebra hardly, nothing; on transects T1, T2 and none."""
    run = make_run(cast.survey)
    images = [make_image(survey=cast.survey, transect=name) for name in ("T1", "T2", "")]
    make_searched(run, images[0], buffalo=1)
    make_searched(run, images[1], zebra=1)
    make_searched(run, images[2])
    ImageLabel.objects.filter(label="zebra").update(max_score=0.3)
    return images


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({}, [0, 1, 2]),
        ({"label": "buffalo"}, [0]),
        ({"min_score": 0.5}, [0]),
        ({"max_score": 0.3}, [1]),
        ({"min_score": 0.3, "max_score": 0.9}, [0, 1]),
        ({"label": "buffalo", "max_score": 0.5}, []),
        ({"transect": "T2"}, [1]),
        ({"transect": "-"}, [2]),
        ({"reviewed": "yes"}, []),
    ],
)
def test_a_task_takes_what_the_filter_lets_through(
    cast: Any, found: list[Image], wanted: dict[str, Any], numbers: list[int]
) -> None:
    assert taken(cast, **wanted) == [found[n].pk for n in numbers]


def test_images_that_were_reviewed_are_left_out_unless_asked_for(cast: Any, found: list[Image]) -> None:
    Image.objects.filter(pk=found[0].pk).update(review_state="empty")
    assert taken(cast) == [found[1].pk, found[2].pk]
    assert taken(cast, reviewed="yes") == [found[0].pk]
    assert len(taken(cast, reviewed="")) == 3


@pytest.mark.parametrize(
    "state", [{"ingest_state": "waiting"}, {"is_excluded": True}, {"trashed_at": "2026-06-01T06:00Z"}]
)
def test_what_cannot_be_looked_at_is_in_no_task(cast: Any, found: list[Image], state: dict[str, Any]) -> None:
    Image.objects.filter(pk=found[1].pk).update(**state)
    assert taken(cast) == [found[0].pk, found[2].pk]


def test_chance_is_the_same_on_every_machine() -> None:
    image = UUID("019a0000-0000-7000-8000-000000000001")
    first_bytes = hashlib.sha256(b"7:019a0000-0000-7000-8000-000000000001").hexdigest()[:16]
    assert chance(7, image) == int(first_bytes, 16) / 2**64
    assert chance(7, image) != chance(8, image)


def test_a_larger_share_holds_the_smaller_one(cast: Any) -> None:
    images = {make_image(survey=cast.survey).pk for _ in range(60)}
    some, more = (set(taken(cast, share=share, seed=7)) for share in (0.2, 0.6))
    assert 0 < len(some) < len(more) < 60
    assert some < more < images
    assert set(taken(cast, share=0.6, seed=8)) != more


def test_an_analyst_shares_images_out(cast: Any, as_user: Any, found: list[Image]) -> None:
    made = ask(as_user(cast.analyst), people=["reviewer", "owner"], share=1, seed=4)
    assert made.status_code == 201
    said = made.json()
    assert (said["n_images"], said["n_done"], said["seed"], set(said["people"])) == (3, 0, 4, {"reviewer", "owner"})
    rows = TaskImage.objects.order_by("place").values_list("place", "image")
    assert list(rows) == [(n, image.pk) for n, image in enumerate(found, 1)]
    assert Activity.objects.filter(verb="review_task_made", subject="North block").exists()


@pytest.mark.parametrize("who", ["viewer", "outsider", "nobody"])
def test_only_who_may_review_can_be_chosen(cast: Any, as_user: Any, found: list[Image], who: str) -> None:
    refused = ask(as_user(cast.analyst), people=["reviewer", who])
    assert (refused.status_code, who in refused.json()["people"][0]) == (400, True)
    assert not ReviewTask.objects.exists()


def test_a_task_without_images_is_refused_and_leaves_nothing(cast: Any, as_user: Any, found: list[Image]) -> None:
    refused = ask(as_user(cast.analyst), label="giraffe")
    assert (refused.status_code, "takes no image" in str(refused.json())) == (400, True)
    assert not ReviewTask.objects.exists()


def test_a_task_of_too_many_images_is_refused(
    cast: Any, as_user: Any, found: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_making, "MOST_IMAGES", 2)
    refused = ask(as_user(cast.analyst))
    assert (refused.status_code, "more than 2 images" in str(refused.json())) == (400, True)
    assert not TaskImage.objects.exists()


def test_pieces_add_up(cast: Any, as_user: Any, found: list[Image], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_making, "AT_ONCE", 2)
    assert ask(as_user(cast.analyst)).json()["n_images"] == 3
    assert list(TaskImage.objects.order_by("place").values_list("place", flat=True)) == [1, 2, 3]


def test_a_task_is_renamed_gets_other_people_and_is_closed(cast: Any, as_user: Any) -> None:
    task = make_review_task(cast.survey, [cast.reviewer])
    body = {"name": "South block", "people": ["analyst"], "closed": True}
    said = as_user(cast.analyst).patch(f"/api/v1/review-tasks/{task.pk}/", body, JSON).json()
    assert (said["name"], said["people"], said["closed_at"] is not None) == ("South block", ["analyst"], True)
    said = as_user(cast.analyst).patch(f"/api/v1/review-tasks/{task.pk}/", {"closed": False}, JSON).json()
    assert said["closed_at"] is None


def test_the_preview_counts_what_the_form_takes(cast: Any, as_user: Any, found: list[Image]) -> None:
    def preview(**fields: Any) -> str:
        query = {"reviewed": "no", "percent": 100, "seed": 1, **fields}
        return as_user(cast.analyst).get("/surveys/ruaha/review-tasks/preview/", query).content.decode()

    assert "It takes 3 images." in preview()
    assert "It takes 1 image." in preview(label="zebra")
    assert "It takes no image." in preview(label="zebra", min_score="0.9")
    assert "Highest model score to." in preview(min_score="0.9", max_score="0.1")


def test_the_page_makes_a_task(cast: Any, as_user: Any, found: list[Image]) -> None:
    form = {"name": "North <b>", "people": [cast.reviewer.pk], "reviewed": "no", "percent": "100", "seed": "1"}
    client = as_user(cast.analyst)
    made = client.post("/surveys/ruaha/review-tasks/", form)
    assert made.url == f"/review-tasks/{ReviewTask.objects.get().pk}/"
    for page in (made.url, "/surveys/ruaha/review-tasks/"):
        assert "North &lt;b&gt;" in client.get(page).content.decode()
    assert client.post("/surveys/ruaha/review-tasks/", form | {"people": []}).status_code == 422
    assert client.post("/surveys/ruaha/review-tasks/", form | {"transect": "T9"}).status_code == 422
