"""Boxes, tables and pictures name species, keep the model's own word beside them, and lack what is left out."""

import csv
import io
import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inference.access import run_of_survey
from inference.api.exports import RecountBegunError
from inference.counts import label_counts
from inference.forecast_samples import scores_of_sample
from inference.models import Detection, SpeciesRule
from inference.species_saving import Said, set_species
from inference.transect_counts import transect_counts
from jobs.models import Job
from surveys.models import Image
from tests.factories.inference import make_model_version, make_run, make_searched
from viewer.annotated import _boxes
from viewer.comparison import compared, runs_on

pytestmark = pytest.mark.django_db
SAID = {"buffalo": Said("grazer"), "zebra": Said("grazer"), "boma": Said(is_dropped=True)}


@pytest.fixture
def found(cast: SimpleNamespace) -> SimpleNamespace:
    """An image with two buffaloes, a zebra and two bomas; buffalo and zebra are grazers here, bomas are left out."""
    version = make_model_version(name="plains", card={"labels": ["boma", "buffalo", "zebra", "kudu"]})
    run = make_run(cast.survey, model_version=version)
    image = make_searched(run, buffalo=2, zebra=1, boma=2).image
    set_species(cast.survey, "plains", SAID, cast.owner)
    image.refresh_from_db()
    return SimpleNamespace(run=run, image=image)


def boxes(client: Any, image: Image, query: str = "") -> Any:
    return client.get(f"/api/v1/images/{image.pk}/detections/?{query}")


def rows(client: Any, table: str) -> list[dict[str, str]]:
    answer = client.get(f"/api/v1/surveys/ruaha/exports/{table}.csv")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode(), newline="")))


def test_columns_name_species_and_beside_them_what_the_model_said(cast: Any, as_user: Any, found: Any) -> None:
    answer = boxes(as_user(cast.viewer), found.image).json()
    assert (answer["labels"], answer["label"], answer["dropped"]) == (["grazer", "kudu"], [0, 0, 0], [])
    assert answer["model_labels"] == ["boma", "buffalo", "zebra", "kudu"]
    assert sorted(answer["model_label"]) == [1, 1, 2]


def test_rows_say_it_in_words(cast: Any, as_user: Any, found: Any) -> None:
    answer = boxes(as_user(cast.viewer), found.image, "layout=rows&dropped=true").json()["detections"]
    assert sorted((row["label"], row["model_label"], row["is_dropped"]) for row in answer) == [
        ("boma", "boma", True),
        ("boma", "boma", True),
        ("grazer", "buffalo", False),
        ("grazer", "buffalo", False),
        ("grazer", "zebra", False),
    ]


def test_what_is_left_out_comes_when_asked_for_and_says_so(cast: Any, as_user: Any, found: Any) -> None:
    answer = boxes(as_user(cast.viewer), found.image, "dropped=true").json()
    assert (answer["labels"], answer["dropped"]) == (["grazer", "kudu", "boma"], [2])
    assert sorted(answer["label"]) == [0, 0, 0, 2, 2]


def test_a_left_out_label_and_a_species_of_one_name_stay_two(cast: Any, as_user: Any, found: Any) -> None:
    set_species(cast.survey, "plains", SAID | {"kudu": Said("boma")}, cast.owner)
    answer = boxes(as_user(cast.viewer), found.image, "dropped=true").json()
    assert (answer["labels"], answer["dropped"]) == (["grazer", "boma", "boma"], [2])
    assert sorted(answer["label"]) == [0, 0, 0, 2, 2]


def test_the_packed_layout_has_a_column_more_where_names_differ(cast: Any, as_user: Any, found: Any) -> None:
    plain = boxes(as_user(cast.viewer), found.image).json()
    packed = boxes(as_user(cast.viewer), found.image, "layout=packed").content
    start = 4 + int.from_bytes(packed[:4], "little")
    header = json.loads(packed[4:start])
    labels, said = np.frombuffer(packed, "<u2", 6, start + 60).reshape(2, 3)
    assert [header[name] for name in ("labels", "model_labels")] == [plain["labels"], plain["model_labels"]]
    assert (labels.tolist(), said.tolist()) == (plain["label"], plain["model_label"])
    assert len(packed) == start + 3 * (20 + 2 + 2 + 1 + 16)


def test_tables_name_species_and_lack_what_is_left_out(cast: Any, as_user: Any, found: Any) -> None:
    client = as_user(cast.viewer)
    counts = {row["label"]: row["n_detections"] for row in rows(client, "detection_counts")}
    assert counts == {"grazer": "3", "kudu": "0"}
    (wide,) = rows(client, "image_counts_wide")
    assert (wide["grazer"], wide["kudu"], "boma" in wide) == ("3", "0", False)
    assert rows(client, "images")[0]["n_detections"] == "3"
    said = [(row["label"], row["model_label"]) for row in rows(client, "detections")]
    assert sorted(said) == [("grazer", "buffalo"), ("grazer", "buffalo"), ("grazer", "zebra")]
    assert list(rows(client, "detections")[0])[-1] == "model_label"


