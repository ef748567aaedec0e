import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inference.models import Detection, ResultSet, SpeciesRule
from surveys.models import Image, ImageLabel
from tests.factories.inference import a_detection, make_model_version, make_result_set, make_run, make_searched
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db
IMAGE = ["survey", "image_id", "file_name", "path", "sha256", "captured_at", "transect", "camera"]
COUNTS = ["label", "n_detections", "n_confirmed", "n_rejected"]
CONTRACT = [*IMAGE, *COUNTS, "model", "model_version", "run", "threshold", "mode", "image_state", "review_state"]


@pytest.fixture
def fetch(cast: SimpleNamespace, as_user: Any) -> Any:
    """`fetch(table, query, who)`: the rows of an export as dictionaries."""

    def rows(table: str, query: str = "", who: str = "viewer") -> list[dict[str, str]]:
        answer = as_user(getattr(cast, who)).get(f"/api/v1/surveys/ruaha/exports/{table}.csv{query}")
        assert answer.status_code == 200
        return list(csv.DictReader(io.StringIO(answer.getvalue().decode(), newline="")))

    return rows


def counts_of(rows: list[dict[str, str]], image: Image) -> dict[str, str]:
    return {row["label"]: row["n_detections"] for row in rows if row["image_id"] == str(image.pk)}


def test_the_columns_are_those_that_programs_rely_on(cast: Any, fetch: Any) -> None:
    make_searched(make_run(cast.survey), buffalo=1)
    columns = list(fetch("detection_counts")[0])
    assert [name for name in columns if name in CONTRACT] == CONTRACT


def test_every_image_has_a_row_for_every_label_of_the_model(cast: Any, fetch: Any) -> None:
    run = make_run(cast.survey)
    one, none = make_searched(run, buffalo=3).image, make_searched(run).image
    rows = fetch("detection_counts")
    assert counts_of(rows, one) == {"buffalo": "3", "zebra": "0"}
    assert counts_of(rows, none) == {"buffalo": "0", "zebra": "0"}


@pytest.mark.parametrize(
    ("image", "result", "state"),
    [
        ({"ingest_state": "failed", "failure": "Cut short."}, None, "unreadable"),
        ({"ingest_state": "waiting"}, None, "unread"),
        ({}, None, "not_searched"),
        ({}, {"state": "waiting"}, "waiting"),
        ({}, {"state": "failed", "failure": "Cut short."}, "search_failed"),
        ({}, {"state": "cancelled"}, "not_searched"),
    ],
)
def test_only_a_searched_image_has_counts(cast: Any, fetch: Any, image: Any, result: Any, state: str) -> None:
    run, missing = make_run(cast.survey), make_image(survey=cast.survey, **image)
    if result:
        make_result_set(run, missing, **result)
    rows = fetch("detection_counts")
    assert counts_of(rows, missing) == {"buffalo": "", "zebra": ""}
    assert {row["n_confirmed"] + row["n_rejected"] for row in rows} == {""}
    assert {row["image_state"] for row in rows} == {state}
    assert {row["reason"] for row in rows} == ({"Cut short."} if "fail" in str(image) + str(result) else {""})


def test_counts_of_people_stand_beside_those_of_the_model(cast: Any, fetch: Any) -> None:
    make_searched(make_run(cast.survey), buffalo=3)
    ImageLabel.objects.update(n_confirmed=2, n_rejected=1)
    (row,) = [row for row in fetch("detection_counts") if row["label"] == "buffalo"]
    assert (row["n_detections"], row["n_confirmed"], row["n_rejected"]) == ("3", "2", "1")


def test_a_label_that_only_people_gave_gets_rows_too(cast: Any, fetch: Any) -> None:
    run = make_run(cast.survey)
    image = make_searched(run, buffalo=1).image
    ImageLabel.objects.create(image=image, run=run.pk, label="warthog", n_confirmed=1)
    assert counts_of(fetch("detection_counts"), image) == {"buffalo": "1", "zebra": "0", "warthog": "0"}


def test_without_a_search_every_image_is_listed_without_label_and_counts(cast: Any, fetch: Any) -> None:
    image = make_image(survey=cast.survey)
    (row,) = fetch("detection_counts")
    assert (row["image_id"], row["label"], row["n_detections"], row["model"]) == (str(image.pk), "", "", "")
    assert row["image_state"] == "not_searched"


def test_another_run_can_be_exported(cast: Any, fetch: Any) -> None:
    image = make_image(survey=cast.survey)
    former, current = make_run(cast.survey, is_current=False), make_run(cast.survey)
    make_searched(former, image, buffalo=5)
    make_searched(current, image, buffalo=1)
    assert counts_of(fetch("detection_counts", f"?run={former.pk}"), image)["buffalo"] == "5"
    assert counts_of(fetch("detection_counts"), image)["buffalo"] == "1"


