"""Open disagreements: who says what of one thing, until somebody of a higher role has spoken."""

from types import SimpleNamespace
from typing import Any

import pytest

from review.bulk import judge_many
from review.models import Dispute
from review.said import Said
from surveys.models import Observation
from tests.factories.surveys import make_member
from tests.review.test_drawn import change, draw
from tests.review.test_verdicts import say, say_of_image, shown

pytestmark = pytest.mark.django_db
__all__ = ["shown"]


@pytest.fixture
def other(cast: Any) -> Any:
    return make_member(cast.survey, "reviewer", "petra")


def listed(client: Any) -> list[list[str]]:
    rows = client.get("/surveys/ruaha/disagreements/").context["rows"]
    return [[f"{said.author.username}: {words}" for said, words in opinions] for _dispute, opinions in rows]


def test_two_of_one_role_who_differ_are_listed_until_one_comes_round(
    cast: Any, as_user: Any, shown: SimpleNamespace, other: Any
) -> None:
    say(as_user(cast.reviewer), shown.boxes[0], "confirmed")
    say(as_user(other), shown.boxes[0], "rejected")
    assert listed(as_user(cast.viewer)) == [["reviewer: buffalo, 1 animal", "petra: rejected"]]
    say(as_user(other), shown.boxes[0], "confirmed")
    assert listed(as_user(cast.viewer)) == []


@pytest.mark.parametrize(
    ("mine", "theirs"), [({"count": 2}, {"count": 3}), ({}, {"verdict": "relabelled", "species": "eland"})]
)
def test_another_number_or_name_is_a_disagreement_too(
    cast: Any, as_user: Any, shown: SimpleNamespace, other: Any, mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    say(as_user(cast.reviewer), shown.boxes[0], "confirmed", **mine)
    say(as_user(other), shown.boxes[0], **{"verdict": "confirmed", **theirs})
    assert Dispute.objects.get().subject == shown.boxes[0].pk


def test_a_higher_role_settles_it_and_its_taking_back_opens_it(
    cast: Any, as_user: Any, shown: SimpleNamespace, other: Any
) -> None:
    say(as_user(cast.reviewer), shown.boxes[0], "confirmed")
    say(as_user(other), shown.boxes[0], "rejected")
    say(as_user(cast.analyst), shown.boxes[0], "uncertain")
    assert not Dispute.objects.exists()
    say(as_user(cast.analyst), shown.boxes[0], "open")
    assert Dispute.objects.count() == 1


def test_who_says_the_same_with_other_words_does_not_disagree(
    cast: Any, as_user: Any, shown: SimpleNamespace, other: Any
) -> None:
    say_of_image(as_user(cast.reviewer), shown.image, "reviewed")
    say_of_image(as_user(other), shown.image, "empty")
    assert not Dispute.objects.exists()
    say_of_image(as_user(other), shown.image, "unusable", note="fog")
    assert Dispute.objects.get().subject == shown.image.pk


def test_drawn_boxes_are_disputed_as_others_are(cast: Any, as_user: Any, shown: SimpleNamespace, other: Any) -> None:
    draw(as_user(cast.reviewer), shown.image)
    change(as_user(other), Observation.objects.get(), verdict="rejected")
    assert Dispute.objects.get().subject == Observation.objects.get().pk


def test_many_at_once_dispute_and_settle_as_one_by_one(cast: Any, shown: SimpleNamespace, other: Any) -> None:
    for person, verdict in ((cast.reviewer, "confirmed"), (other, "rejected")):
        judge_many(cast.survey, {box.pk: Said(verdict) for box in shown.boxes[:2]}, person)
    assert set(Dispute.objects.values_list("subject", flat=True)) == {box.pk for box in shown.boxes[:2]}
    judge_many(cast.survey, {shown.boxes[0].pk: Said("rejected")}, cast.owner)
    assert Dispute.objects.get().subject == shown.boxes[1].pk
