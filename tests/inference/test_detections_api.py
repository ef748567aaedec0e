import json
import time
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator

from inference.models import Detection
from surveys.models import Image
from tests.factories.inference import a_detection, make_model_version, make_result_set, make_run, make_searched
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db


def url(image: Image, query: str = "") -> str:
    return f"/api/v1/images/{image.pk}/detections/{query}"


@pytest.fixture
def searched(cast: SimpleNamespace) -> SimpleNamespace:
    run = make_run(cast.survey)
    image = make_image(survey=cast.survey)
    make_searched(run, image, buffalo=1, zebra=2)
    return SimpleNamespace(run=run, image=image)


def test_columns_are_parallel_arrays_with_labels_by_index(cast: Any, as_user: Any, searched: Any) -> None:
    answer = as_user(cast.viewer).get(url(searched.image)).json()
    assert answer["labels"] == ["buffalo", "zebra"]
    assert sorted(answer["label"]) == [0, 1, 1]
    assert {len(answer[name]) for name in ("id", "left", "top", "right", "bottom", "score", "label", "state")} == {3}
    assert (answer["run"], answer["width"], answer["state"]) == (str(searched.run.pk), 1200, ["proposed"] * 3)


def test_rows_say_the_label_in_words(cast: Any, as_user: Any, searched: Any) -> None:
    answer = as_user(cast.viewer).get(url(searched.image, "?layout=rows")).json()
    assert sorted(row["label"] for row in answer["detections"]) == ["buffalo", "zebra", "zebra"]
    named = {"id", "left", "top", "right", "bottom", "score", "label", "state"}
    assert set(answer["detections"][0]) - named == {"model_label", "is_dropped"}


@pytest.mark.parametrize("layout", ["columns", "rows"])
def test_an_id_is_written_as_everywhere(cast: Any, as_user: Any, searched: Any, layout: str) -> None:
    answer = as_user(cast.viewer).get(url(searched.image, f"?layout={layout}")).json()
    ids = answer["id"] if layout == "columns" else [row["id"] for row in answer["detections"]]
    assert set(ids) == {str(pk) for pk in Detection.objects.values_list("pk", flat=True)}


def test_the_packed_layout_says_the_same_in_bytes(cast: Any, as_user: Any, searched: Any) -> None:
    Detection.objects.filter(label="buffalo").update(verdict="confirmed")
    plain = as_user(cast.viewer).get(url(searched.image)).json()
    packed = as_user(cast.viewer).get(url(searched.image, "?layout=packed")).content
    start = 4 + int.from_bytes(packed[:4], "little")
    header = json.loads(packed[4:start])
    numbers = np.frombuffer(packed, "<f4", 15, start).reshape(5, 3)
    for column, name in zip(numbers, ("left", "top", "right", "bottom", "score"), strict=True):
        assert column == pytest.approx(plain[name], abs=0.01)
    places, states = np.frombuffer(packed, "<u2", 3, start + 60), packed[start + 66 : start + 69]
    assert (places.tolist(), [header["states"][state] for state in states]) == (plain["label"], plain["state"])
    ids = packed[start + 69 :]
    assert [str(UUID(bytes=ids[i : i + 16])) for i in (0, 16, 32)] == plain["id"]
    assert (start % 4, len(ids), header["count"], header["labels"]) == (0, 48, 3, plain["labels"])


@pytest.mark.parametrize("has_run", [False, True])
def test_an_image_without_boxes_is_packed_as_well(cast: Any, as_user: Any, has_run: bool) -> None:
    image = make_image(survey=cast.survey)
    if has_run:
        make_searched(make_run(cast.survey), image)
    packed = as_user(cast.viewer).get(url(image, "?layout=packed")).content
    assert json.loads(packed[4:])["count"] == 0


def test_weak_detections_can_be_left_out(cast: Any, as_user: Any, searched: Any) -> None:
    weak = a_detection(searched.run, searched.image, score=0.3)
    weak.save()
    assert str(weak.pk) not in as_user(cast.viewer).get(url(searched.image, "?min_score=0.5")).json()["id"]


def test_another_run_of_the_survey_can_be_asked_for(cast: Any, as_user: Any, searched: Any) -> None:
    other = make_run(cast.survey, is_current=False)
    make_searched(other, searched.image, buffalo=5)
    client = as_user(cast.viewer)
    assert len(client.get(url(searched.image, f"?run={other.pk}")).json()["id"]) == 5
    assert len(client.get(url(searched.image)).json()["id"]) == 3


