"""How fast a review task goes, and when it is done: told from what was done, or not told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from review.task_pace import an_hour, finish, finishes, people_of, rejected_by_label
from surveys.models import ImageLabel
from tests.factories.inference import make_run, make_searched
from tests.factories.review import make_review_task
from tests.factories.surveys import make_image

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)


def at(*minutes: float) -> list[datetime]:
    return [NOW + timedelta(minutes=minute) for minute in minutes]


def test_pace_is_read_from_the_time_at_work() -> None:
    assert an_hour(at(0, 1, 2, 3, 4, 5)) == pytest.approx(60)
    assert an_hour(at(5, 0, 3, 1, 2, 4)) == pytest.approx(60)


def test_pauses_do_not_make_it_slower() -> None:
    assert an_hour(at(0, 1, 2, 3, 600, 601, 602)) == pytest.approx(60)


@pytest.mark.parametrize("minutes", [(), (0,), (0, 1, 2, 3), (0, 100, 200, 300, 400, 500), (0, 0, 0, 0, 0, 0, 0)])
def test_too_little_to_go_by_gives_no_pace(minutes: tuple[int, ...]) -> None:
    assert an_hour(at(*minutes)) is None


def test_the_rest_takes_as_long_as_such_a_part_took() -> None:
    since = NOW - timedelta(days=2)
    assert finish(30, 10, since, NOW) == NOW + timedelta(days=6)


@pytest.mark.parametrize(
    ("n_left", "n_recent", "hours"), [(0, 5, 48), (10, 0, 48), (10, 5, 23), (10, 5, None), (10_000_000, 1, 48)]
)
def test_what_cannot_be_told_is_blank(n_left: int, n_recent: int, hours: int | None) -> None:
    since = None if hours is None else NOW - timedelta(hours=hours)
    assert finish(n_left, n_recent, since, NOW) is None


@pytest.mark.django_db
def test_only_the_last_week_says_when_a_task_ends(cast: Any) -> None:
    task = make_review_task(cast.survey, [cast.reviewer], [make_image(survey=cast.survey) for _ in range(5)], n_done=2)
    for place, days in ((1, 30), (2, 3)):
        task.images.filter(place=place).update(done_at=NOW - timedelta(days=days), done_by=cast.reviewer)
    assert finishes([task], NOW) == {task.pk: NOW + timedelta(days=21)}
    task.closed_at = NOW
    assert finishes([task], NOW) == {}


@pytest.mark.django_db
def test_each_person_has_a_number_and_a_pace(cast: Any) -> None:
    images = [make_image(survey=cast.survey) for _ in range(8)]
    task = make_review_task(cast.survey, [cast.reviewer, cast.analyst], images)
    for place, minute in enumerate(at(*range(0, 14, 2)), 1):
        task.images.filter(place=place).update(done_at=minute, done_by=cast.reviewer)
    task.shares.filter(user=cast.reviewer).update(n_done=7)
    first, second = people_of(task)
    assert (first.user, first.n_done, first.an_hour) == (cast.reviewer, 7, pytest.approx(30))
    assert (second.user, second.n_done, second.an_hour) == (cast.analyst, 0, None)


@pytest.mark.django_db
def test_the_share_rejected_speaks_of_images_that_are_done(cast: Any) -> None:
    run = make_run(cast.survey)
    images = [make_searched(run, buffalo=4).image, make_searched(run, buffalo=4).image]
    ImageLabel.objects.update(n_confirmed=3, n_rejected=1)
    task = make_review_task(cast.survey, [cast.reviewer], images, run=run.pk)
    assert rejected_by_label(task) == []
    task.images.filter(place=1).update(done_at=NOW, done_by=cast.reviewer)
    [row] = rejected_by_label(task)
    assert (row.label, row.n_judged, row.percent_rejected) == ("buffalo", 4, 25)