def test_the_row_says_which_model_at_which_threshold(cast: Any, fetch: Any) -> None:
    run = make_run(cast.survey, model_version=make_model_version(name="plains", version="3"), threshold=0.4)
    make_searched(run)
    row = fetch("detection_counts")[0]
    assert (row["model"], row["model_version"], row["run"], row["threshold"]) == ("plains", "3", str(run.pk), "0.4")


def test_every_table_says_in_which_mode_the_model_was_computed(cast: Any, fetch: Any) -> None:
    make_searched(make_run(cast.survey, mode="turbo"), buffalo=1)
    for table in ("detection_counts", "image_counts_wide", "detections", "images"):
        assert {row["mode"] for row in fetch(table)} == {"turbo"}


def test_a_model_of_which_every_label_is_left_out_has_counted_nothing(cast: Any, fetch: Any) -> None:
    run = make_run(cast.survey, model_version=make_model_version(card={"labels": ["boma"]}))
    make_searched(run)
    rule = {"survey": cast.survey, "model_name": run.model_version.name, "label": "boma", "species": "boma"}
    SpeciesRule.objects.create(**rule, is_dropped=True)
    (row,) = fetch("detection_counts")
    assert (row["label"], row["n_detections"], row["image_state"]) == ("", "", "searched")


def test_times_are_utc_and_excluded_images_are_marked(cast: Any, fetch: Any) -> None:
    make_image(survey=cast.survey, captured_at=datetime(2026, 10, 1, 6, 30, tzinfo=UTC), is_excluded=True)
    (row,) = fetch("detection_counts")
    assert (row["captured_at"], row["excluded"]) == ("2026-10-01T06:30:00Z", "true")


def test_images_in_the_trash_and_of_other_surveys_are_left_out(cast: Any, fetch: Any) -> None:
    make_image(survey=cast.survey, trashed_at="2026-01-01T00:00Z")
    make_image()
    assert fetch("detection_counts") == []


def test_the_wide_table_has_a_row_an_image_and_a_column_a_label(cast: Any, fetch: Any) -> None:
    run = make_run(cast.survey)
    make_searched(run, zebra=4)
    make_image(survey=cast.survey)
    searched, missing = fetch("image_counts_wide")
    assert (searched["buffalo"], searched["zebra"]) == ("0", "4")
    assert (missing["buffalo"], missing["zebra"], missing["image_state"]) == ("", "", "not_searched")


def test_hostile_names_and_labels_cannot_run_in_a_spreadsheet(cast: Any, fetch: Any) -> None:
    run = make_run(cast.survey, model_version=make_model_version(card={"labels": ["=cmd|' /C calc'!A0"]}))
    make_searched(run, make_image(survey=cast.survey, file_name="=1+1.JPG", path=" @SUM(A1)", camera="-5.2"))
    (row,) = fetch("detection_counts")
    assert (row["file_name"], row["path"], row["camera"]) == ("'=1+1.JPG", "' @SUM(A1)", "-5.2")
    assert row["label"] == "'=cmd|' /C calc'!A0"
    assert "'=cmd|' /C calc'!A0" in fetch("image_counts_wide")[0]


def test_a_row_a_detection(cast: Any, fetch: Any) -> None:
    run = make_run(cast.survey)
    image = make_searched(run, buffalo=2).image
    first, second = fetch("detections")
    assert (first["image_id"], first["label"], first["left"], second["left"]) == (
        str(image.pk),
        "buffalo",
        "0.0",
        "20.0",
    )
    assert first["detection_id"] != second["detection_id"]
    assert (first["image_width"], first["score"], first["verdict"]) == ("1200", "0.9", "")


@pytest.mark.parametrize(
    ("who", "latitude", "is_exact"), [("analyst", "-7.123456", "true"), ("viewer", "-7.15", "false")]
)
def test_positions_come_as_far_as_the_reader_may_see(
    cast: Any, fetch: Any, who: str, latitude: str, is_exact: str
) -> None:
    image = make_image(survey=cast.survey, latitude=-7.123456, longitude=34.9)
    make_searched(make_run(cast.survey), image, buffalo=1)
    (row,) = fetch("detections", who=who)
    assert (row["latitude"], row["position_is_exact"]) == (latitude, is_exact)


def test_a_viewer_finds_the_exact_position_nowhere_in_any_table(cast: Any, as_user: Any) -> None:
    image = make_image(survey=cast.survey, latitude=-7.123456, longitude=34.987654)
    make_searched(make_run(cast.survey), image, buffalo=1)
    for table in ("detection_counts", "image_counts_wide", "detections"):
        text = as_user(cast.viewer).get(f"/api/v1/surveys/ruaha/exports/{table}.csv").getvalue().decode()
        assert "123456" not in text
        assert "987654" not in text