def test_an_image_of_left_out_labels_alone_is_a_zero_in_tables(cast: Any, as_user: Any, found: Any) -> None:
    make_searched(found.run, boma=1)
    SpeciesRule.objects.all().delete()
    set_species(cast.survey, "plains", SAID, cast.owner)
    last = rows(as_user(cast.viewer), "detection_counts")[-1]
    assert (last["label"], last["n_detections"], last["image_state"]) == ("kudu", "0", "searched")


def test_no_table_is_given_out_while_half_of_the_counters_are_old(cast: Any, as_user: Any, found: Any) -> None:
    Job.objects.create(kind="recount_labels", queue="control", subject=found.image.pk, group=cast.survey.pk)
    answer = as_user(cast.viewer).get("/api/v1/surveys/ruaha/exports/detection_counts.csv")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "made anew" in answer.json()["detail"]
    Job.objects.update(state="done")
    assert as_user(cast.viewer).get("/api/v1/surveys/ruaha/exports/detection_counts.csv").status_code == 200


def test_a_table_breaks_off_where_species_change_as_it_is_begun(cast: Any, as_user: Any, found: Any) -> None:
    answer = as_user(cast.viewer).get("/api/v1/surveys/ruaha/exports/detection_counts.csv")
    Job.objects.create(kind="recount_labels", queue="control", subject=found.image.pk, group=cast.survey.pk)
    with pytest.raises(RecountBegunError):
        answer.getvalue()


def test_sums_a_label_and_a_transect_are_those_of_species(cast: Any, found: Any) -> None:
    run = run_of_survey(cast.survey, found.run.pk)
    Image.objects.update(transect="T1")
    assert [(count.label, count.n_detections, count.n_images) for count in label_counts(run)] == [
        ("grazer", 3, 1),
        ("kudu", 0, 0),
    ]
    by_transect = transect_counts(run)
    assert by_transect.labels == ("grazer", "kudu")
    assert by_transect.rows[0].counts == [("grazer", 3), ("kudu", 0)]


def test_a_forecast_of_the_review_leaves_out_what_nobody_reviews(found: Any) -> None:
    assert scores_of_sample(found.run, 0) == [[0.9, 0.9, 0.9]]


def test_boxes_drawn_into_the_image_name_both(cast: Any, found: Any) -> None:
    texts = sorted(box[4] for box in _boxes(cast.viewer, found.image, None, None))
    assert texts == ["grazer (buffalo) 0.90", "grazer (buffalo) 0.90", "grazer (zebra) 0.90"]


def test_two_searches_are_compared_by_species(cast: Any, found: Any) -> None:
    other = make_run(
        cast.survey, is_current=False, model_version=make_model_version(name="forest", card={"labels": ["grazer"]})
    )
    make_searched(other, found.image, grazer=1)
    boxes = compared(found.image, found.run, other)
    assert sorted(boxes["state"]) == ["grazer", "grazer", "grazer, there 0.90"]
    assert [one.n_boxes for one in runs_on(found.image)] == [1, 3]


def test_the_image_page_tells_what_it_does_not_draw_and_draws_it_when_asked(
    cast: Any, as_user: Any, found: Any
) -> None:
    client = as_user(cast.viewer)
    page, asked = (client.get(f"/images/{found.image.pk}/{query}").content.decode() for query in ("", "?dropped=1"))
    assert "2 boxes of labels that this survey leaves out are not drawn." in page
    assert "dropped=true" not in page
    assert "They count nowhere." in asked
    assert "layout=packed\\u0026dropped=true" in asked


def test_an_image_on_which_all_is_left_out_says_that_nothing_was_found(cast: Any, as_user: Any, found: Any) -> None:
    Detection.objects.exclude(label="boma").delete()
    Image.objects.update(n_detections=0)
    client = as_user(cast.viewer)
    page, asked = (client.get(f"/images/{found.image.pk}/{query}").content.decode() for query in ("", "?dropped=1"))
    assert "Searched, nothing found" in page
    assert ('data-part="list"' in page, 'data-part="list"' in asked) == (False, True)


def test_ten_rules_take_no_more_queries_than_none(cast: Any, as_user: Any, found: Any) -> None:
    client, taken = as_user(cast.viewer), []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            boxes(client, found.image)
        taken.append(len(queries))
        SpeciesRule.objects.all().delete()
    assert taken[0] == taken[1]
