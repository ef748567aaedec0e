"""Every judgement is on the page of the history: who, of what, and from what to what the count went."""

from types import SimpleNamespace
from typing import Any

import pytest

from surveys.activity import sentence
from surveys.models import Activity, Observation
from tests.factories.surveys import make_image, make_survey
from tests.review.test_drawn import change, draw
from tests.review.test_verdicts import say, say_of_image, shown

pytestmark = pytest.mark.django_db
__all__ = ["shown"]
URL = "/surveys/ruaha/history/"


def rows(client: Any, query: str = "") -> list[tuple[str, str, str]]:
    """Before, said, and what counts after it, newest first."""
    steps = client.get(URL + query).context["steps"]
    return [(step.before, step.said, step.after) for step in steps]


def test_each_step_says_what_counted_before_and_after(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    client = as_user(cast.reviewer)
    say(client, shown.boxes[0], "confirmed", count=40, life="carcass")
    say(client, shown.boxes[0], "rejected")
    say(client, shown.boxes[0], "open")
    assert rows(as_user(cast.viewer)) == [
        ("rejected", "not judged", "not judged"),
        ("buffalo, 40 animals, carcass", "rejected", "rejected"),
        ("not judged", "buffalo, 40 animals, carcass", "buffalo, 40 animals, carcass"),
    ]


def test_what_a_lower_role_says_is_told_as_overruled(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    say(as_user(cast.analyst), shown.boxes[0], "rejected")
    say(as_user(cast.reviewer), shown.boxes[0], "confirmed")
    assert rows(as_user(cast.viewer))[0] == ("rejected", "buffalo, 1 animal", "rejected")
    assert "(counts: rejected)" in as_user(cast.viewer).get(URL).text
    say(as_user(cast.reviewer), shown.boxes[0], "open")
    page = as_user(cast.viewer).get(URL).text
    assert "buffalo 0." in page, "it says of which box"
    assert page.count("(counts: rejected)") == 2, "what is taken back leaves what a higher role said"


def test_drawn_and_moved_boxes_and_images_have_their_steps(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    client = as_user(cast.reviewer)
    say(client, shown.boxes[0], "confirmed", left=1, top=1, right=9, bottom=9)
    draw(client, shown.image)
    change(client, Observation.objects.get(detection=None), count=3)
    say_of_image(client, shown.image, "reviewed")
    assert [said for _before, said, _after in rows(client)] == [
        "reviewed", "eland, 3 animals", "eland, 1 animal", "buffalo, 1 animal, moved",
    ]  # fmt: skip


def test_it_can_be_of_one_image_alone(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    other = make_image(survey=cast.survey)
    say_of_image(as_user(cast.reviewer), other, "reviewed")
    say(as_user(cast.reviewer), shown.boxes[0], "uncertain")
    assert [said for _before, said, _after in rows(as_user(cast.viewer), f"?image={other.pk}")] == ["reviewed"]


@pytest.mark.parametrize("asked", ["nonsense", "elsewhere"])
def test_an_image_that_is_none_of_the_surveys_is_unknown(cast: Any, as_user: Any, asked: str) -> None:
    image = make_image(survey=make_survey(owner=cast.owner))
    asked = str(image.pk) if asked == "elsewhere" else asked
    assert as_user(cast.owner).get(f"{URL}?image={asked}").status_code == 404


def test_what_is_typed_into_notes_stays_text(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    say_of_image(as_user(cast.reviewer), shown.image, "unusable", note="<script>alert(1)</script>")
    assert "<script>alert(1)" not in as_user(cast.viewer).get(URL).text


def test_it_takes_no_more_queries_for_more_rows(
    cast: Any, as_user: Any, shown: SimpleNamespace, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        say(as_user(cast.reviewer), shown.boxes[0], "confirmed")
        say(as_user(cast.analyst), shown.boxes[1], "rejected")
    client = as_user(cast.viewer)
    with django_assert_max_num_queries(9):
        client.get(URL)


def test_the_feed_tells_one_story_of_many_verdicts(cast: Any, as_user: Any, shown: SimpleNamespace) -> None:
    for box in shown.boxes:
        say(as_user(cast.reviewer), box, "confirmed")
    say_of_image(as_user(cast.reviewer), shown.image, "reviewed")
    told = [sentence(row) for row in Activity.objects.order_by("pk")]
    assert told == ["gave 3 verdicts on boxes", "gave 1 verdict on an image"]
