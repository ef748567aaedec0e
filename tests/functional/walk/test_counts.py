"""The tables say what the API and the rows say: box by box, count by count, blanks where nothing was searched."""

from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from tests.functional.walk.journey import ACCEPTED, PATHS, REFUSED, Walk

pytestmark = [pytest.mark.slow, pytest.mark.shared]

EMPTY_FOR_SURE = {"broken_exif_dpi.jpg", "exif_gps.jpg", "multiple_exif.jpg"}
"""Plain all over: nobody finds anything in them."""
COUNTS = ("n_detections", "n_confirmed", "n_rejected")
SIDES = ("left", "top", "right", "bottom")
BOXES = """
select d.id, i.file_name, d.label, d.score, d."left", d.top, d."right", d.bottom
from inference_detection d join surveys_image i on i.id = d.image_id
"""

Table = list[dict[str, str]]
Found = dict[UUID, tuple[Any, ...]]


@pytest.fixture(scope="module")
def tables(walk: Walk) -> dict[str, Table]:
    return {name: walk.table(name) for name in ("detection_counts", "image_counts_wide", "images", "detections")}


@pytest.fixture(scope="module")
def stored(walk: Walk) -> Found:
    """Every detection of the database by its id: file name, label, score, sides."""
    return {UUID(row[0]): tuple(row[1:]) for row in walk.stack.sql(BOXES)}


@pytest.fixture(scope="module")
def labels(walk: Walk) -> list[str]:
    (run,) = walk.page.request.get("/api/v1/surveys/ruaha/runs/").json()["results"]
    assert len(run["labels"]) == 80
    return run["labels"]


@pytest.fixture(scope="module")
def counted(stored: Found) -> Counter[tuple[str, str]]:
    """Detections by file name and label."""
    return Counter((name, label) for name, label, *_box in stored.values())


@pytest.fixture(scope="module")
def empty(stored: Found) -> set[str]:
    """Files that were searched and hold nothing."""
    return set(ACCEPTED) - {name for name, *_box in stored.values()}


def test_every_box_of_the_table_is_that_of_the_rows(tables: dict[str, Table], stored: Found) -> None:
    rows = tables["detections"]
    assert len(rows) == len(stored)
    told = {
        UUID(row["detection_id"]): (
            row["file_name"], row["label"], float(row["score"]), *(float(row[side]) for side in SIDES)
        )
        for row in rows
    }  # fmt: skip
    assert told == stored


def test_every_box_of_the_table_is_that_of_the_api(walk: Walk, tables: dict[str, Table]) -> None:
    told = {row["detection_id"]: row for row in tables["detections"]}
    for name in ACCEPTED:
        answer = walk.page.request.get(f"/api/v1/images/{walk.images[name]['id']}/detections/?layout=rows").json()
        for box in answer["detections"]:
            row = told.pop(box["id"])
            assert (row["file_name"], row["image_id"]) == (name, walk.images[name]["id"])
            assert (row["label"], float(row["score"])) == (box["label"], box["score"])
            assert [float(row[side]) for side in SIDES] == pytest.approx([box[side] for side in SIDES], abs=0.0051)
    assert told == {}


def test_the_long_table_counts_each_label_of_each_image(
    tables: dict[str, Table], counted: Counter[tuple[str, str]], labels: list[str]
) -> None:
    told = {(row["file_name"], row["label"]): row for row in tables["detection_counts"]}
    assert len(tables["detection_counts"]) == len(told)
    assert set(told) == {(name, label) for name in PATHS for label in labels}
    for (name, label), row in told.items():
        expected = ("", "", "") if name in REFUSED else (str(counted[name, label]), "0", "0")
        assert tuple(row[count] for count in COUNTS) == expected, (name, label)


def test_the_wide_table_counts_each_label_of_each_image(
    tables: dict[str, Table], counted: Counter[tuple[str, str]], labels: list[str]
) -> None:
    told = {row["file_name"]: row for row in tables["image_counts_wide"]}
    assert len(tables["image_counts_wide"]) == len(told)
    assert set(told) == set(PATHS)
    for name, row in told.items():
        expected = {label: "" if name in REFUSED else str(counted[name, label]) for label in labels}
        assert {label: row[label] for label in labels} == expected, name


def test_images_are_counted_alike_in_their_table_and_by_the_api(
    walk: Walk, tables: dict[str, Table], stored: Found
) -> None:
    totals = Counter(name for name, *_box in stored.values())
    expected = {name: None if name in REFUSED else totals[name] for name in PATHS}
    assert {name: walk.images[name]["n_detections"] for name in PATHS} == expected
    told = {row["file_name"]: row["n_detections"] for row in tables["images"]}
    assert told == {name: "" if count is None else str(count) for name, count in expected.items()}


def test_failed_images_are_blank_with_their_reason_and_empty_ones_zero(
    tables: dict[str, Table], empty: set[str], labels: list[str]
) -> None:
    assert empty >= EMPTY_FOR_SURE
    cells = {"detection_counts": COUNTS, "image_counts_wide": labels, "images": ["n_detections"]}
    for table, columns in cells.items():
        for name, outcome in REFUSED.items():
            rows = [row for row in tables[table] if row["file_name"] == name]
            assert {row[column] for row in rows for column in columns} == {""}, (table, name)
            assert {(row["image_state"], row["reason"]) for row in rows} == {("unreadable", outcome.sentence)}
        for name in empty:
            rows = [row for row in tables[table] if row["file_name"] == name]
            assert {row[column] for row in rows for column in columns} == {"0"}, (table, name)
            assert {(row["image_state"], row["reason"]) for row in rows} == {("searched", "")}


def test_only_images_with_detections_are_in_the_table_of_detections(tables: dict[str, Table], empty: set[str]) -> None:
    assert {row["file_name"] for row in tables["detections"]} == set(ACCEPTED) - empty
