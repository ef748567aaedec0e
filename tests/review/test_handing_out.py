"""Images of a review task go from hand to hand: one holder at a time, and none is lost."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from jobs.models import Job
from review.handing_out import claim_next, give_back, hold, renew
from review.models import ReviewTask, TaskImage
from surveys.models import Image
from tests.factories.review import make_review_task
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db
JSON = "application/json"
NOW = timezone.now()
LATER = NOW + timedelta(seconds=settings.REVIEW_LEASE_S + 1)


@pytest.fixture
def task(cast: SimpleNamespace) -> ReviewTask:
    return make_review_task(cast.survey, [cast.reviewer, cast.analyst, cast.owner])


def place(task: ReviewTask, user: Any, **how: Any) -> int | None:
    row = claim_next(task, user, **{"now": NOW, **how})
    return row and row.place


def image_at(task: ReviewTask, place: int) -> Image:
    return task.images.get(place=place).image


def review(client: Any, image: Image, verdict: str = "reviewed", **more: Any) -> Any:
    answer = client.post(f"/api/v1/images/{image.pk}/reviews/", {"verdict": verdict, **more}, JSON)
    assert answer.status_code == 201
    return answer


def test_nobody_is_given_what_somebody_else_holds(cast: Any, task: ReviewTask) -> None:
    assert [place(task, user) for user in (cast.reviewer, cast.analyst, cast.owner)] == [1, 2, 3]
    assert place(task, cast.administrator) is None


def test_asked_again_it_is_the_same_image(cast: Any, task: ReviewTask) -> None:
    assert [place(task, cast.reviewer) for _ in range(2)] == [1, 1]
    assert place(task, cast.analyst) == 2


def test_the_image_just_left_is_given_back_and_comes_last(cast: Any, task: ReviewTask) -> None:
    assert place(task, cast.reviewer) == 1
    assert place(task, cast.reviewer, after=image_at(task, 1).pk) == 2
    assert place(task, cast.analyst) == 1
    assert place(task, cast.reviewer, after=image_at(task, 2).pk) == 3
    assert place(task, cast.reviewer, after=image_at(task, 3).pk) == 2


def test_the_last_image_left_comes_again(cast: Any) -> None:
    task = make_review_task(cast.survey, [cast.reviewer], [make_image(survey=cast.survey)])
    assert place(task, cast.reviewer) == 1
    assert place(task, cast.reviewer, after=image_at(task, 1).pk) == 1


def test_a_lease_that_ran_out_is_handed_to_somebody_else(cast: Any, task: ReviewTask) -> None:
    held = claim_next(task, cast.reviewer, now=NOW)
    assert held
    assert place(task, cast.analyst, now=LATER) == 1
    assert renew(task, cast.reviewer, held.token, now=LATER) is None
    assert place(task, cast.reviewer, now=LATER) == 2


def test_a_renewed_lease_is_not(cast: Any, task: ReviewTask) -> None:
    held = claim_next(task, cast.reviewer, now=NOW)
    assert held
    assert renew(task, cast.reviewer, held.token, now=LATER) == LATER + timedelta(seconds=settings.REVIEW_LEASE_S)
    assert place(task, cast.analyst, now=LATER) == 2


def test_what_is_given_back_is_free_at_once(cast: Any, task: ReviewTask) -> None:
    held = claim_next(task, cast.reviewer, now=NOW)
    assert held
    give_back(task, cast.reviewer, held.token)
    assert place(task, cast.analyst) == 1


def test_a_page_that_was_left_long_ago_gives_nothing_back(cast: Any, task: ReviewTask) -> None:
    before, _again = (claim_next(task, cast.reviewer, now=NOW) for _ in range(2))
    assert before
    give_back(task, cast.reviewer, before.token)
    give_back(task, cast.analyst, before.token)
    assert place(task, cast.analyst) == 2


def test_who_opens_a_free_image_holds_it_unless_another_one_is_in_hand(cast: Any, task: ReviewTask) -> None:
    assert hold(task, image_at(task, 2), cast.reviewer, now=NOW)
    assert hold(task, image_at(task, 3), cast.reviewer, now=NOW) is None
    assert hold(task, image_at(task, 2), cast.analyst, now=NOW) is None
    assert place(task, cast.reviewer) == 2


@pytest.mark.parametrize("state", [{"is_excluded": True}, {"trashed_at": NOW}])
def test_what_cannot_be_looked_at_any_more_is_passed_over(cast: Any, task: ReviewTask, state: dict[str, Any]) -> None:
    assert place(task, cast.reviewer) == 1
    Image.objects.filter(pk=image_at(task, 1).pk).update(**state)
    assert place(task, cast.reviewer) == 2
    Image.objects.update(is_excluded=False, trashed_at=None)
    assert place(task, cast.analyst) == 1


@pytest.mark.parametrize("verdict", ["reviewed", "empty", "unusable"])
def test_an_image_that_people_finished_with_is_done(cast: Any, as_user: Any, task: ReviewTask, verdict: str) -> None:
    place(task, cast.reviewer)
    review(as_user(cast.reviewer), image_at(task, 1), verdict, note="Fog")
    row = task.images.get(place=1)
    assert (row.done_by, row.holder, row.done_at is not None) == (cast.reviewer, None, True)
    task.refresh_from_db()
    assert (task.n_done, task.shares.get(user=cast.reviewer).n_done) == (1, 1)
    assert place(task, cast.reviewer) == 2


def test_a_verdict_that_is_taken_back_opens_the_image_again(cast: Any, as_user: Any, task: ReviewTask) -> None:
    client = as_user(cast.reviewer)
    for verdict in ("reviewed", "reviewed", "open"):
        review(client, image_at(task, 1), verdict)
    task.refresh_from_db()
    assert (task.n_done, task.shares.get(user=cast.reviewer).n_done) == (0, 0)
    assert place(task, cast.analyst) == 1


def test_who_was_not_chosen_may_finish_an_image_too(cast: Any, as_user: Any, task: ReviewTask) -> None:
    review(as_user(cast.administrator), image_at(task, 1))
    share = task.shares.get(user=cast.administrator)
    assert (share.n_done, share.is_chosen) == (1, False)


def test_a_second_look_is_done_when_somebody_looked_a_second_time(cast: Any, as_user: Any) -> None:
    image = make_image(survey=cast.survey)
    review(as_user(cast.owner), image)
    task = make_review_task(cast.survey, [cast.reviewer], [image], reviewed="yes")
    assert place(task, cast.reviewer) == 1
    review(as_user(cast.reviewer), image)
    assert task.images.get().done_by == cast.reviewer


def test_a_closed_task_hands_nothing_out(cast: Any, as_user: Any, task: ReviewTask) -> None:
    place(task, cast.reviewer)
    as_user(cast.owner).post(f"/review-tasks/{task.pk}/", {"closed": "yes"})
    task.refresh_from_db()
    assert place(task, cast.reviewer) is None
    assert not TaskImage.objects.filter(holder__isnull=False).exists()


def test_who_is_no_longer_chosen_holds_nothing(cast: Any, as_user: Any, task: ReviewTask) -> None:
    place(task, cast.reviewer)
    as_user(cast.owner).patch(f"/api/v1/review-tasks/{task.pk}/", {"people": ["analyst"]}, JSON)
    assert as_user(cast.reviewer).post(f"/api/v1/review-tasks/{task.pk}/next/", {}, JSON).status_code == 403
    assert place(task, cast.analyst) == 1


def test_the_next_pyramids_are_asked_for_ahead(cast: Any) -> None:
    task = make_review_task(cast.survey, [cast.reviewer], [make_image(survey=cast.survey) for _ in range(6)])
    place(task, cast.reviewer)
    jobs = Job.objects.filter(kind="pyramid").order_by("-priority", "pk").values_list("subject", flat=True)
    assert list(jobs) == [image_at(task, n).pk for n in (1, 2, 3, 4)]


# --- API and pages ----------------------------------------------------------------------------------------------------
def test_a_program_takes_renews_and_gives_back(cast: Any, as_user: Any, task: ReviewTask) -> None:
    client, url = as_user(cast.reviewer), f"/api/v1/review-tasks/{task.pk}/next/"
    assert client.get(url).json()["image"] is None
    handed = client.post(url, {}, JSON).json()
    assert client.get(url).json() == handed
    assert (handed["image"], handed["place"]) == (str(image_at(task, 1).pk), 1)
    assert handed["url"] == f"/images/{handed['image']}/?task={task.pk}"
    assert client.patch(url, {"token": handed["token"]}, JSON).status_code == 200
    assert client.delete(f"{url}?token={handed['token']}").status_code == 204
    assert client.patch(url, {"token": handed["token"]}, JSON).status_code == 409
    assert client.get(url).json()["image"] is None


def test_the_page_leads_to_the_image_and_knows_the_task(cast: Any, as_user: Any, task: ReviewTask) -> None:
    client = as_user(cast.reviewer)
    led = client.get(f"/review-tasks/{task.pk}/next/")
    assert led.url == f"/images/{image_at(task, 1).pk}/?task={task.pk}"
    page = client.get(led.url)
    assert page.context["config"]["review"]["task"]["isMine"] is True
    assert f"/review-tasks/{task.pk}/next/?after={image_at(task, 1).pk}" in page.content.decode()


@pytest.mark.parametrize("asked", ["", "nonsense", "00000000-0000-7000-8000-000000000000"])
def test_a_task_that_is_none_of_the_images_is_not_shown(cast: Any, as_user: Any, task: ReviewTask, asked: str) -> None:
    page = as_user(cast.reviewer).get(f"/images/{image_at(task, 1).pk}/?task={asked}")
    assert (page.status_code, page.context["config"]["review"]["task"]) == (200, None)


def test_with_nothing_left_the_way_leads_to_the_task_and_says_who_has_the_rest(
    cast: Any, as_user: Any, task: ReviewTask
) -> None:
    for user in (cast.reviewer, cast.analyst):
        place(task, user, now=timezone.now())
    Image.objects.filter(pk=image_at(task, 3).pk).update(is_excluded=True)
    client = as_user(cast.owner)
    assert client.get(f"/review-tasks/{task.pk}/next/").url == f"/review-tasks/{task.pk}/"
    page = client.get(f"/review-tasks/{task.pk}/").content.decode()
    assert "looked at by reviewer, analyst" in page
    assert "1 image cannot be looked at any more" in page
