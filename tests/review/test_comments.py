"""Comments through the API: threads, answers, who may what, and what is new."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from inference.models import Detection
from review.models import Comment
from surveys.models import Image, Observation
from tests.factories.inference import make_run, make_searched
from tests.factories.review import make_comment
from tests.factories.surveys import make_image, make_survey

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def image(cast: Any) -> Image:
    return make_image(survey=cast.survey, width=1200, height=800)


def write(client: Any, image: Image, text: Any = "A calf?", **more: Any) -> Any:
    return client.post(f"/api/v1/images/{image.pk}/comments/", {"text": text, **more}, JSON)


def change(client: Any, comment: Any, **what: Any) -> Any:
    return client.patch(f"/api/v1/comments/{comment}/", what, JSON)


def texts(client: Any, image: Image) -> list[str]:
    return [row["text"] for row in client.get(f"/api/v1/images/{image.pk}/comments/").json()["results"]]


def test_a_comment_is_read_by_everybody_of_the_survey(cast: Any, as_user: Any, image: Image) -> None:
    made = write(as_user(cast.reviewer), image, "A *calf*?")
    assert (made.status_code, made.json()["author"]) == (201, "reviewer")
    read = as_user(cast.viewer).get(f"/api/v1/comments/{made.json()['id']}/").json()
    assert (read["text"], read["html"].strip()) == ("A *calf*?", "<p>A <em>calf</em>?</p>")
    assert read["link"] == f"/images/{image.pk}/?comment={read['id']}"


def test_it_may_be_on_a_detection_an_observation_or_a_place(cast: Any, as_user: Any) -> None:
    image = make_searched(make_run(cast.survey), buffalo=1).image
    box = {"left": 1, "top": 2, "right": 3, "bottom": 4}
    seen = Observation.objects.create(image=image, species="eland", created_by=cast.reviewer, **box)
    detection = str(Detection.objects.get().pk)
    for on in ({"detection": detection}, {"observation": str(seen.pk)}, {"x": 10.5, "y": 0}):
        told = write(as_user(cast.reviewer), image, **on).json()
        assert {name: told[name] for name in on} == on


@pytest.mark.parametrize(
    ("on", "field"),
    [
        ({"x": 5}, "y"), ({"y": 5}, "x"), ({"x": 1201, "y": 5}, "x"), ({"x": 5, "y": -1}, "x"),
        ({"x": "NaN", "y": 5}, "x"), ({"x": "Infinity", "y": 5}, "x"),
        ({"detection": str(uuid4())}, "detection"), ({"observation": str(uuid4())}, "observation"),
        ({"parent": str(uuid4())}, "parent"), ({"z": 5}, "z"), ({"x": 5, "y": 5, "detection": str(uuid4())}, "x"),
    ],
)  # fmt: skip
def test_what_is_nowhere_on_the_image_is_refused(cast: Any, as_user: Any, image: Image, on: Any, field: str) -> None:
    answer = write(as_user(cast.reviewer), image, **on)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert not Comment.objects.exists()


def test_a_box_of_another_image_is_none_of_this_one(cast: Any, as_user: Any, image: Image) -> None:
    make_searched(make_run(cast.survey), buffalo=1)
    assert list(write(as_user(cast.reviewer), image, detection=str(Detection.objects.get().pk)).json()) == ["detection"]


@pytest.mark.parametrize("text", ["", "  \n ", "a" * 4001, "nul \x00", None, ["a"]])
def test_a_text_that_is_none_is_refused(cast: Any, as_user: Any, image: Image, text: Any) -> None:
    assert list(write(as_user(cast.reviewer), image, text).json()) == ["text"]
    assert not Comment.objects.exists()


def test_the_text_is_kept_as_it_was_typed(cast: Any, as_user: Any, image: Image) -> None:
    typed = "  <script>alert(1)</script>\n\n* ü \U0001f42e "
    write(as_user(cast.reviewer), image, typed)
    assert Comment.objects.get().text == typed


def test_answers_stand_in_one_row_below_the_first(cast: Any, as_user: Any, image: Image) -> None:
    first = write(as_user(cast.reviewer), image, "A calf?").json()
    answer = write(as_user(cast.analyst), image, "No.", parent=first["id"]).json()
    assert answer["parent"] == first["id"]
    assert list(write(as_user(cast.reviewer), image, "Why?", parent=answer["id"]).json()) == ["parent"]
    other = make_image(survey=cast.survey)
    assert list(write(as_user(cast.reviewer), other, "Why?", parent=first["id"]).json()) == ["parent"]


def test_what_is_sent_twice_is_one_comment(cast: Any, as_user: Any, image: Image) -> None:
    sent = {"id": str(uuid4())}
    first, again = (write(as_user(cast.reviewer), image, **sent) for _ in range(2))
    assert first.json() == again.json()
    assert (again.status_code, Comment.objects.count()) == (201, 1)


def test_an_id_that_stands_for_something_else_is_refused(cast: Any, as_user: Any, image: Image) -> None:
    sent = {"id": str(uuid4())}
    write(as_user(cast.reviewer), image, **sent)
    others = [write(as_user(cast.analyst), image, **sent),
              write(as_user(cast.reviewer), make_image(survey=cast.survey), **sent)]  # fmt: skip
    assert [list(answer.json()) for answer in others] == [["id"], ["id"]]
    assert Comment.objects.count() == 1


def test_what_one_wrote_is_not_saved_as_anothers(cast: Any, as_user: Any, image: Image) -> None:
    late = write(as_user(cast.analyst), image, author="reviewer")
    assert (late.status_code, Comment.objects.count()) == (401, 0)


def test_a_full_image_takes_no_more(cast: Any, as_user: Any, image: Image, monkeypatch: Any) -> None:
    monkeypatch.setattr("review.comments.MOST_ON_AN_IMAGE", 1)
    client = as_user(cast.reviewer)
    assert [write(client, image).status_code for _ in range(2)] == [201, 400]


# --- changing ---------------------------------------------------------------------------------------------------------
def test_only_its_author_changes_a_comment(cast: Any, as_user: Any, image: Image) -> None:
    comment = make_comment(image, cast.reviewer)
    assert change(as_user(cast.owner), comment.id, text="An adult.").status_code == 403
    told = change(as_user(cast.reviewer), comment.id, text="An adult.").json()
    assert (told["text"], told["edited_at"] is not None) == ("An adult.", True)


def test_a_change_of_nothing_is_refused(cast: Any, as_user: Any, image: Image) -> None:
    comment = make_comment(image, cast.reviewer)
    assert change(as_user(cast.reviewer), comment.id).status_code == 400
    assert list(change(as_user(cast.reviewer), comment.id, text=" ").json()) == ["text"]


def test_every_reviewer_resolves_a_thread_and_opens_it_again(cast: Any, as_user: Any, image: Image) -> None:
    comment = make_comment(image, cast.owner)
    told = change(as_user(cast.reviewer), comment.id, resolved=True).json()
    assert (told["resolved_by"], told["resolved_at"] is not None) == ("reviewer", True)
    assert change(as_user(cast.analyst), comment.id, resolved=True).json()["resolved_by"] == "reviewer"
    assert change(as_user(cast.analyst), comment.id, resolved=False).json()["resolved_at"] is None


def test_an_answer_opens_a_resolved_thread_again(cast: Any, as_user: Any, image: Image) -> None:
    first = make_comment(image, cast.owner)
    change(as_user(cast.reviewer), first.id, resolved=True)
    write(as_user(cast.analyst), image, "Not so fast.", parent=str(first.id))
    assert Comment.objects.get(id=first.id).resolved_at is None


def test_an_answer_alone_is_not_resolved(cast: Any, as_user: Any, image: Image) -> None:
    answer = make_comment(image, cast.owner, parent=make_comment(image, cast.owner))
    assert list(change(as_user(cast.owner), answer.id, resolved=True).json()) == ["resolved"]


def test_one_takes_back_ones_own_and_an_owner_anybodys(cast: Any, as_user: Any, image: Image) -> None:
    comments = [make_comment(image, cast.reviewer) for _ in range(3)]
    people = (cast.analyst, cast.reviewer, cast.owner)
    answers = [as_user(p).delete(f"/api/v1/comments/{c.id}/") for p, c in zip(people, comments, strict=True)]
    assert [answer.status_code for answer in answers] == [403, 204, 204]
    assert len(texts(as_user(cast.viewer), image)) == 1


def test_what_was_taken_back_is_gone_and_keeps_its_place_while_it_has_answers(
    cast: Any, as_user: Any, image: Image
) -> None:
    first = make_comment(image, cast.reviewer, "A secret")
    answer = make_comment(image, cast.analyst, "Hush.", parent=first)
    client = as_user(cast.reviewer)
    client.delete(f"/api/v1/comments/{first.id}/")
    assert texts(client, image) == ["", "Hush."]
    assert list(change(client, first.id, text="Back").json()) == ["text"]
    as_user(cast.analyst).delete(f"/api/v1/comments/{answer.id}/")
    assert texts(client, image) == []
    assert not Comment.objects.exclude(text="").exists()
    assert client.get(f"/api/v1/comments/{first.id}/").status_code == 404


def test_comments_of_a_survey_one_is_not_in_do_not_exist(cast: Any, as_user: Any) -> None:
    elsewhere = make_survey()
    comment = make_comment(make_image(survey=elsewhere), elsewhere.created_by)
    client = as_user(cast.owner)
    assert client.get(f"/api/v1/comments/{comment.id}/").status_code == 404
    assert change(client, comment.id, resolved=True).status_code == 404
    assert client.get(f"/surveys/{elsewhere.slug}/comments/").status_code == 404


@pytest.mark.parametrize("wrong", [{"x": 1.0}, {"text": ""}, {"x": 1.0, "y": 1.0, "detection": uuid4()}])
def test_the_database_keeps_comments_true(cast: Any, image: Image, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_comment(image, cast.owner, **{"text": "A calf?", **wrong})


# --- what is new ------------------------------------------------------------------------------------------------------
def new_to(person: Any, image: Image) -> int:
    return Comment.objects.filter(image=image).unread_by(person).count()


def test_new_is_what_others_wrote_since_one_looked(cast: Any, as_user: Any, image: Image) -> None:
    mine, theirs = make_comment(image, cast.viewer), make_comment(image, cast.owner)
    assert new_to(cast.viewer, image) == 1
    seen = as_user(cast.viewer).post(f"/api/v1/images/{image.pk}/comments/seen/", {"up_to": str(theirs.id)}, JSON)
    assert (seen.status_code, new_to(cast.viewer, image), new_to(cast.owner, image)) == (204, 0, 1)
    make_comment(image, cast.owner, parent=mine)
    assert new_to(cast.viewer, image) == 1


def test_what_was_seen_once_is_not_new_again(cast: Any, as_user: Any, image: Image) -> None:
    earlier, later = make_comment(image, cast.owner), make_comment(image, cast.owner)
    for comment in (later, earlier):
        as_user(cast.viewer).post(f"/api/v1/images/{image.pk}/comments/seen/", {"up_to": str(comment.id)}, JSON)
    assert new_to(cast.viewer, image) == 0


def test_a_comment_of_another_image_marks_nothing(cast: Any, as_user: Any, image: Image) -> None:
    other = make_comment(make_image(survey=cast.survey), cast.owner)
    answer = as_user(cast.viewer).post(f"/api/v1/images/{image.pk}/comments/seen/", {"up_to": str(other.id)}, JSON)
    assert list(answer.json()) == ["up_to"]


def test_a_list_comes_in_pages_in_the_order_of_writing(cast: Any, as_user: Any, image: Image) -> None:
    for text in "abc":
        make_comment(image, cast.owner, text)
    client = as_user(cast.viewer)
    first = client.get(f"/api/v1/images/{image.pk}/comments/?page_size=2").json()
    second = client.get(first["next"]).json()
    assert [row["text"] for row in first["results"] + second["results"]] == ["a", "b", "c"]


def test_a_viewer_reads_and_writes_nothing(cast: Any, as_user: Any, image: Image) -> None:
    assert write(as_user(cast.viewer), image).status_code == 403
    assert not Comment.objects.exists()
