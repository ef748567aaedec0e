from uuid import uuid4

import pytest
from django.db import transaction

from jobs import dispatch
from jobs.enqueue import enqueue, enqueue_many
from jobs.errors import UnknownKindError
from jobs.models import Job
from tests.factories.jobs import make_job

pytestmark = pytest.mark.django_db


def test_a_job_waits_in_the_queue_of_its_kind():
    job = enqueue("exercise", uuid4())
    assert (job.state, job.queue) == ("new", "io")


def test_asking_twice_gives_the_one_live_job():
    subject = uuid4()
    assert enqueue("exercise", subject) == enqueue("exercise", subject)
    assert Job.objects.count() == 1


def test_another_kind_about_the_same_subject_is_another_job():
    subject = uuid4()
    assert enqueue("exercise", subject) != enqueue("other", subject)


@pytest.mark.parametrize("ended", ["done", "failed", "cancelled"])
def test_after_the_end_of_a_job_the_same_can_be_asked_for_again(ended):
    old = make_job(state=ended)
    assert enqueue("exercise", old.subject) != old


def test_asking_more_urgently_makes_the_waiting_job_more_urgent(fetch):
    job = make_job(priority=0)
    enqueue("exercise", job.subject, priority=5)
    assert fetch(job).priority == 5


def test_asking_less_urgently_leaves_the_priority(fetch):
    job = make_job(priority=5)
    enqueue("exercise", job.subject)
    assert fetch(job).priority == 5


def test_many_at_once_skip_those_that_have_a_live_job():
    live = make_job()
    enqueue_many("exercise", [live.subject, uuid4(), uuid4()])
    assert Job.objects.count() == 3


def test_a_job_of_a_transaction_that_is_rolled_back_never_was():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue("exercise", uuid4())
        raise ZeroDivisionError
    assert not Job.objects.exists()


def test_a_kind_without_handler_cannot_be_asked_for():
    with pytest.raises(UnknownKindError, match="painting"):
        enqueue("painting", uuid4())


def test_right_after_the_commit_the_job_is_handed_out(monkeypatch, django_capture_on_commit_callbacks):
    published = []
    monkeypatch.setattr("jobs.tasks.publish", published.append)
    with django_capture_on_commit_callbacks(execute=True):
        job = enqueue("exercise", uuid4())
    assert published == [job]


def test_a_broker_that_does_not_answer_does_not_break_the_request(
    monkeypatch, django_capture_on_commit_callbacks, fetch
):
    def refuse(job):
        raise dispatch.OperationalError("connection refused")

    monkeypatch.setattr("jobs.nudge._rest_until", 0.0)
    monkeypatch.setattr("jobs.tasks.publish", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        job = enqueue("exercise", uuid4())
    assert fetch(job).state == "new"


def test_after_a_refusal_the_broker_is_left_alone_for_a_while(monkeypatch, django_capture_on_commit_callbacks):
    tried = []

    def refuse(job):
        tried.append(job)
        raise dispatch.OperationalError("connection refused")

    monkeypatch.setattr("jobs.nudge._rest_until", 0.0)
    monkeypatch.setattr("jobs.tasks.publish", refuse)
    for _ in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            enqueue("exercise", uuid4())
    assert len(tried) == 1
