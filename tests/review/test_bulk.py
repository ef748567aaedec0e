"""Many boxes judged at once: as one after the other, in one transaction and few queries, once however often sent."""

import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from inference.models import Detection, SpeciesRule
from review.bulk import judge_many
from review.models import OF_DETECTIONS, Review
from review.said import Said, VerdictRefusedError
from review.verdicts import judge, judge_image
from surveys.models import Activity, Image, ImageLabel, Observation
from tests.factories.inference import a_detection, make_model_version, make_run, make_searched
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db
JSON = "application/json"
URL = "/api/v1/surveys/ruaha/reviews/"
STATEMENTS_OF_TRANSACTIONS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@pytest.fixture
def boxes(cast: Any) -> list[Detection]:
    """Three buffaloes on one image and two on another."""
    run = make_run(cast.survey)
    for n in (3, 2):
        make_searched(run, buffalo=n)
    return list(Detection.objects.order_by("image", "left"))


def send(client: Any, **body: Any) -> Any:
    return client.post(URL, body, JSON)


def ids(boxes: list[Detection]) -> list[str]:
    return [str(box.pk) for box in boxes]


def state() -> dict[str, Any]:
    """All that verdicts change, but ids and times."""
    box = ("left", "top", "right", "bottom")
    observations = Observation.objects.order_by("detection").values_list(
        "image", "detection", "species", "count", "created_by", "withdrawn_at", *box
    )
    return {
        "verdicts": list(Detection.objects.order_by("pk").values_list("pk", "verdict")),
        "counters": list(
            ImageLabel.objects.order_by("pk").values_list("pk", "n_detections", "n_confirmed", "n_rejected")
        ),
        "observations": [(*row[:5], row[5] is None, *row[6:]) for row in observations],
        "images": list(Image.objects.order_by("pk").values_list("pk", "review_state")),
    }


def kept() -> list[tuple[Any, ...]]:
    rows = Review.objects.exclude(detection=None)
    return sorted(rows.values_list("detection", "verdict", "species", "count", "note", "author", "rank"), key=str)


# --- as one by one ----------------------------------------------------------------------------------------------------
@pytest.fixture
def mixed(cast: Any) -> list[Detection]:
    """Ten images, most of them searched twice; the survey calls two labels one species, and leaves one out."""
    names = {"labels": ["buffalo", "cow", "zebra"]}
    versions = [make_model_version(name=name, card=names) for name in ("a", "b")]
    runs = [make_run(cast.survey, model_version=version, does_follow_uploads=False) for version in versions]
    rules = {"survey": cast.survey, "model_name": "a"}
    SpeciesRule.objects.create(**rules, label="cow", species="buffalo")
    SpeciesRule.objects.create(**rules, label="zebra", species="zebra", is_dropped=True)
    for number, image in enumerate(make_image(survey=cast.survey) for _ in range(10)):
        for run in runs[: 1 if number < 4 else 2]:  # the first images were searched once
            make_searched(run, image, buffalo=3, zebra=1)
            Detection.objects.bulk_create([a_detection(run, image, label="cow", left=500.0)])
    return list(Detection.objects.order_by("pk"))


def any_verdict(chance: random.Random, **more: Any) -> Said:
    species = {"species": chance.choice(("Eland", "BUFFALO", "zebra", " "))}
    seen = chance.choice((None, None, {"verdict": ""}, {"verdict": "confirmed"}, {"verdict": "rejected"}))
    return Said(str(chance.choice(OF_DETECTIONS)), count=chance.choice((1, 1, 40)), seen=seen, **species, **more)


def judge_some_before(chance: random.Random, people: list[Any], boxes: list[Detection]) -> None:
    for _ in range(60):
        try_to(judge, chance.choice(boxes), any_verdict(chance), chance.choice(people))
    for image in Image.objects.all():
        verdict = chance.choice(("reviewed", "empty", "unusable", "open", "in_progress"))
        try_to(judge_image, image, Said(verdict, note="Fog"), chance.choice(people))


def try_to(say: Callable[..., Any], *what: Any) -> bool:
    try:
        say(*what)
    except Exception as error:
        if type(error).__name__ not in ("VerdictRefusedError", "OvertakenError"):
            raise
        return False
    return True