@pytest.mark.parametrize("table", ["detection_counts", "image_counts_wide", "detections"])
def test_an_export_takes_as_many_queries_for_many_images(cast: Any, as_user: Any, table: str) -> None:
    run, client, taken = make_run(cast.survey), as_user(cast.viewer), []
    for _ in range(2):
        for _ in range(10):
            make_searched(run, buffalo=2)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/api/v1/surveys/ruaha/exports/{table}.csv").getvalue()
        taken.append(len(queries))
    assert taken[0] == taken[1]


def test_the_file_has_a_name_that_says_what_it_is(cast: Any, as_user: Any) -> None:
    answer = as_user(cast.viewer).get("/api/v1/surveys/ruaha/exports/detection_counts.csv")
    assert answer["Content-Disposition"].startswith('attachment; filename="ruaha-detection-counts-2')
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize(("who", "status"), [("viewer", 200), ("administrator", 200), ("outsider", 404), (None, 404)])
def test_only_members_export(cast: Any, as_user: Any, who: str | None, status: int) -> None:
    client = as_user(who and getattr(cast, who))
    assert client.get("/api/v1/surveys/ruaha/exports/detections.csv").status_code == status


@pytest.mark.parametrize("path", ["estimates.csv", f"detections.csv?run={'0' * 8}-0000-7000-8000-000000000000"])
def test_an_unknown_table_or_run_is_not_found(cast: Any, as_user: Any, path: str) -> None:
    assert as_user(cast.viewer).get(f"/api/v1/surveys/ruaha/exports/{path}").status_code == 404


def test_counts_boxes_and_the_api_agree(cast: Any, as_user: Any, fetch: Any) -> None:
    run, image = make_run(cast.survey), make_image(survey=cast.survey)
    make_searched(run, image, buffalo=2, zebra=1)
    boxes = as_user(cast.viewer).get(f"/api/v1/images/{image.pk}/detections/?layout=rows").json()["detections"]
    assert {box["id"] for box in boxes} == {row["detection_id"] for row in fetch("detections")}
    for label, number in counts_of(fetch("detection_counts"), image).items():
        assert int(number) == sum(box["label"] == label for box in boxes)


def test_detections_of_images_in_the_trash_are_left_out(cast: Any, fetch: Any) -> None:
    run = make_run(cast.survey)
    image = make_image(survey=cast.survey, trashed_at="2026-01-01T00:00Z")
    Detection.objects.bulk_create([a_detection(run, image)])
    assert fetch("detections") == []


def test_a_label_named_like_a_column_is_told_from_it(cast: Any, fetch: Any) -> None:
    run = make_run(cast.survey, model_version=make_model_version(card={"labels": ["camera"]}))
    make_searched(run, make_image(survey=cast.survey, camera="Canon"), camera=3)
    (row,) = fetch("image_counts_wide")
    assert (row["camera"], row["camera (label)"]) == ("Canon", "3")


def test_every_table_names_the_pre_filter_and_says_how_much_of_an_image_was_searched(cast: Any, fetch: Any) -> None:
    screen = make_model_version(name="starter", version="2")
    run = make_run(cast.survey, screen=screen, screen_threshold=0.4, random_share=0.1)
    result = make_searched(run, buffalo=1)
    ResultSet.objects.filter(pk=result.pk).update(
        n_patches=54, n_passed=2, n_at_random=5, n_lost=1, lost_squared=1, most_lost=1
    )
    make_image(survey=cast.survey)
    for table in ("detection_counts", "image_counts_wide", "images"):
        rows = fetch(table)
        seen = [[row[name] for name in ("pre_filter", "n_patches", "n_passed", "n_at_random")] for row in rows]
        assert seen[0] == ["starter 2", "54", "2", "5"]
        assert seen[-1] == ["starter 2", "", "", ""]
    assert {row["pre_filter"] for row in fetch("detections")} == {"starter 2"}


def test_without_a_pre_filter_its_columns_are_blank(cast: Any, fetch: Any) -> None:
    result = make_searched(make_run(cast.survey), buffalo=1)
    ResultSet.objects.filter(pk=result.pk).update(n_patches=54)
    row = fetch("detection_counts")[0]
    assert [row[name] for name in ("pre_filter", "n_patches", "n_passed", "n_at_random")] == ["", "54", "", ""]
    assert fetch("uncertain_patches") == []


def test_every_column_is_explained(cast: Any, fetch: Any) -> None:
    make_searched(make_run(cast.survey), buffalo=1)
    explained = (Path(__file__).parent.parent.parent / "docs" / "exports.md").read_text()
    for table in ("detection_counts", "detections", "images"):
        assert [name for name in fetch(table)[0] if f"`{name}`" not in explained] == []
