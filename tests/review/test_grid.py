"""The boxes of one species in order, page by page, with a picture of each; and the page that shows them."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import simplejpeg
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inference.crop_sheets import write_crops
from inference.models import Detection, SpeciesRule
from review.grid import SORTS, least_sure
from review.said import Said
from review.verdicts import judge
from surveys.files import crop_sheet_path
from surveys.models import Image
from tests.factories.inference import a_detection, make_result_set, make_run, make_searched
from tests.factories.viewer import make_shown_image

pytestmark = pytest.mark.django_db
URL = "/api/v1/surveys/ruaha/detections/"
SCORES = (0.9, 0.4, 0.6, 0.6, 0.3, 0.26)


@pytest.fixture
def shown(cast: Any) -> SimpleNamespace:
    """Buffaloes of different scores and sizes on two images, and a zebra."""
    run = make_run(cast.survey)
    images = [make_shown_image(survey=cast.survey) for _ in range(2)]
    rows = []
    for n, score in enumerate(SCORES):
        rows.append(a_detection(run, images[n % 2], score=score, left=100.0 * n))
        rows[-1].right += (n * 7) % 5
    rows.append(a_detection(run, images[0], label="zebra", left=900.0))
    Detection.objects.bulk_create(rows)
    for image in images:
        make_result_set(run, image, state="searched", n_detections=0, searched_at="2026-01-01T00:00Z")
    return SimpleNamespace(run=run, images=images, boxes=rows)


def get(client: Any, **query: Any) -> Any:
    return client.get(URL, {"label": "buffalo", **query}).json()


def walked(client: Any, size: int, **query: Any) -> list[str]:
    """Ids page after page, as `next` leads."""
    found, answer = [], get(client, page_size=size, **query)
    while True:
        found += [row["id"] for row in answer["results"]]
        if not answer["next"]:
            return found
        assert len(answer["results"]) == size
        answer = client.get(answer["next"]).json()


def order_of(shown: SimpleNamespace, sort: str) -> Callable[[Detection], Any]:
    def area(box: Detection) -> float:
        return (box.right - box.left) * (box.bottom - box.top)

    pivot = least_sure(shown.run)
    return {
        "best": lambda box: -box.score,
        "lowest": lambda box: box.score,
        "near": lambda box: abs(box.score - pivot),
        "large": lambda box: -area(box),
        "small": area,
    }[sort]


@pytest.mark.parametrize("sort", list(SORTS))
@pytest.mark.parametrize("size", [1, 2, 4, 200])
def test_pages_hold_every_box_once_in_order(cast: Any, as_user: Any, shown: Any, sort: str, size: int) -> None:
    shown.run.model_version.card["score_threshold"] = 0.5  # "near" goes both ways from there
    shown.run.model_version.save()
    found = walked(as_user(cast.viewer), size, sort=sort)
    boxes = {str(box.pk): box for box in shown.boxes[:-1]}
    assert sorted(found) == sorted(boxes)
    keys = [order_of(shown, sort)(boxes[id]) for id in found]
    assert keys == sorted(keys)


def test_only_open_boxes_unless_others_are_asked_for(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    judge(shown.boxes[0], Said("rejected"), cast.reviewer)
    judge(shown.boxes[1], Said("relabelled", species="Eland", count=3), cast.analyst)
    client = as_user(cast.reviewer)
    assert [len(get(client, state=state)["results"]) for state in ("open", "rejected", "confirmed", "all")] == [
        4,
        1,
        0,
        6,
    ]
    assert len(walked(client, 1, state="all")) == 6
    mine, theirs = (get(client, state=state)["results"][0] for state in ("rejected", "relabelled"))
    assert mine["mine"] == {"verdict": "rejected", "species": "", "count": 1, "life": ""}
    assert (theirs["species"], theirs["count"], theirs["mine"]) == ("Eland", 3, None)


def test_labels_of_one_species_are_one_list_in_order(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    name = shown.run.model_version.name
    SpeciesRule.objects.create(survey=cast.survey, model_name=name, label="zebra", species="buffalo")
    client = as_user(cast.viewer)
    found = walked(client, 2)
    assert len(found) == 7
    assert {found[0], found[1]} == {str(shown.boxes[0].pk), str(shown.boxes[6].pk)}
    SpeciesRule.objects.update(is_dropped=True)
    assert len(walked(client, 2)) == 6


@pytest.mark.parametrize("change", [{"trashed_at": "2026-01-01T00:00Z"}, {"is_excluded": True}])
def test_images_that_do_not_count_are_left_out(cast: Any, as_user: Any, shown: Any, change: dict[str, Any]) -> None:
    Image.objects.filter(pk=shown.images[0].pk).update(**change)
    assert len(walked(as_user(cast.viewer), 200)) == 3


@pytest.mark.parametrize("after", ["x", "0.5", "0.5_x", "nan_00000000-0000-7000-8000-000000000000", "1_2,3_4"])
def test_a_place_that_is_none_is_refused(cast: Any, as_user: Any, shown: SimpleNamespace, after: str) -> None:
    refused = as_user(cast.viewer).get(URL, {"label": "buffalo", "after": after})
    assert (refused.status_code, list(refused.json())) == (400, ["after"])


def test_a_survey_without_a_search_has_no_boxes(cast: Any, as_user: Any) -> None:
    assert get(as_user(cast.viewer)) == {"next": None, "previous": None, "results": []}


def test_packed_holds_each_crop_behind_its_row(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    first, second = shown.boxes[0], shown.boxes[2]
    write_crops(crop_sheet_path(first.image_id, shown.run.pk), {second.pk: b"second", first.pk: b"the first"})
    body = as_user(cast.viewer).get(URL, {"label": "buffalo", "layout": "packed", "page_size": 2}).content
    length = int.from_bytes(body[:4], "little")
    rows, crops = json.loads(body[4 : 4 + length])["rows"], body[4 + length :]
    told = {rows[0]["id"]: crops[: rows[0]["crop"]], rows[1]["id"]: crops[rows[0]["crop"] :]}
    assert told[str(first.pk)] == b"the first"
    assert [row["crop"] for row in rows] == [9, len(crops) - 9]


def test_a_page_takes_as_many_queries_for_many_boxes_as_for_few(cast: Any, as_user: Any, shown: Any) -> None:
    numbers, client = [], as_user(cast.viewer)
    for size in (1, 6):
        with CaptureQueriesContext(connection) as captured:
            get(client, page_size=size, layout="rows")
        numbers.append(len(captured))
    assert numbers[0] == numbers[1] <= 9


# --- single crops -----------------------------------------------------------------------------------------------------
def test_a_crop_comes_from_the_sheet(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    box = shown.boxes[0]
    write_crops(crop_sheet_path(box.image_id, shown.run.pk), {box.pk: b"jpeg"})
    answer = as_user(cast.viewer).get(f"/api/v1/detections/{box.pk}/crop.jpg")
    assert (answer.content, answer["Content-Type"], answer["X-Content-Type-Options"]) == (
        b"jpeg",
        "image/jpeg",
        "nosniff",
    )


def test_without_a_sheet_it_is_cut_from_the_tiles(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    box = shown.boxes[3]
    answer = as_user(cast.viewer).get(f"/api/v1/detections/{box.pk}/crop.jpg")
    pixels = simplejpeg.decode_jpeg(answer.content)
    assert pixels.shape[:2] == (64, 64)
    middle = (box.left + box.right) / 2
    assert abs(int(pixels[32, 32, 0]) - (80 + 150 * middle / 1300)) < 8  # red grows to the right
    assert "max-age" in answer["Cache-Control"]


def test_until_the_pyramid_is_there_a_crop_is_not_kept(cast: Any, as_user: Any) -> None:
    run = make_run(cast.survey)
    image = make_shown_image(survey=cast.survey, is_full=False)
    make_searched(run, image, buffalo=1)
    answer = as_user(cast.viewer).get(f"/api/v1/detections/{Detection.objects.get().pk}/crop.jpg")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")


# --- the page ---------------------------------------------------------------------------------------------------------
def test_the_page_begins_with_the_species_of_which_most_are_left(cast: Any, as_user: Any) -> None:
    run = make_run(cast.survey)
    make_searched(run, buffalo=3, zebra=2)
    for box in Detection.objects.filter(label="buffalo")[:2]:
        judge(box, Said("uncertain"), cast.reviewer)
    page = as_user(cast.reviewer).get("/surveys/ruaha/review/")
    assert page.context["chosen"] == {"label": "zebra", "state": "open", "sort": "best"}
    assert [(each["left"].label, each["left"].n_open) for each in page.context["labels"]] == [
        ("buffalo", 1),
        ("zebra", 2),
    ]


def test_a_viewer_may_look_but_has_no_verdicts_to_give(cast: Any, as_user: Any) -> None:
    make_searched(make_run(cast.survey), buffalo=1)
    page = as_user(cast.viewer).get("/surveys/ruaha/review/")
    assert page.context["config"]["mayJudge"] is False
    assert b'data-command="rejected"' not in page.content


def test_what_an_address_names_is_escaped_and_what_it_cannot_mean_is_the_default(cast: Any, as_user: Any) -> None:
    make_searched(make_run(cast.survey), buffalo=1)
    query = {"label": "<script>alert(1)</script>", "state": "x", "sort": "y"}
    page = as_user(cast.viewer).get("/surveys/ruaha/review/", query)
    assert (page.context["chosen"]["state"], page.context["chosen"]["sort"]) == ("open", "best")
    assert b"<script>alert" not in page.content
