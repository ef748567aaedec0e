"""A new search over images that people reviewed: what they said is carried over, and no animal is counted twice."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from inference.models import Detection, ResultSet, Run
from inference.runs import make_current
from inference.signals import image_detected
from review.models import Carried, Review
from surveys.models import Image, ImageLabel, Observation
from tests.factories.inference import make_model_version, make_result_set, make_run
from tests.factories.surveys import make_image
from tests.review.test_drawn import change, draw
from tests.review.test_verdicts import counted, say, say_of_image

pytestmark = pytest.mark.django_db
SEARCHED_AT = "2026-01-01T00:00Z"
Box = tuple[str, float, int]  # label, score, left; 40 pixels wide and high


def search(run: Run, image: Image, *boxes: Box) -> list[Detection]:
    """What a search of the image writes, and tells, in one transaction."""
    result = make_result_set(run, image, state="searched", n_detections=len(boxes), searched_at=SEARCHED_AT)
    found = [
        Detection(run=run, image=image, label=label, score=score, left=left, right=left + 40, top=100, bottom=140)
        for label, score, left in boxes
    ]
    Detection.objects.bulk_create(found)
    counters = Counter(label for label, *_rest in boxes).items()
    ImageLabel.objects.bulk_create(ImageLabel(image=image, run=run.pk, label=of, n_detections=n) for of, n in counters)
    image_detected.send(ResultSet, result_set=result)
    return list(Detection.objects.filter(run=run, image=image).order_by("left"))


def verdicts(run: Run) -> list[str]:
    return list(Detection.objects.filter(run=run).order_by("left").values_list("verdict", flat=True))


def carried(run: Run) -> dict[str, tuple[int, int]]:
    return {row.label: (row.n_matched, row.n_suppressed) for row in ImageLabel.objects.filter(run=run.pk)}


@pytest.fixture
def reviewed(cast: Any, as_user: Any) -> SimpleNamespace:
    """An image on which a reviewer confirmed a buffalo (forty of them), rejected one, and called one a duplicate."""
    first, image = make_run(cast.survey), make_image(survey=cast.survey)
    boxes = search(first, image, ("buffalo", 0.9, 0), ("buffalo", 0.4, 100), ("buffalo", 0.8, 200))
    client = as_user(cast.reviewer)
    say(client, boxes[0], "confirmed", count=40)
    say(client, boxes[1], "rejected")
    say(client, boxes[2], "duplicate")
    second = make_run(cast.survey, is_current=False, model_version=make_model_version())
    return SimpleNamespace(first=first, second=second, image=image, boxes=boxes, client=client)


def test_only_what_is_new_asks_for_attention_and_what_was_said_stays_untouched(reviewed: SimpleNamespace) -> None:
    before = list(Review.objects.values()), list(Observation.objects.values()), verdicts(reviewed.first)
    boxes = (
        ("buffalo", 0.7, 5),
        ("buffalo", 0.5, 105),
        ("buffalo", 0.8, 195),
        ("buffalo", 0.6, 400),
        ("zebra", 0.5, 500),
    )
    search(reviewed.second, reviewed.image, *boxes)
    assert verdicts(reviewed.second) == ["matched", "suppressed", "suppressed", "", ""]
    assert carried(reviewed.second) == {"buffalo": (1, 2), "zebra": (0, 0)}
    assert (list(Review.objects.values()), list(Observation.objects.values()), verdicts(reviewed.first)) == before


@pytest.mark.parametrize(("box", "is_shown"), [(("buffalo", 0.64, 100), False), (("buffalo", 0.66, 100), True),
                                               (("zebra", 0.3, 100), True), (("buffalo", 0.5, 114), True)])  # fmt: skip
def test_a_rejected_box_is_shown_again_under_another_name_or_much_surer(
    reviewed: SimpleNamespace, box: Box, is_shown: bool
) -> None:
    search(reviewed.second, reviewed.image, box)
    assert verdicts(reviewed.second) == (["" if is_shown else "suppressed"])


def test_who_confirms_a_matched_box_counts_no_second_animal(reviewed: SimpleNamespace) -> None:
    again = search(reviewed.second, reviewed.image, ("buffalo", 0.7, 5))[0]
    assert say(reviewed.client, again, "confirmed").status_code == 201
    assert counted() == [("buffalo", 40)]
    assert verdicts(reviewed.second) == ["matched"]
    assert Review.objects.latest("created_at").detection == reviewed.boxes[0].pk


def test_who_rejects_a_matched_box_rejects_the_animal_and_may_bring_it_back(reviewed: SimpleNamespace) -> None:
    again = search(reviewed.second, reviewed.image, ("buffalo", 0.99, 5))[0]
    say(reviewed.client, again, "rejected")
    assert (counted(), verdicts(reviewed.first)[0], verdicts(reviewed.second)) == ([], "rejected", ["suppressed"])
    say(reviewed.client, again, "confirmed", count=3)
    assert (counted(), verdicts(reviewed.first)[0], verdicts(reviewed.second)) == (
        [("buffalo", 3)], "confirmed", ["matched"],
    )  # fmt: skip


def test_a_box_of_another_species_asks_for_attention_but_makes_no_second_animal(reviewed: SimpleNamespace) -> None:
    other = search(reviewed.second, reviewed.image, ("zebra", 0.7, 5))[0]
    assert (verdicts(reviewed.second), Carried.objects.get().kind) == ([""], "differs")
    say(reviewed.client, other, "confirmed")
    assert (counted(), verdicts(reviewed.first)[0]) == ([("zebra", 40)], "relabelled")
    assert verdicts(reviewed.second) == ["matched"]


def test_a_suppressed_box_is_reopened_and_stays_open(reviewed: SimpleNamespace) -> None:
    again = search(reviewed.second, reviewed.image, ("buffalo", 0.5, 100))[0]
    say(reviewed.client, again, "open")
    assert (verdicts(reviewed.second), carried(reviewed.second)) == ([""], {"buffalo": (0, 0)})
    say(reviewed.client, reviewed.boxes[1], "rejected")
    assert verdicts(reviewed.second) == [""]
    say(reviewed.client, again, "confirmed")
    assert sorted(counted()) == [("buffalo", 1), ("buffalo", 40)]


def test_what_is_said_later_of_the_former_search_is_carried_over_too(reviewed: SimpleNamespace) -> None:
    search(reviewed.second, reviewed.image, ("buffalo", 0.7, 5), ("buffalo", 0.5, 100))
    say(reviewed.client, reviewed.boxes[0], "open")
    say(reviewed.client, reviewed.boxes[1], "confirmed")
    assert verdicts(reviewed.second) == ["", "matched"]
    assert carried(reviewed.second) == {"buffalo": (1, 0)}


def test_an_animal_is_matched_by_one_box_alone(reviewed: SimpleNamespace) -> None:
    search(reviewed.second, reviewed.image, ("buffalo", 0.7, 5), ("buffalo", 0.9, 3))
    assert sorted(verdicts(reviewed.second)) == ["", "matched"]


def test_the_box_that_fits_a_drawn_animal_is_that_animal(reviewed: SimpleNamespace) -> None:
    draw(reviewed.client, reviewed.image, species="buffalo", left=300, top=100, right=340, bottom=140)
    again = search(reviewed.second, reviewed.image, ("buffalo", 0.7, 302))[0]
    assert verdicts(reviewed.second) == ["matched"]
    say(reviewed.client, again, "confirmed", count=2)
    assert sorted(counted()) == [("buffalo", 2), ("buffalo", 40)]
    change(reviewed.client, Observation.objects.get(detection=None), verdict="rejected")
    assert verdicts(reviewed.second) == ["suppressed"]


def test_what_somebody_judged_in_the_new_search_is_matched_in_the_former(reviewed: SimpleNamespace) -> None:
    """A search may run beside the one that people review."""
    fresh = search(reviewed.second, reviewed.image, ("buffalo", 0.7, 400))[0]
    third = make_run(reviewed.image.survey, is_current=False, model_version=make_model_version())
    search(third, reviewed.image, ("buffalo", 0.9, 402))
    say(reviewed.client, fresh, "confirmed")
    assert verdicts(third) == ["matched"]


def test_a_box_of_which_people_said_something_is_not_overwritten(reviewed: SimpleNamespace) -> None:
    fresh = search(reviewed.second, reviewed.image, ("buffalo", 0.7, 5), ("buffalo", 0.7, 400))[1]
    say(reviewed.client, fresh, "uncertain")
    assert verdicts(reviewed.second) == ["matched", "uncertain"]


def test_a_search_says_how_much_of_it_is_new(reviewed: SimpleNamespace, cast: Any, as_user: Any) -> None:
    search(reviewed.second, reviewed.image, ("buffalo", 0.7, 5), ("buffalo", 0.5, 105), ("zebra", 0.6, 400))
    client = as_user(cast.viewer)
    boxes = client.get(f"/api/v1/runs/{reviewed.second.pk}/").json()["boxes"]
    assert boxes == {"n_boxes": 3, "n_matched": 1, "n_suppressed": 1, "n_new": 1}
    assert client.get("/api/v1/surveys/ruaha/runs/").json()["results"][0]["boxes"] is None
    assert "Of 3 boxes 1 are new" in client.get(f"/runs/{reviewed.second.pk}/").text


def test_suppressed_boxes_are_listed_in_the_grid_and_opened_again_there(
    reviewed: SimpleNamespace, cast: Any, as_user: Any
) -> None:
    search(reviewed.second, reviewed.image, ("buffalo", 0.5, 105), ("buffalo", 0.6, 400))
    make_current(reviewed.second, cast.owner)
    client, listed = as_user(cast.reviewer), "/api/v1/surveys/ruaha/detections/?label=buffalo&state=suppressed"
    boxes = [row["id"] for row in client.get(listed).json()["results"]]
    assert len(boxes) == 1
    body = {"verdict": "open", "detections": boxes}
    assert client.post("/api/v1/surveys/ruaha/reviews/", body, "application/json").json()["saved"] == 1
    assert (client.get(listed).json()["results"], verdicts(reviewed.second)) == ([], ["", ""])


def test_boxes_of_an_unusable_image_are_in_no_grid_and_in_no_number_of_it(
    reviewed: SimpleNamespace, cast: Any, as_user: Any
) -> None:
    other = make_image(survey=cast.survey)
    search(reviewed.first, other, ("buffalo", 0.9, 0), ("buffalo", 0.8, 100))
    say(reviewed.client, Detection.objects.filter(image=other)[0], "uncertain")
    say_of_image(reviewed.client, other, "unusable", note="fog")
    page = as_user(cast.viewer).get("/surveys/ruaha/review/")
    assert [(each["left"].n, each["left"].n_open) for each in page.context["labels"]] == [(3, 0)]
    assert (
        as_user(cast.viewer).get("/api/v1/surveys/ruaha/detections/?label=buffalo&state=uncertain").json()["results"]
        == []
    )
