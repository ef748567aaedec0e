from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest

from jobs import dispatch
from jobs.models import Job
from tests.factories.jobs import make_job

pytestmark = pytest.mark.django_db
A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


def hand_out(now, **options) -> list[Job]:
    published: list[Job] = []
    dispatch.dispatch("io", now=now, publish=published.append, **options)
    return published


def test_a_waiting_job_is_published_and_marked(now, fetch):
    job = make_job()
    assert hand_out(now) == [job]
    assert (fetch(job).state, fetch(job).queued_at) == ("queued", now)


def test_a_job_is_published_once(now):
    make_job()
    hand_out(now)
    assert hand_out(now) == []


def test_jobs_of_other_queues_are_left_alone(now):
    make_job(queue="tiles")
    assert hand_out(now) == []


def test_a_job_in_its_waiting_time_is_not_due(now):
    make_job(next_try_at=now + timedelta(seconds=1))
    assert hand_out(now) == []
    assert len(hand_out(now + timedelta(seconds=1))) == 1


def test_a_job_of_a_kind_unknown_to_this_version_is_left_to_newer_processes(now):
    make_job(kind="from-the-future")
    assert hand_out(now) == []


def test_no_more_messages_are_out_than_the_window_holds(now):
    for _ in range(20):
        make_job()
    assert len(hand_out(now)) == dispatch.LEAST_WINDOW
    assert hand_out(now) == []


def test_the_window_grows_with_what_the_workers_begin(now):
    for second in range(20):
        make_job(state="done", started_at=now - timedelta(seconds=second / 4))
    assert dispatch.window("io", now) == 60


def test_the_window_never_passes_its_setting(now, settings):
    settings.JOB_WINDOW = 5
    for _ in range(10):
        make_job()
    assert len(hand_out(now)) == 5


def test_a_survey_with_few_images_does_not_wait_for_one_with_many(now):
    for _ in range(30):
        make_job(group=A)
    late = [make_job(group=B) for _ in range(2)]
    assert set(late) <= set(hand_out(now))


def test_one_place_at_a_time_goes_to_each_survey_in_turn(now):
    for group in (A, B, C):
        for _ in range(4):
            make_job(group=group)
    turns = [hand_out(now, at_most=1)[0].group for _ in range(9)]
    assert Counter(turns) == {A: 3, B: 3, C: 3}
    assert set(turns[:3]) == {A, B, C}


def test_what_a_survey_has_running_counts_against_its_turn(now):
    make_job(group=A, state="running", token=UUID(int=9))
    make_job(group=A)
    other = make_job(group=B)
    assert hand_out(now, at_most=1) == [other]


def test_jobs_without_a_survey_take_turns_too(now):
    make_job(group=None)
    make_job(group=A)
    assert {job.group for job in hand_out(now)} == {None, A}


def test_within_a_survey_priority_goes_first_then_age(now):
    old, new = make_job(group=A), make_job(group=A)
    urgent = make_job(group=A, priority=3)
    assert hand_out(now) == [urgent, old, new]


def test_what_could_not_be_published_waits_again(now, fetch):
    first, second = make_job(), make_job()

    def publish(job):
        if job == second:
            raise dispatch.OperationalError

    with pytest.raises(dispatch.OperationalError):
        dispatch.dispatch("io", now=now, publish=publish)
    assert (fetch(first).state, fetch(second).state) == ("queued", "new")


def test_handing_out_costs_the_same_with_many_waiting_jobs(now, django_assert_max_num_queries):
    Job.objects.bulk_create(Job(kind="exercise", queue="io", subject=UUID(int=n), group=A) for n in range(2000))
    with django_assert_max_num_queries(10):
        hand_out(now)


def test_the_message_carries_the_job_id_and_the_limits_of_its_kind(monkeypatch, now):
    sent = {}
    monkeypatch.setattr("jobs.tasks.run_job.apply_async", lambda **options: sent.update(options))
    job = make_job()
    dispatch.dispatch("io", now=now)
    assert sent["kwargs"] == {"job_id": str(job.pk)}
    assert (sent["queue"], sent["soft_time_limit"], sent["time_limit"]) == ("io", 10, 20)