@pytest.mark.parametrize("is_current", [True, False])
@pytest.mark.parametrize("state", ["waiting", "failed", "searched"])
def test_an_answer_without_detections_says_whether_the_image_was_searched(
    cast: Any, as_user: Any, state: str, is_current: bool
) -> None:
    run, image = make_run(cast.survey, is_current=is_current), make_image(survey=cast.survey)
    if state == "searched":
        make_searched(run, image)
    else:
        make_result_set(run, image, state=state)
        Image.objects.filter(pk=image.pk).update(search_state=state if is_current else "none")
    answer = as_user(cast.viewer).get(url(image, f"?run={run.pk}")).json()
    assert (answer["id"], answer["search"]) == ([], state)


@pytest.mark.parametrize("layout", ["columns", "rows"])
def test_without_any_run_nothing_was_searched(cast: Any, as_user: Any, layout: str) -> None:
    answer = as_user(cast.viewer).get(url(make_image(survey=cast.survey), f"?layout={layout}")).json()
    assert (answer["run"], answer["search"]) == (None, "none")


def test_a_run_of_another_survey_is_unknown_here(cast: Any, as_user: Any, searched: Any) -> None:
    assert as_user(cast.viewer).get(url(searched.image, f"?run={make_run().pk}")).status_code == 404


def test_an_image_that_nothing_searched_has_no_boxes_and_no_run(cast: Any, as_user: Any) -> None:
    answer = as_user(cast.viewer).get(url(make_image(survey=cast.survey))).json()
    assert (answer["run"], answer["labels"], answer["id"]) == (None, [], [])


@pytest.mark.parametrize("query", ["?layout=xml", "?run=7", "?min_score=high", "?min_score=2"])
def test_nonsense_is_answered_by_field(cast: Any, as_user: Any, searched: Any, query: str) -> None:
    answer = as_user(cast.viewer).get(url(searched.image, query))
    assert answer.status_code == 400
    assert list(answer.json()) == [query[1:].split("=")[0]]


@pytest.mark.parametrize("layout", ["columns", "rows", "packed"])
@pytest.mark.parametrize("who", ["outsider", None])
def test_strangers_learn_nothing(cast: Any, as_user: Any, searched: Any, who: str | None, layout: str) -> None:
    client = as_user(who and getattr(cast, who))
    assert client.get(url(searched.image, f"?layout={layout}")).status_code == 404


@pytest.mark.parametrize("layout", ["columns", "packed"])
def test_the_same_answer_is_not_sent_twice(cast: Any, as_user: Any, searched: Any, layout: str) -> None:
    client, address = as_user(cast.viewer), url(searched.image, f"?layout={layout}")
    first = client.get(address)
    known = {"If-None-Match": first["ETag"]}
    assert client.get(address, headers=known).status_code == 304
    assert {"private", "no-cache"} <= set(first["Cache-Control"].split(", "))
    Detection.objects.update(verdict="confirmed")
    assert b"confirmed" in client.get(address, headers=known).content


@pytest.mark.slow
def test_ten_thousand_boxes_come_in_as_many_queries_as_ten_and_under_a_second(cast: Any, as_user: Any) -> None:
    run = make_run(cast.survey, model_version=make_model_version(card={"labels": ["buffalo"]}))
    few, many = make_image(survey=cast.survey), make_image(survey=cast.survey)
    boxes = [a_detection(run, many, left=float(i), score=i / 10_000) for i in range(10_000)]
    Detection.objects.bulk_create([a_detection(run, few), *boxes], batch_size=1000)
    client, queries, started = as_user(cast.viewer), [], 0.0
    for image in (few, many):
        started = time.process_time()
        with CaptureQueriesContext(connection) as context:
            answer = client.get(url(image)).json()
        queries.append(len(context))
    assert (len(answer["id"]), queries[0]) == (10_000, queries[1])
    assert answer["score"] == sorted(answer["score"], reverse=True)
    assert time.process_time() - started < 1


def test_both_layouts_are_what_the_schema_says(cast: Any, as_user: Any, searched: Any) -> None:
    parts = SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]
    client = as_user(cast.viewer)
    columns, rows = (client.get(url(searched.image, f"?layout={layout}")).json() for layout in ("columns", "rows"))
    assert set(columns) == set(parts["DetectionColumns"]["properties"])
    assert set(rows) == set(parts["DetectionRows"]["properties"])
    assert set(rows["detections"][0]) == set(parts["DetectionRow"]["properties"])
