"""Verdicts on detections: kept, settled, and written down to what is counted."""

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from inference.models import Detection, SpeciesRule
from review.models import Review
from surveys.models import Image, ImageLabel, Observation
from tests.factories.inference import make_run, make_searched

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def shown(cast: Any) -> SimpleNamespace:
    """An image with two buffaloes and a zebra, in the order in which they were found."""
    run = make_run(cast.survey)
    image = make_searched(run, buffalo=2, zebra=1).image
    return SimpleNamespace(
        run=run, image=image, boxes=list(Detection.objects.filter(image=image).order_by("label", "pk"))
    )


def say(client: Any, detection: Detection, verdict: str, **more: Any) -> Any:
    return client.post(f"/api/v1/detections/{detection.pk}/reviews/", {"verdict": verdict, **more}, JSON)


def say_of_image(client: Any, image: Image, verdict: str, **more: Any) -> Any:
    return client.post(f"/api/v1/images/{image.pk}/reviews/", {"verdict": verdict, **more}, JSON)


def counted() -> list[tuple[str, int]]:
    return list(Observation.objects.filter(withdrawn_at=None).order_by("species").values_list("species", "count"))


def counters() -> dict[str, tuple[int, int]]:
    return {row.label: (row.n_confirmed, row.n_rejected) for row in ImageLabel.objects.all()}


