"""The tables of what people accepted: numbers where they are numbers, blanks everywhere else."""

import csv
import io
from types import SimpleNamespace
from typing import Any

import pytest

from inference.models import Detection
from inference.runs import make_current
from surveys.models import Image
from tests.factories.inference import make_result_set, make_run, make_searched
from tests.factories.surveys import make_image
from tests.review.test_verdicts import say, say_of_image

pytestmark = pytest.mark.django_db


def table(client: Any, name: str) -> list[dict[str, str]]:
    answer = client.get(f"/api/v1/surveys/ruaha/exports/{name}.csv")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


@pytest.fixture
def images(cast: Any) -> SimpleNamespace:
    run = make_run(cast.survey)

    def searched(name: str, **found: int) -> Image:
        return make_searched(run, make_image(survey=cast.survey, file_name=name), **found).image

    made = SimpleNamespace(
        failed=make_image(survey=cast.survey, file_name="failed", ingest_state="failed", failure="Cut short."),
        queued=make_image(survey=cast.survey, file_name="queued", search_state="waiting"),
        searched_empty=searched("searched empty"),
        reviewed_empty=searched("reviewed empty", buffalo=1),
        unusable=searched("unusable", buffalo=1),
        proposed=searched("proposed", buffalo=2),
        begun=searched("begun", buffalo=2),
        reviewed=searched("reviewed", buffalo=2, zebra=1),
    )
    make_result_set(run, made.queued)
    return made


def box(image: Image, place: int = 0) -> Detection:
    return Detection.objects.filter(image=image).order_by("label", "pk")[place]


def test_only_what_is_known_is_a_number(cast: Any, as_user: Any, images: SimpleNamespace) -> None:
    client = as_user(cast.reviewer)
    say(client, box(images.reviewed_empty), "rejected")
    say_of_image(client, images.reviewed_empty, "reviewed")
    say_of_image(client, images.unusable, "unusable", note="Fog")
    say(client, box(images.begun), "confirmed")
    say(client, box(images.reviewed), "confirmed", count=40)
    say(client, box(images.reviewed, 1), "duplicate")
    say(client, box(images.reviewed, 2), "relabelled", species="eland")
    say_of_image(client, images.reviewed, "reviewed")
    rows = {
        (row["file_name"], row["species"]): (row["n_animals"], row["n_so_far"]) for row in table(client, "image_counts")
    }
    by_name = {name: rows[name, "buffalo"] for name, _species in rows}
    assert by_name == {
        "failed": ("", "0"),
        "queued": ("", "0"),
        "searched empty": ("0", "0"),
        "reviewed empty": ("0", "0"),
        "unusable": ("", "0"),
        "proposed": ("", "0"),
        "begun": ("", "1"),
        "reviewed": ("40", "40"),
    }
    assert [rows["reviewed", species][0] for species in ("zebra", "eland")] == ["0", "1"]
    assert rows["searched empty", "eland"] == ("0", "0")


def test_every_row_says_what_was_and_what_was_not_done_to_it(cast: Any, as_user: Any, images: SimpleNamespace) -> None:
    say(as_user(cast.reviewer), box(images.reviewed), "confirmed", count=3)
    for name in ("image_counts", "observations"):
        row = table(as_user(cast.viewer), name)[-1]
        assert (row["note"], row["model"][:6]) == ("overlap not removed; misses not corrected", "model-")
        assert row["data_time"].endswith("Z")


def test_an_observation_names_who_accepted_what(cast: Any, as_user: Any, images: SimpleNamespace) -> None:
    detection = box(images.reviewed)
    say(as_user(cast.reviewer), detection, "confirmed", count=3)
    [row] = table(as_user(cast.viewer), "observations")
    assert (row["species"], row["n_animals"], row["reviewer"]) == ("buffalo", "3", "reviewer")
    assert (row["detection_id"], float(row["score"])) == (str(detection.pk), pytest.approx(detection.score))
    assert [float(row[side]) for side in ("left", "top", "right", "bottom")] == [
        detection.left, detection.top, detection.right, detection.bottom,
    ]  # fmt: skip


def test_what_is_taken_back_and_what_lies_in_the_trash_is_in_no_table(
    cast: Any, as_user: Any, images: SimpleNamespace
) -> None:
    client = as_user(cast.reviewer)
    say(client, box(images.reviewed), "confirmed")
    say(client, box(images.begun), "confirmed")
    say(client, box(images.reviewed), "open")
    Image.objects.filter(pk=images.begun.pk).update(trashed_at="2026-06-01T00:00Z")
    assert table(client, "observations") == []
    assert {row["n_so_far"] for row in table(client, "image_counts")} == {"0"}


def test_an_animal_stays_when_another_search_becomes_the_current_one(
    cast: Any, as_user: Any, images: SimpleNamespace
) -> None:
    say(as_user(cast.reviewer), box(images.reviewed), "confirmed")
    model = table(as_user(cast.viewer), "observations")[0]["model"]
    make_current(make_run(cast.survey, is_current=False), cast.owner)
    assert table(as_user(cast.viewer), "observations")[0]["model"] == model
