"""What waits for a person, on the list of surveys."""

from typing import Any

import pytest
from django.utils import timezone

from review.models import ReviewTask
from review.task_making import close
from surveys.models import Activity
from tests.factories.review import make_review_task
from tests.factories.surveys import make_image
from tests.review.test_comments import write
from tests.review.test_verdicts import say_of_image


@pytest.fixture
def task(cast: Any) -> ReviewTask:
    return make_review_task(cast.survey, [cast.reviewer, cast.analyst])


def waiting(client: Any) -> list[str]:
    return [task.name for task in client.get("/").context["tasks"]]


def test_open_tasks_are_shown_to_those_who_were_chosen(cast: Any, as_user: Any, task: ReviewTask) -> None:
    page = as_user(cast.reviewer).get("/").content.decode()
    assert "Shared out to you" in page
    assert f'href="/review-tasks/{task.pk}/next/"' in page
    for other in (cast.owner, cast.viewer, cast.outsider):
        assert waiting(as_user(other)) == []


def test_what_is_done_or_closed_or_no_longer_ones_own_waits_for_nobody(
    cast: Any, as_user: Any, task: ReviewTask
) -> None:
    client = as_user(cast.reviewer)
    cast.survey.memberships.filter(user=cast.reviewer).update(role="viewer")
    assert waiting(client) == []
    cast.survey.memberships.filter(user=cast.reviewer).update(role="reviewer")
    close(task, cast.owner, now=timezone.now())
    assert waiting(client) == []
    ReviewTask.objects.update(closed_at=None)
    assert waiting(client) == [task.name]
    for image in cast.survey.images.all():
        say_of_image(client, image, "empty")
    assert waiting(client) == []


def test_comments_are_one_line_of_what_happened(cast: Any, as_user: Any) -> None:
    image = make_image(survey=cast.survey)
    for text in ("Is this a calf?", "I think so."):
        assert write(as_user(cast.reviewer), image, text=text).status_code == 201
    assert list(Activity.objects.filter(verb="comments_written").values_list("subject", flat=True)) == ["2"]
    assert "wrote 2 comments" in as_user(cast.viewer).get("/").content.decode()