def test_what_is_confirmed_is_counted(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    made = say(as_user(cast.reviewer), shown.boxes[0], "confirmed")
    assert (made.status_code, made.json()["review"]) == (201, "in_progress")
    observation = Observation.objects.get()
    assert (observation.detection, observation.species, observation.count) == (shown.boxes[0].pk, "buffalo", 1)
    assert (observation.left, observation.bottom) == (shown.boxes[0].left, shown.boxes[0].bottom)
    assert observation.created_by == cast.reviewer
    assert Detection.objects.get(pk=shown.boxes[0].pk).verdict == "confirmed"
    assert counters() == {"buffalo": (1, 0), "zebra": (0, 0)}


@pytest.mark.parametrize("verdict", ["rejected", "duplicate", "uncertain"])
def test_any_other_verdict_counts_nothing_and_takes_back_what_was_counted(
    cast: Any, as_user: Any, shown: SimpleNamespace, verdict: str
) -> None:
    client = as_user(cast.reviewer)
    say(client, shown.boxes[0], "confirmed")
    say(client, shown.boxes[0], verdict)
    assert counted() == []
    assert Observation.objects.count() == 1
    assert counters()["buffalo"] == (0, int(verdict == "rejected"))


def test_another_species_is_counted_as_that_and_confirms_nothing(
    cast: Any, as_user: Any, shown: SimpleNamespace
) -> None:
    say(as_user(cast.reviewer), shown.boxes[0], "relabelled", species=" Eland ")
    assert counted() == [("Eland", 1)]
    assert counters()["buffalo"] == (0, 0)


def test_to_call_it_what_it_is_called_already_is_to_confirm_it(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    said = say(as_user(cast.reviewer), shown.boxes[0], "relabelled", species="Buffalo").json()["reviews"][0]
    assert (said["verdict"], said["species"]) == ("confirmed", "buffalo")


def test_a_box_may_hold_a_group(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    say(as_user(cast.reviewer), shown.boxes[0], "confirmed", count=40)
    assert counted() == [("buffalo", 40)]


@pytest.mark.parametrize("count", [0, -1, 100_001, 1.5, "many"])
def test_a_count_that_is_none_is_refused(cast: Any, as_user: Any, shown: SimpleNamespace, count: Any) -> None:
    assert list(say(as_user(cast.reviewer), shown.boxes[0], "confirmed", count=count).json()) == ["count"]
    assert not Review.objects.exists()


def test_all_taken_back_leads_to_the_first_state(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    client = as_user(cast.reviewer)
    for verdict in ("confirmed", "rejected", "open"):
        last = say(client, shown.boxes[0], verdict).json()
    assert (last["counts"], last["review"], len(last["reviews"])) == (None, "unreviewed", 3)
    assert Detection.objects.get(pk=shown.boxes[0].pk).verdict == ""
    assert counted() == []
    assert counters() == {"buffalo": (0, 0), "zebra": (0, 0)}


def test_the_verdict_of_the_higher_role_counts_then_the_latest(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    box = shown.boxes[0]
    say(as_user(cast.analyst), box, "rejected")
    say(as_user(cast.reviewer), box, "confirmed")
    assert counted() == []
    say(as_user(cast.owner), box, "confirmed")
    assert counted() == [("buffalo", 1)]
    say(as_user(cast.owner), box, "open")
    assert counted() == []
    say(as_user(cast.analyst), box, "open")
    assert counted() == [("buffalo", 1)]


def test_what_is_sent_twice_is_one_review(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    sent = {"id": str(uuid4()), "count": 3}
    first, again = (say(as_user(cast.reviewer), shown.boxes[0], "confirmed", **sent) for _ in range(2))
    assert first.json() == again.json()
    assert Review.objects.count() == 1


def test_an_id_that_stands_for_something_else_is_refused(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    sent = {"id": str(uuid4())}
    say(as_user(cast.reviewer), shown.boxes[0], "confirmed", **sent)
    others = [say(as_user(cast.reviewer), shown.boxes[1], "confirmed", **sent),
              say(as_user(cast.analyst), shown.boxes[0], "rejected", **sent),
              say_of_image(as_user(cast.reviewer), shown.image, "reviewed", **sent)]  # fmt: skip
    for answer in others:
        assert (answer.status_code, "id is taken" in answer.json()["verdict"][0]) == (400, True)
    assert Review.objects.count() == 1


def test_what_one_said_is_not_saved_as_anothers(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    late = say(as_user(cast.analyst), shown.boxes[0], "confirmed", author="reviewer")
    assert (late.status_code, Review.objects.count()) == (401, 0)
    assert say(as_user(cast.reviewer), shown.boxes[0], "confirmed", author="reviewer").status_code == 201


def test_who_did_not_see_a_colleagues_verdict_is_told_of_it(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    box = shown.boxes[0]
    assert say(as_user(cast.reviewer), box, "confirmed", seen={"verdict": ""}).status_code == 201
    late = say(as_user(cast.analyst), box, "rejected", seen={"verdict": ""})
    assert (late.status_code, late.json()["standing"]["author"]) == (409, "reviewer")
    assert counted() == [("buffalo", 1)]
    aware = say(as_user(cast.analyst), box, "rejected", seen={"verdict": late.json()["standing"]["verdict"]})
    assert (aware.status_code, counted()) == (201, [])


def test_one_is_never_overtaken_by_oneself(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    for verdict in ("confirmed", "rejected"):
        assert say(as_user(cast.reviewer), shown.boxes[0], verdict, seen={"verdict": ""}).status_code == 201


def test_a_label_that_the_survey_leaves_out_needs_a_species(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    SpeciesRule.objects.create(
        survey=cast.survey, model_name=shown.run.model_version.name, label="zebra", species="zebra", is_dropped=True
    )
    client, zebra = as_user(cast.reviewer), shown.boxes[2]
    assert "which species" in say(client, zebra, "confirmed").json()["verdict"][0]
    assert say(client, zebra, "relabelled", species="zebra").status_code == 201
    assert counted() == [("zebra", 1)]


@pytest.mark.parametrize("verdict", ["relabelled", "reviewed", "unusable", "", None])
def test_what_cannot_be_said_of_a_detection_is_refused(cast: Any, as_user: Any, shown: Any, verdict: Any) -> None:
    assert list(say(as_user(cast.reviewer), shown.boxes[0], verdict).json()) == ["verdict"]
    assert not Review.objects.exists()


# --- images -----------------------------------------------------------------------------------------------------------
def test_a_reviewed_image_without_animals_is_empty_and_one_with_animals_is_not(
    cast: Any, as_user: Any, shown: SimpleNamespace
) -> None:
    client = as_user(cast.reviewer)
    assert say_of_image(client, shown.image, "reviewed").json()["review"] == "empty"
    assert say(client, shown.boxes[0], "confirmed").json()["review"] == "reviewed"
    assert say(client, shown.boxes[0], "rejected").json()["review"] == "empty"
    assert say_of_image(client, shown.image, "open").json()["review"] == "in_progress"


@pytest.mark.parametrize("verdict", ["empty", "unusable"])
def test_an_image_with_accepted_animals_is_neither_empty_nor_unusable(
    cast: Any, as_user: Any, shown: SimpleNamespace, verdict: str
) -> None:
    client = as_user(cast.reviewer)
    say(client, shown.boxes[0], "confirmed")
    assert "take them back first" in say_of_image(client, shown.image, verdict, note="Fog").json()["verdict"][0]


def test_an_unusable_image_has_a_reason_and_counts_nothing(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    client = as_user(cast.reviewer)
    assert "Say why" in say_of_image(client, shown.image, "unusable").json()["verdict"][0]
    assert say_of_image(client, shown.image, "unusable", note="Fog").json()["review"] == "unusable"
    assert "set unusable" in say(client, shown.boxes[0], "confirmed").json()["verdict"][0]
    assert say(client, shown.boxes[0], "rejected").json()["review"] == "unusable"


def test_an_image_that_could_not_be_read_cannot_be_reviewed(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    Image.objects.update(ingest_state="failed")
    assert "could not be read" in say_of_image(as_user(cast.reviewer), shown.image, "reviewed").json()["verdict"][0]


def test_after_any_verdicts_the_counters_are_those_of_the_rows(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    for client, verdicts in ((as_user(cast.reviewer), "crr"), (as_user(cast.analyst), "ruc")):
        for box, letter in zip(shown.boxes, verdicts, strict=True):
            say(client, box, {"c": "confirmed", "r": "rejected", "u": "uncertain"}[letter])
    rows = Detection.objects.values_list("label", "verdict")
    by_rows = {
        label: tuple(sum(row == (label, verdict) for row in rows) for verdict in ("confirmed", "rejected"))
        for label in ("buffalo", "zebra")
    }
    assert counters() == by_rows == {"buffalo": (0, 1), "zebra": (1, 0)}