@pytest.mark.parametrize("which", ["one search", pytest.param("both searches", marks=pytest.mark.slow)])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))])
def test_many_at_once_leave_what_one_by_one_leave(cast: Any, mixed: list[Detection], which: str, seed: int) -> None:
    chance, people = random.Random(seed), [cast.reviewer, cast.analyst, cast.owner]
    judge_some_before(chance, people, mixed)
    some = [box for box in mixed if which == "both searches" or box.run_id == mixed[0].run_id]
    author, chosen = chance.choice(people), chance.sample(some, 40)
    said = {box.pk: any_verdict(chance) for box in chosen}
    before, earlier = state(), kept()
    with transaction.atomic():
        refused = {box.pk for box in chosen if not try_to(judge, box, said[box.pk], author)}
        one_by_one, reviews = state(), kept()
        transaction.set_rollback(True)
    assert (state(), kept()) == (before, earlier)
    outcome = judge_many(cast.survey, said, author)
    assert {each.detection for each in outcome.refused} == refused
    assert 0 < len(refused) < 40
    assert (state(), kept()) == (one_by_one, reviews)


# --- over HTTP --------------------------------------------------------------------------------------------------------
def test_one_verdict_on_many_boxes_is_one_request(cast: Any, as_user: Any, boxes: list[Detection]) -> None:
    said = send(as_user(cast.reviewer), verdict="rejected", detections=ids(boxes[:4]))
    assert (said.status_code, said.json()) == (200, {"saved": 4, "refused": [], "otherwise": []})
    assert list(Detection.objects.values_list("verdict", flat=True).order_by("image", "left")) == ["rejected"] * 4 + [
        ""
    ]
    assert sorted(ImageLabel.objects.values_list("n_rejected", flat=True)) == [1, 3]


def test_boxes_may_each_have_a_verdict_of_their_own(cast: Any, as_user: Any, boxes: list[Detection]) -> None:
    first, second = ids(boxes[:2])
    verdicts = [{"detection": first, "verdict": "confirmed", "count": 40},
                {"detection": second, "verdict": "relabelled", "species": "Eland"}]  # fmt: skip
    assert send(as_user(cast.reviewer), verdicts=verdicts, note="From the ground").json()["saved"] == 2
    assert set(Observation.objects.values_list("species", "count")) == {("buffalo", 40), ("Eland", 1)}
    assert set(Review.objects.values_list("note", flat=True)) == {"From the ground"}


def test_what_is_sent_twice_is_saved_once(cast: Any, as_user: Any, boxes: list[Detection]) -> None:
    sent = {"id": str(uuid4()), "verdict": "confirmed", "detections": ids(boxes)}
    first, again = (send(as_user(cast.reviewer), **sent).json() for _ in range(2))
    assert first == again == {"saved": 5, "refused": [], "otherwise": []}
    assert Review.objects.count() == 5


def test_anothers_id_is_taken_box_by_box(cast: Any, as_user: Any, boxes: list[Detection]) -> None:
    sent = {"id": str(uuid4()), "verdict": "confirmed"}
    send(as_user(cast.reviewer), **sent, detections=ids(boxes[:1]))
    said = send(as_user(cast.analyst), **sent, detections=ids(boxes[:2])).json()
    assert (said["saved"], said["refused"][0]["detection"]) == (1, str(boxes[0].pk))
    assert "id is taken" in said["refused"][0]["detail"]


def test_what_is_refused_of_one_box_keeps_no_other_from_being_saved(
    cast: Any, as_user: Any, boxes: list[Detection]
) -> None:
    judge_image(boxes[4].image, Said("unusable", note="Fog"), cast.analyst)
    strange, trashed = uuid4(), boxes[3].image
    said = send(as_user(cast.reviewer), verdict="confirmed", detections=[*ids(boxes), str(strange)]).json()
    assert said["saved"] == 3
    assert {each["detection"] for each in said["refused"]} == {*ids(boxes[3:]), str(strange)}
    assert "set unusable" in said["refused"][0]["detail"]
    assert "not there any more" in said["refused"][-1]["detail"]
    assert trashed.observations.count() == 0


def test_boxes_of_another_survey_or_of_the_trash_are_not_there(cast: Any, as_user: Any, boxes: list[Detection]) -> None:
    make_searched(other := make_run(), buffalo=1)
    Image.objects.filter(pk=boxes[4].image_id).update(trashed_at="2026-01-01T00:00Z")
    foreign = Detection.objects.get(run=other)
    said = send(as_user(cast.reviewer), verdict="rejected", detections=ids([foreign, boxes[4]])).json()
    assert [each["detail"] for each in said["refused"]] == ["This box is not there any more."] * 2
    assert not Review.objects.exists()


def test_who_did_not_see_a_colleagues_verdict_is_told_of_those_boxes(
    cast: Any, as_user: Any, boxes: list[Detection]
) -> None:
    judge(boxes[0], Said("confirmed"), cast.analyst)
    said = send(as_user(cast.reviewer), verdict="rejected", seen={"verdict": ""}, detections=ids(boxes[:2])).json()
    assert (said["saved"], said["refused"][0]["standing"]["author"]) == (1, "analyst")


