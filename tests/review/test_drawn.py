"""Boxes that people draw and move: kept, settled and counted as those of the machine."""

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from inference.models import Detection
from review.models import Review
from surveys.models import Image, Observation
from tests.factories.surveys import make_image, make_survey
from tests.review.test_verdicts import JSON, counted, say, say_of_image, shown

pytestmark = pytest.mark.django_db
__all__ = ["shown"]
BOX = {"left": 10, "top": 20, "right": 30, "bottom": 50}


@pytest.fixture
def image(cast: Any) -> Image:
    """Read, and never searched."""
    return make_image(survey=cast.survey)


def draw(client: Any, image: Image, **more: Any) -> Any:
    return client.post(f"/api/v1/images/{image.pk}/observations/", {"species": "eland", **BOX, **more}, JSON)


def change(client: Any, observation: Observation, **facts: Any) -> Any:
    return client.patch(f"/api/v1/observations/{observation.pk}/", facts, JSON)


def state(image: Image) -> str:
    return Image.objects.values_list("review_state", flat=True).get(pk=image.pk)


def test_a_drawn_box_counts_also_where_nothing_was_searched(cast: Any, as_user: Any, image: Image) -> None:
    made = draw(as_user(cast.reviewer), image, count=40, life="alive")
    assert (made.status_code, made.json()["review"]) == (201, "in_progress")
    seen = Observation.objects.get()
    assert (seen.detection, seen.species, seen.count, seen.life, seen.bottom) == (None, "eland", 40, "alive", 50)
    assert seen.created_by == cast.reviewer
    say_of_image(as_user(cast.reviewer), image, "reviewed")
    assert state(image) == "reviewed"


