from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from jobs import run
from jobs.cancel import cancel
from jobs.enqueue import enqueue
from jobs.errors import JobFailedError
from jobs.models import Job
from jobs.retry import retry
from tests.factories.jobs import make_job, run_jobs

pytestmark = pytest.mark.django_db


def raising(error):
    def handler(job):
        raise error

    return handler


def test_a_job_whose_handler_returns_is_done(fetch):
    job = make_job()
    assert run_jobs() == 1
    assert fetch(job).state == "done"


def test_a_handler_may_start_the_next_job_in_its_finish(exercise):
    def chain(job):
        with job.finish():
            enqueue("other", job.subject)

    exercise.handler = chain
    make_job()
    assert run_jobs() == 2


def test_an_error_waits_longer_after_every_attempt(exercise, fetch, settings):
    settings.JOB_RETRY_WAIT_S = 100
    exercise.handler = raising(OSError("disk went away"))
    job = make_job()
    run.run(job.pk)
    first = fetch(job).next_try_at - fetch(job).started_at
    Job.objects.update(next_try_at=None)
    run.run(job.pk)
    second = fetch(job).next_try_at - fetch(job).started_at
    assert timedelta(seconds=50) <= first <= timedelta(seconds=101)
    assert timedelta(seconds=100) <= second <= timedelta(seconds=201)


def test_an_attempt_that_went_wrong_keeps_its_reason(exercise, fetch):
    exercise.handler = raising(OSError("disk went away"))
    job = make_job()
    run.run(job.pk)
    assert (fetch(job).state, fetch(job).attempt) == ("new", 1)
    assert "disk went away" in fetch(job).failure
    assert "Traceback" in fetch(job).failure_detail


def test_the_sentence_names_no_path_of_the_server(exercise, fetch):
    exercise.handler = raising(FileNotFoundError(2, "No such file or directory", "/srv/kopje/originals/4f/1"))
    job = make_job()
    run.run(job.pk)
    assert "No such file or directory" in fetch(job).failure
    assert "/srv" not in fetch(job).failure
    assert "/srv/kopje/originals/4f/1" in fetch(job).failure_detail


@pytest.mark.parametrize("name", ["a\x00b", "a\ud83db"])
def test_a_sentence_with_what_no_database_keeps_ends_the_job_all_the_same(exercise, fetch, name):
    exercise.handler = raising(JobFailedError(f"There is no weight {name}."))
    job = make_job()
    run.run(job.pk)
    assert (fetch(job).state, fetch(job).failure) == ("failed", "There is no weight a?b.")


def test_after_the_last_attempt_the_job_is_failed_with_a_sentence(exercise, fetch, settings):
    settings.JOB_RETRY_WAIT_S = 0
    exercise.handler = raising(OSError("disk went away"))
    job = make_job(attempt=2)
    run.run(job.pk)
    assert fetch(job).state == "failed"
    assert fetch(job).failure.startswith("Given up after 3 attempts. Something unexpected")
    assert exercise.failed == [job]


def test_a_permanent_failure_is_not_tried_again(exercise, fetch):
    exercise.handler = raising(JobFailedError("This file is empty: copy it again from the card.", code="empty"))
    job = make_job()
    run.run(job.pk)
    assert (fetch(job).state, fetch(job).attempt, fetch(job).failure_code) == ("failed", 1, "empty")
    assert fetch(job).failure == "This file is empty: copy it again from the card."


def test_the_kind_is_told_of_the_failure_and_its_reason(exercise):
    exercise.handler = raising(JobFailedError("This file is empty.", code="empty"))
    make_job()
    run_jobs()
    assert [(job.failure, job.failure_code) for job in exercise.failed] == [("This file is empty.", "empty")]


def test_when_telling_the_kind_breaks_the_job_is_not_failed_either(exercise, fetch, monkeypatch):
    exercise.handler = raising(JobFailedError("No."))
    monkeypatch.setattr(exercise, "failed", None)
    from jobs import registry

    kind = registry._kinds["exercise"]
    object.__setattr__(kind, "on_failed", raising(ZeroDivisionError()))
    job = make_job()
    with pytest.raises(ZeroDivisionError):
        run.run(job.pk)
    assert fetch(job).state == "running"


def test_a_time_limit_is_named_as_the_reason(exercise, fetch):
    exercise.handler = raising(SoftTimeLimitExceeded())
    job = make_job()
    run.run(job.pk)
    assert fetch(job).failure == "It took longer than a worker may spend on it."


def test_a_lack_of_memory_is_named_as_the_reason(exercise, fetch):
    exercise.handler = raising(MemoryError())
    job = make_job()
    run.run(job.pk)
    assert fetch(job).failure == "It needs more memory than the worker has."


def test_a_job_cancelled_under_way_stays_cancelled_and_leaves_nothing(exercise, fetch):
    def cancelled_meanwhile(job):
        cancel(Job.objects.filter(pk=job.pk))
        with job.finish():
            make_job()

    exercise.handler = cancelled_meanwhile
    job = make_job()
    run.run(job.pk)
    assert fetch(job).state == "cancelled"
    assert Job.objects.count() == 1


def test_a_cancelled_job_that_breaks_stays_cancelled(exercise, fetch):
    def breaks(job):
        cancel(Job.objects.filter(pk=job.pk))
        raise OSError

    exercise.handler = breaks
    job = make_job()
    run.run(job.pk)
    assert fetch(job).state == "cancelled"


def test_cancelling_ends_live_jobs_only(fetch):
    waiting, done = make_job(), make_job(state="done")
    assert cancel(Job.objects.all()) == 1
    assert (fetch(waiting).state, fetch(done).state) == ("cancelled", "done")


def test_a_cancelled_job_is_not_run(exercise, fetch):
    exercise.handler = raising(OSError())
    job = make_job(state="cancelled")
    run.run(job.pk)
    assert (fetch(job).state, fetch(job).attempt, fetch(job).failure) == ("cancelled", 0, "")


def test_a_retried_job_has_all_its_attempts_again(exercise, fetch):
    job = make_job(state="failed", attempt=3, failure="No.")
    assert retry(Job.objects.failed()) == 1
    assert (fetch(job).state, fetch(job).attempt, fetch(job).failure) == ("new", 0, "")
    run_jobs()
    assert fetch(job).state == "done"


def test_of_several_failures_about_one_subject_the_latest_is_retried(fetch):
    first = make_job(state="failed")
    second = make_job(state="failed", subject=first.subject)
    assert retry(Job.objects.failed()) == 1
    assert (fetch(first).state, fetch(second).state) == ("failed", "new")


def test_a_failed_job_whose_subject_has_a_live_one_is_not_retried():
    first = make_job(state="failed")
    make_job(subject=first.subject)
    assert retry(Job.objects.failed()) == 0