def test_what_counts_otherwise_than_was_said_is_told(cast: Any, as_user: Any, boxes: list[Detection]) -> None:
    judge(boxes[0], Said("confirmed"), cast.analyst)
    said = send(as_user(cast.reviewer), verdict="rejected", detections=ids(boxes[:2])).json()
    assert [(each["detection"], each["counts"]["verdict"]) for each in said["otherwise"]] == [
        (str(boxes[0].pk), "confirmed")
    ]


def test_what_one_said_is_not_saved_as_anothers(cast: Any, as_user: Any, boxes: list[Detection]) -> None:
    late = send(as_user(cast.analyst), verdict="rejected", detections=ids(boxes), author="reviewer")
    assert (late.status_code, Review.objects.count()) == (401, 0)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"verdict": "rejected"},
        {"detections": [str(uuid4())]},
        {"verdict": "reviewed", "detections": [str(uuid4())]},
        {"verdict": "rejected", "detections": "all"},
        {"verdict": "rejected", "detections": [str(uuid4())] * 2001},
        {"verdicts": [{"detection": str(uuid4())}]},
        {"verdicts": [{"detection": "00000000-0000-7000-8000-000000000000", "verdict": "rejected"}] * 2},
        {"verdict": "rejected", "detections": [str(uuid4())], "labels": ["buffalo"]},
        [],
    ],
)
def test_what_cannot_be_meant_is_refused(cast: Any, as_user: Any, body: Any) -> None:
    refused = as_user(cast.reviewer).post(URL, body, JSON)
    assert (refused.status_code, bool(refused.json())) == (400, True)


# --- a thousand -------------------------------------------------------------------------------------------------------
@pytest.fixture
def thousand(cast: Any) -> SimpleNamespace:
    """A thousand boxes on fifty images."""
    run = make_run(cast.survey)
    for _ in range(50):
        make_searched(run, buffalo=20)
    return SimpleNamespace(run=run, boxes=list(Detection.objects.order_by("pk")))


def queries(captured: CaptureQueriesContext) -> list[str]:
    sql = [query["sql"] for query in captured.captured_queries]
    return [each for each in sql if not each.startswith(STATEMENTS_OF_TRANSACTIONS)]


def test_a_thousand_boxes_are_rejected_in_ten_queries(cast: Any, thousand: SimpleNamespace) -> None:
    with CaptureQueriesContext(connection) as captured:
        outcome = judge_many(cast.survey, {box.pk: Said("rejected") for box in thousand.boxes}, cast.reviewer)
    assert len(outcome.standing) == 1000
    assert len(queries(captured)) <= 10, queries(captured)


@pytest.mark.slow
def test_whatever_was_said_before_it_takes_ten_queries(cast: Any, thousand: SimpleNamespace) -> None:
    chance, survey = random.Random(1), cast.survey
    for person in (cast.reviewer, cast.analyst, cast.owner):  # the last one knows his role, and has a story in the feed
        judge_many(survey, {box.pk: any_verdict(chance) for box in thousand.boxes}, person)
    with CaptureQueriesContext(connection) as captured:
        judge_many(survey, {box.pk: any_verdict(chance) for box in thousand.boxes}, cast.owner)
    assert len(queries(captured)) <= 10, queries(captured)


def test_the_feed_tells_of_many_boxes_in_one_line(cast: Any, as_user: Any, boxes: list[Detection]) -> None:
    for some in (boxes[:3], boxes[3:]):
        send(as_user(cast.reviewer), verdict="rejected", detections=ids(some))
    assert list(Activity.objects.values_list("verb", "subject")) == [("boxes_judged", "5")]


@pytest.mark.slow
def test_a_thousand_rejected_and_taken_back_are_as_before(cast: Any, as_user: Any, thousand: SimpleNamespace) -> None:
    judge(thousand.boxes[0], Said("confirmed", count=3), cast.analyst)
    judge(thousand.boxes[1], Said("uncertain"), cast.reviewer)
    judge_image(thousand.boxes[0].image, Said("reviewed"), cast.reviewer)
    before, client, each = state(), as_user(cast.reviewer), ids(thousand.boxes)
    send(client, verdict="rejected", detections=each)
    assert state() != before
    back = [{"detection": id, "verdict": "uncertain" if id == each[1] else "open"} for id in each]
    assert send(client, verdicts=back).json()["saved"] == 1000
    assert state() == before


def test_a_refusal_saves_nothing_by_halves(cast: Any, boxes: list[Detection], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("review.bulk.settle_many", lambda *_: (_ for _ in ()).throw(VerdictRefusedError("no")))
    with pytest.raises(VerdictRefusedError), transaction.atomic():
        judge_many(cast.survey, {box.pk: Said("rejected") for box in boxes}, cast.reviewer)
    assert not Review.objects.exists()
