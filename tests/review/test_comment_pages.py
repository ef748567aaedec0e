"""Comments on pages: beside the image, and the list of a survey."""

import json
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inference.models import Detection
from review.models import Comment
from surveys.models import Image
from tests.factories.inference import make_run, make_searched
from tests.factories.review import make_comment
from tests.factories.surveys import make_image
from tests.factories.viewer import make_shown_image

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def image(cast: Any) -> Image:
    return make_shown_image(survey=cast.survey, file_name="DSC_1.JPG")


def page(client: Any, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def told(client: Any, image: Image) -> Any:
    html = page(client, f"/images/{image.pk}/")
    return json.loads(re.search(r'<script id="viewer-config"[^>]*>(.*?)</script>', html)[1])["comments"]


def threads(client: Any, image: Image) -> str:
    return page(client, f"/images/{image.pk}/comments/")


def test_the_image_page_says_how_many_comments_there_are_and_how_many_are_new(
    cast: Any, as_user: Any, image: Image
) -> None:
    make_comment(image, cast.viewer, parent=make_comment(image, cast.owner))
    facts = told(as_user(cast.viewer), image)
    assert (facts["count"], facts["unread"], facts["mayWrite"]) == (2, 1, False)
    assert told(as_user(cast.reviewer), image)["mayWrite"] is True


def test_an_image_that_could_not_be_read_can_be_talked_about(cast: Any, as_user: Any) -> None:
    failed = make_image(survey=cast.survey, ingest_state="failed", sha256="", width=None, height=None, failure="Cut.")
    assert told(as_user(cast.reviewer), failed)["mayWrite"] is True


def test_a_thread_says_what_it_is_on(cast: Any, as_user: Any) -> None:
    image = make_searched(make_run(cast.survey), buffalo=1).image
    detection = Detection.objects.get()
    for on in ({"detection": detection.pk}, {"x": 1234.0, "y": 5.0}, {}):
        make_comment(image, cast.owner, **on)
    html = threads(as_user(cast.viewer), image)
    assert re.findall(r"<span data-on>(.*?) ?</span>", html) == ["buffalo", "place 1234, 5", "the image"]
    assert f'data-left="{detection.left}"' in html


def test_a_box_whose_search_was_deleted_leaves_the_thread(cast: Any, as_user: Any, image: Image) -> None:
    make_comment(image, cast.owner, "What was it?", detection="00000000-0000-0000-0000-000000000001")
    html = threads(as_user(cast.viewer), image)
    assert "a box that is not there any more" in html
    assert "What was it?" in html


def test_everything_people_typed_is_text(cast: Any, as_user: Any) -> None:
    cast.reviewer.first_name = SCRIPT
    cast.reviewer.save()
    image = make_shown_image(survey=cast.survey, file_name=f"{SCRIPT}.JPG")
    make_comment(image, cast.reviewer, SCRIPT)
    client = as_user(cast.reviewer)
    for path in (f"/images/{image.pk}/comments/", f"/images/{image.pk}/", "/surveys/ruaha/comments/"):
        assert SCRIPT not in page(client, path)
    assert "&lt;script&gt;alert(1)" in threads(client, image)


def test_buttons_are_for_those_who_may(cast: Any, as_user: Any, image: Image) -> None:
    make_comment(image, cast.reviewer)
    buttons = {
        name: re.findall(r"data-(reply|resolve|edit|take-back)\b", threads(as_user(getattr(cast, name)), image))
        for name in ("viewer", "analyst", "owner", "reviewer")
    }
    assert buttons == {
        "viewer": [],
        "analyst": ["reply", "resolve"],
        "owner": ["take-back", "reply", "resolve"],
        "reviewer": ["edit", "take-back", "reply", "resolve"],
    }


def test_an_open_page_is_told_only_of_changes(cast: Any, as_user: Any, image: Image) -> None:
    client, comment = as_user(cast.viewer), make_comment(image, cast.owner)
    state = re.search(r'data-state="(.*?)"', threads(client, image))[1]
    assert client.get(f"/images/{image.pk}/comments/?seen={state}").status_code == 204
    comment.text = "An adult."
    comment.save()
    assert "An adult." in page(client, f"/images/{image.pk}/comments/?seen={state}")


def test_resolved_threads_stand_apart(cast: Any, as_user: Any, image: Image) -> None:
    make_comment(image, cast.owner, "Done", resolved_at=timezone.now(), resolved_by=cast.analyst)
    html = threads(as_user(cast.viewer), image)
    assert "1 resolved" in html
    assert "Resolved by analyst" in html


# --- the survey's list ------------------------------------------------------------------------------------------------
def listed(client: Any, query: str = "") -> list[str]:
    return re.findall(r'class="comment-text"[^>]*><p>(.*?)</p>', page(client, f"/surveys/ruaha/comments/{query}"))


def test_the_list_has_open_threads_newest_first_each_with_the_way_to_its_place(
    cast: Any, as_user: Any, image: Image
) -> None:
    make_comment(image, cast.owner, "old")
    new = make_comment(image, cast.owner, "new")
    make_comment(image, cast.analyst, "an answer", parent=new)
    make_comment(image, cast.owner, "done", resolved_at=timezone.now(), resolved_by=cast.owner)
    client = as_user(cast.viewer)
    assert listed(client) == ["new", "old"]
    html = page(client, "/surveys/ruaha/comments/")
    assert f'href="/images/{image.pk}/?comment={new.id}"' in html
    assert "2 new" in html
    assert "1 answer" in html


def test_it_can_be_narrowed_to_ones_own_and_to_what_is_resolved(cast: Any, as_user: Any, image: Image) -> None:
    make_comment(image, cast.owner, "done", resolved_at=timezone.now(), resolved_by=cast.owner)
    make_comment(image, cast.owner, "not mine")
    make_comment(image, cast.reviewer, "mine", parent=make_comment(image, cast.owner, "answered"))
    client = as_user(cast.reviewer)
    assert (listed(client, "?show=mine"), listed(client, "?show=resolved")) == (["answered"], ["done"])
    assert listed(client, "?show=nonsense") == ["answered", "not mine"]


def test_images_in_the_trash_and_other_surveys_are_left_out(cast: Any, as_user: Any) -> None:
    make_comment(make_image(survey=cast.survey, trashed_at=timezone.now()), cast.owner)
    make_comment(make_image(), cast.owner)
    assert listed(as_user(cast.owner)) == []


def test_the_list_comes_in_pages(cast: Any, as_user: Any, image: Image) -> None:
    for n in range(31):
        make_comment(image, cast.owner, f"comment {n}")
    client = as_user(cast.viewer)
    assert listed(client)[0] == "comment 30"
    following = re.search(r'href="(\?after=[^"]*)" rel="next"', page(client, "/surveys/ruaha/comments/"))[1]
    assert listed(client, following) == ["comment 0"]


def test_lists_ask_as_often_for_many_threads_as_for_few(cast: SimpleNamespace, as_user: Any, image: Image) -> None:
    client = as_user(cast.owner)
    paths = ("/surveys/ruaha/comments/", f"/images/{image.pk}/comments/")
    asked = []
    for _ in range(2):
        for _ in range(10):
            make_comment(image, cast.viewer, parent=make_comment(image, cast.reviewer, x=1.0, y=1.0))
        with CaptureQueriesContext(connection) as queries:
            for path in paths:
                client.get(path)
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert Comment.objects.count() == 40
