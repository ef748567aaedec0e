"""Which image to open after this one."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inference.models import Detection
from inference.species import rules_of
from surveys.models import Image
from tests.factories.inference import make_run, make_searched
from tests.factories.surveys import make_image
from tests.review.test_verdicts import say, say_of_image


@pytest.fixture
def images(cast: Any) -> list[Image]:
    return [make_image(survey=cast.survey, file_name=f"{n}.jpg") for n in range(5)]


def asked(client: Any, image: Image, want: str = "unfinished") -> Any:
    return client.get(f"/api/v1/images/{image.pk}/next/", {"want": want}).json()


def test_it_is_the_next_that_nobody_finished_and_then_the_first(cast: Any, as_user: Any, images: list[Image]) -> None:
    client = as_user(cast.reviewer)
    say_of_image(client, images[1], "empty")
    say_of_image(client, images[2], "in_progress")
    assert asked(client, images[0])["image"] == str(images[2].pk)
    assert asked(client, images[4]) == {
        "image": str(images[0].pk),
        "detection": None,
        "url": f"/images/{images[0].pk}/",
    }


def test_what_cannot_be_judged_is_passed_over(cast: Any, as_user: Any, images: list[Image]) -> None:
    Image.objects.filter(pk=images[1].pk).update(is_excluded=True)
    Image.objects.filter(pk=images[2].pk).update(ingest_state="failed")
    Image.objects.filter(pk=images[3].pk).update(trashed_at=timezone.now())
    assert asked(as_user(cast.reviewer), images[0])["image"] == str(images[4].pk)


def test_there_may_be_no_other(cast: Any, as_user: Any, images: list[Image]) -> None:
    client = as_user(cast.reviewer)
    for image in images[1:]:
        say_of_image(client, image, "empty")
    assert asked(client, images[0]) == {"image": None, "detection": None, "url": None}
    assert asked(client, images[0], "uncertain")["url"] is None


def test_the_uncertain_box_is_named(cast: Any, as_user: Any, images: list[Image]) -> None:
    client, run = as_user(cast.reviewer), make_run(cast.survey)
    for image in images:
        make_searched(run, image, buffalo=2)
    unsure = Detection.objects.filter(image=images[3]).order_by("pk")[1]
    say(client, unsure, "uncertain")
    found = {"image": str(images[3].pk), "detection": str(unsure.pk), "url": f"/images/{images[3].pk}/#det={unsure.pk}"}
    assert asked(client, images[0], "uncertain") == asked(client, images[4], "uncertain") == found
    assert asked(client, images[3], "uncertain")["image"] is None
    say_of_image(client, images[3], "unusable", note="Fog")
    assert asked(client, images[0], "uncertain")["image"] is None


def test_a_label_that_the_survey_leaves_out_is_not_asked_for(cast: Any, as_user: Any, images: list[Image]) -> None:
    client, run = as_user(cast.reviewer), make_run(cast.survey)
    make_searched(run, images[1], buffalo=1)
    say(client, Detection.objects.get(), "uncertain")
    species = {"species": [{"label": "buffalo", "is_dropped": True}]}
    path = f"/api/v1/surveys/{cast.survey.slug}/species/"
    assert as_user(cast.owner).put(path, species, content_type="application/json").status_code == 200
    assert rules_of(cast.survey.pk, run.model_version.name)
    assert asked(client, images[0], "uncertain")["image"] is None


def test_it_costs_the_same_in_a_large_survey(cast: Any, as_user: Any, images: list[Image]) -> None:
    client = as_user(cast.reviewer)
    Image.objects.filter(pk__in=[image.pk for image in images[1:]]).update(review_state="reviewed")
    with CaptureQueriesContext(connection) as few:
        asked(client, images[0])
    plans = [query["sql"] for query in few.captured_queries if '"review_state" =' in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{plans[0]}")
        plan = str(cursor.fetchall())
    assert len(plans) == 4
    assert "image_by_review" in plan or connection.vendor != "sqlite"


def test_the_next_uncertain_box_is_found_by_an_index_of_such_boxes(
    cast: Any, as_user: Any, images: list[Image]
) -> None:
    make_searched(make_run(cast.survey), images[1], buffalo=1)
    with CaptureQueriesContext(connection) as queries:
        asked(as_user(cast.reviewer), images[0], "uncertain")
    sql = next(query["sql"] for query in queries.captured_queries if "'uncertain'" in query["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{sql}")
        assert "uncertain_of_run" in str(cursor.fetchall())


def test_all_that_was_said_in_a_survey(cast: Any, as_user: Any, images: list[Image]) -> None:
    client = as_user(cast.reviewer)
    for image in images[:3]:
        say_of_image(client, image, "empty", id=str(uuid4()))  # as the image page does: not in the order of time
    Image.objects.filter(pk=images[1].pk).update(trashed_at=timezone.now())
    path = f"/api/v1/surveys/{cast.survey.slug}/reviews/"
    said = as_user(cast.viewer).get(path).json()
    assert [(each["image"], each["verdict"], each["author"]) for each in said["results"]] == [
        (str(images[2].pk), "empty", "reviewer"),
        (str(images[0].pk), "empty", "reviewer"),
    ]


def test_pages_of_it_are_in_the_order_of_time_whatever_the_ids_are(
    cast: Any, as_user: Any, images: list[Image]
) -> None:
    client = as_user(cast.reviewer)
    for n in range(12):
        say_of_image(client, images[n % 5], "empty", id=str(uuid4()), note=str(n))
    path, notes = f"/api/v1/surveys/{cast.survey.slug}/reviews/?page_size=5", []
    while path:
        page = client.get(path).json()
        notes += [each["note"] for each in page["results"]]
        path = page["next"]
    assert notes == [str(n) for n in reversed(range(12))]
    last = client.get(f"/surveys/{cast.survey.slug}/history/").context["page"].rows
    assert [review.note for review in last] == notes
    assert client.get(f"/surveys/{cast.survey.slug}/history/?after=nonsense").status_code == 404
    assert client.get(f"/surveys/{cast.survey.slug}/history/?after=a~b").status_code == 404