def test_what_is_drawn_twice_with_one_id_is_one(cast: Any, as_user: Any, image: Image) -> None:
    sent = {"observation": str(uuid4()), "id": str(uuid4())}
    answers = [draw(as_user(cast.reviewer), image, **sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert (Observation.objects.count(), Review.objects.count()) == (1, 1)


def test_an_observations_id_that_is_taken_is_refused(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    say(as_user(cast.reviewer), shown.boxes[0], "confirmed")
    taken = str(Observation.objects.get().pk)
    refused = draw(as_user(cast.reviewer), shown.image, observation=taken)
    assert (refused.status_code, "id is taken" in refused.json()["verdict"][0]) == (400, True)


@pytest.mark.parametrize(
    "place",
    [
        {"left": -1}, {"right": 10}, {"bottom": 100_000}, {"left": "NaN"}, {"left": "1e999"}, {"left": None},
        {"top": "x"}, {"right": 10.0},
    ],
)  # fmt: skip
def test_a_box_that_is_none_is_refused(cast: Any, as_user: Any, image: Image, place: dict[str, Any]) -> None:
    assert draw(as_user(cast.reviewer), image, **place).status_code == 400
    assert not Observation.objects.exists()


def test_a_box_with_some_of_its_sides_is_refused(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    refused = say(as_user(cast.reviewer), shown.boxes[0], "confirmed", left=1, top=1)
    assert sorted(refused.json()) == ["bottom", "right"]


def test_a_moved_box_is_counted_where_it_was_put_and_the_machines_stays(
    cast: Any, as_user: Any, shown: SimpleNamespace
) -> None:
    before = Detection.objects.values().get(pk=shown.boxes[0].pk)
    say(as_user(cast.reviewer), shown.boxes[0], "confirmed", **BOX)
    assert (Observation.objects.get().left, Observation.objects.get().bottom) == (10, 50)
    assert Detection.objects.values().get(pk=shown.boxes[0].pk) == before | {"verdict": "confirmed"}
    say(as_user(cast.reviewer), shown.boxes[0], "confirmed")
    assert Observation.objects.get().left == before["left"]


def test_only_what_is_accepted_has_a_place(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    assert say(as_user(cast.reviewer), shown.boxes[0], "rejected", **BOX).status_code == 400


def test_a_change_leaves_out_what_stays(cast: Any, as_user: Any, image: Image) -> None:
    client = as_user(cast.reviewer)
    draw(client, image, count=40, life="carcass")
    observation = Observation.objects.get()
    answer = change(client, observation, left=12, top=20, right=32, bottom=50)
    assert answer.json()["observation"] | {"left": 12, "count": 40} == answer.json()["observation"]
    assert change(client, observation, species="kudu").json()["observation"]["left"] == 12
    assert [review["species"] for review in change(client, observation, count=3).json()["reviews"]] == [
        "kudu", "kudu", "eland", "eland",
    ]  # fmt: skip


def test_a_drawn_box_is_rejected_and_taken_back_as_others_are(cast: Any, as_user: Any, image: Image) -> None:
    draw(as_user(cast.reviewer), image)
    observation = Observation.objects.get()
    change(as_user(cast.analyst), observation, verdict="rejected")
    assert (counted(), state(image)) == ([], "in_progress")
    change(as_user(cast.analyst), observation, verdict="open")
    assert counted() == [("eland", 1)]
    change(as_user(cast.reviewer), observation, verdict="open")
    assert (counted(), state(image)) == ([], "unreviewed")


def test_to_delete_takes_back_ones_own_and_rejects_anothers(cast: Any, as_user: Any, image: Image) -> None:
    draw(as_user(cast.reviewer), image)
    where = f"/api/v1/observations/{Observation.objects.get().pk}/"
    assert as_user(cast.analyst).delete(where).json()["reviews"][0]["verdict"] == "rejected"
    assert as_user(cast.analyst).delete(where).json()["reviews"][0]["verdict"] == "open"
    assert as_user(cast.reviewer).delete(where).json()["counts"] is None
    assert Observation.objects.count() == 1


def test_the_observation_of_a_detection_is_changed_by_a_verdict_on_it(
    cast: Any, as_user: Any, shown: SimpleNamespace
) -> None:
    say(as_user(cast.reviewer), shown.boxes[0], "confirmed", count=2)
    observation = Observation.objects.get()
    change(as_user(cast.reviewer), observation, species="Eland")
    assert Detection.objects.get(pk=shown.boxes[0].pk).verdict == "relabelled"
    assert counted() == [("Eland", 2)]
    change(as_user(cast.reviewer), observation, verdict="rejected")
    assert (Detection.objects.get(pk=shown.boxes[0].pk).verdict, counted()) == ("rejected", [])


def test_who_did_not_see_that_a_box_was_moved_is_told_so(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    say(as_user(cast.reviewer), shown.boxes[0], "confirmed", **BOX)
    seen = {"verdict": "confirmed", "count": 1, "is_moved": False}
    late = say(as_user(cast.analyst), shown.boxes[0], "confirmed", count=2, seen=seen)
    assert (late.status_code, late.json()["standing"]["left"]) == (409, 10)
    aware = say(as_user(cast.analyst), shown.boxes[0], "confirmed", seen={"verdict": "confirmed", **BOX})
    assert aware.status_code == 201


def test_nothing_is_drawn_on_an_unusable_image_nor_on_one_that_was_not_read(
    cast: Any, as_user: Any, image: Image
) -> None:
    say_of_image(as_user(cast.reviewer), image, "unusable", note="fog")
    assert "unusable" in draw(as_user(cast.reviewer), image).json()["verdict"][0]
    Image.objects.update(ingest_state="failed", review_state="unreviewed")
    assert "could not be read" in draw(as_user(cast.reviewer), image).json()["verdict"][0]
    assert not Observation.objects.exists()


def test_what_counts_on_an_image_is_listed(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    say(as_user(cast.reviewer), shown.boxes[0], "confirmed")
    say(as_user(cast.reviewer), shown.boxes[1], "rejected")
    draw(as_user(cast.reviewer), shown.image)
    listed = as_user(cast.viewer).get(f"/api/v1/images/{shown.image.pk}/observations/").json()["results"]
    assert [(row["species"], row["detection"] is None) for row in listed] == [("buffalo", False), ("eland", True)]


def test_a_strangers_observation_is_unknown(cast: Any, as_user: Any, image: Image) -> None:
    draw(as_user(cast.owner), image)
    Image.objects.update(survey=make_survey())
    assert change(as_user(cast.reviewer), Observation.objects.get(), count=2).status_code == 404
