"""Blank is not zero: in every table, in every format, and on the page."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from review.exports import TABLES
from tests.factories.inference import make_run, make_searched
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db
# By image: its animals, in whatever table. Each image is a transect of its own.
EXPECTED = {"failed": None, "queued": None, "searched empty": 0, "reviewed empty": 0, "unusable": None}
# Table, and the column of its number; of the species in a row of its own where there is one.
COUNTING = [
    ("image_counts", "n_animals"),
    ("image_counts", "n_carcasses"),
    ("image_animals_wide", "buffalo"),
    ("transect_counts", "n_animals"),
    ("transect_counts", "n_carcasses"),
    ("transect_counts", "n_on_final_images"),
    ("transect_counts_wide", "buffalo"),
    ("detection_counts", "n_detections"),
    ("image_counts_wide", "buffalo"),
    ("images", "n_detections"),
]
Rows = list[dict[str, Any]]
ROOT = Path(__file__).parents[2]


def of_csv(content: bytes) -> Rows:
    rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
    return [{name: numbered(cell) for name, cell in row.items()} for row in rows]


def numbered(cell: str) -> Any:
    return int(cell) if cell.isdigit() else cell or None


def of_xlsx(content: bytes) -> Rows:
    header, *rows = load_workbook(io.BytesIO(content)).worksheets[0].values
    return [dict(zip(header, row, strict=True)) for row in rows]


def of_geojson(content: bytes) -> Rows:
    return [feature["properties"] for feature in json.loads(content)["features"]]


READERS = {"csv": of_csv, "xlsx": of_xlsx, "geojson": of_geojson}


def fetch(client: Any, table: str, form: str = "csv") -> Rows:
    answer = client.get(f"/api/v1/surveys/ruaha/exports/{table}.{form}")
    assert answer.status_code == 200
    return READERS[form](answer.getvalue())


def known(rows: Rows, column: str) -> dict[str, Any]:
    """By image or transect."""
    of_species = [row for row in rows if (row.get("species") or row.get("label") or "buffalo") == "buffalo"]
    return {row.get("file_name") or row["transect"]: row[column] for row in of_species}


@pytest.mark.parametrize("form", ["csv", pytest.param("xlsx", marks=pytest.mark.slow)])
def test_what_is_not_known_is_blank_in_every_table(every_state: Any, cast: Any, as_user: Any, form: str) -> None:
    client = as_user(cast.viewer)
    for table, column in COUNTING:
        numbers = known(fetch(client, table, form), column)
        told = {name: numbers[name] for name in EXPECTED}
        is_proposed = table in ("detection_counts", "image_counts_wide", "images")
        expected = EXPECTED | ({"reviewed empty": 1} if is_proposed else {})  # the model did propose one there
        assert told == expected, (table, column)


def test_what_is_not_known_is_blank_on_the_map_too(every_state: Any, cast: Any, as_user: Any) -> None:
    numbers = known(fetch(as_user(cast.viewer), "images", "geojson"), "n_detections")
    assert {name: numbers[name] for name in EXPECTED} == EXPECTED | {"reviewed empty": 1}


@pytest.mark.slow
@pytest.mark.parametrize(("table", "column"), [(t, c) for t, c in COUNTING if "animals" in t + c or "transect" in t])
def test_groups_are_counted_and_duplicates_are_not(
    every_state: Any, cast: Any, as_user: Any, table: str, column: str
) -> None:
    expected = 0 if column == "n_carcasses" else 40
    assert known(fetch(as_user(cast.viewer), table), column)["reviewed"] == expected


def test_every_table_has_a_column_of_its_numbers_in_this_list(every_state: Any, cast: Any, as_user: Any) -> None:
    """A new table of counts is held to the same."""
    assert set(TABLES) - {table for table, _column in COUNTING} == {"observations", "detections", "uncertain_patches"}


@pytest.mark.slow
@pytest.mark.parametrize("table", ["observations", "image_counts", "image_animals_wide", "transect_counts"])
def test_every_row_names_the_search_who_reviewed_when_and_what_was_not_done(
    every_state: Any, cast: Any, as_user: Any, table: str
) -> None:
    row = next(
        row for row in fetch(as_user(cast.viewer), table) if "reviewed" in (row.get("file_name"), row["transect"])
    )
    assert row.get("reviewer", row.get("reviewers")) == "reviewer"
    assert (row["note"], row["threshold"], row["data_time"][-1]) == (
        "overlap not removed; misses not corrected", "0.25", "Z",
    )  # fmt: skip
    assert "latest" in row["whose_verdict"]
    assert row["run"]


@pytest.mark.parametrize("table", ["observations", "image_counts", "transect_counts_wide", "detections"])
def test_a_workbook_holds_what_the_csv_holds(every_state: Any, cast: Any, as_user: Any, table: str) -> None:
    client = as_user(cast.viewer)
    of_book, of_text = fetch(client, table, "xlsx"), fetch(client, table, "csv")
    assert [list(row) for row in of_book] == [list(row) for row in of_text]
    assert [row.get("n_animals") for row in of_book] == [row.get("n_animals") for row in of_text]


def test_a_workbook_says_what_it_is_on_a_second_sheet(every_state: Any, cast: Any, as_user: Any) -> None:
    answer = as_user(cast.viewer).get("/api/v1/surveys/ruaha/exports/image_counts.xlsx")
    about = dict(load_workbook(io.BytesIO(answer.getvalue()))["about"].values)
    assert about["survey"].endswith("(ruaha)")
    assert "Blank is not zero" in about["blank"]
    assert "latest" in about["whose_verdict"]
    assert re.fullmatch(r'attachment; filename="ruaha-image-counts-[-\d]+\.xlsx"', answer["Content-Disposition"])


def test_a_file_name_that_is_a_formula_runs_in_no_workbook(cast: Any, as_user: Any) -> None:
    make_searched(make_run(cast.survey), make_image(survey=cast.survey, file_name="=1+1.JPG"))
    content = as_user(cast.viewer).get("/api/v1/surveys/ruaha/exports/images.xlsx").getvalue()
    cell = load_workbook(io.BytesIO(content)).worksheets[0]["C2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1.JPG", "s", True)


@pytest.mark.parametrize(("who", "place"), [("viewer", [34.95, -7.15]), ("analyst", [34.92, -7.123456])])
def test_an_observation_stands_at_the_place_of_its_image_as_far_as_one_may_see_it(
    every_state: Any, cast: Any, as_user: Any, who: str, place: list[float]
) -> None:
    answer = as_user(getattr(cast, who)).get("/api/v1/surveys/ruaha/exports/observations.geojson")
    found = json.loads(answer.getvalue())
    (feature,) = found["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": place}
    assert feature["properties"]["position_is_exact"] is (who == "analyst")
    assert (found["type"], feature["type"]) == ("FeatureCollection", "Feature")
    assert "not of the animal" in found["points"]
    assert answer["Content-Type"] == "application/geo+json"


def test_without_a_position_the_geometry_is_null(cast: Any, as_user: Any) -> None:
    make_image(survey=cast.survey)
    content = as_user(cast.viewer).get("/api/v1/surveys/ruaha/exports/images.geojson").getvalue()
    assert json.loads(content)["features"][0]["geometry"] is None


def test_what_has_no_place_is_no_map(cast: Any, as_user: Any) -> None:
    for table in ("image_counts", "transect_counts", "nonsense"):
        assert as_user(cast.viewer).get(f"/api/v1/surveys/ruaha/exports/{table}.geojson").status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_column_of_every_table_is_explained(every_state: Any, cast: Any, as_user: Any, table: str) -> None:
    explained = (ROOT / "docs" / "exports.md").read_text()
    answer = as_user(cast.viewer).get(f"/api/v1/surveys/ruaha/exports/{table}.csv").getvalue().decode()
    columns = set(next(csv.reader(io.StringIO(answer)))) - {"buffalo", "zebra"}
    assert f"`{table}.csv`" in explained
    assert [name for name in columns if f"`{name}`" not in explained] == []
