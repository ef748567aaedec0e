from datetime import timedelta
from uuid import uuid4

import pytest

from jobs import lease
from jobs.errors import LeaseLostError
from jobs.models import Job
from tests.factories.jobs import make_job

pytestmark = pytest.mark.django_db


def test_claiming_starts_a_lease_and_counts_the_attempt(now, settings):
    job = lease.claim(make_job(state="queued").pk, now=now)
    assert (job.state, job.attempt) == ("running", 1)
    assert job.lease_until == now + timedelta(seconds=settings.JOB_LEASE_S)


def test_of_two_claims_one_gets_the_job(now):
    job = make_job(state="queued")
    assert lease.claim(job.pk, now=now)
    assert lease.claim(job.pk, now=now) is None


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_a_message_about_an_ended_job_finds_nothing_to_do(state, now):
    assert lease.claim(make_job(state=state).pk, now=now) is None


def test_a_message_about_a_job_that_is_gone_finds_nothing_to_do(now):
    assert lease.claim_most_urgent(uuid4(), now=now) is None


def test_a_job_in_its_waiting_time_cannot_be_claimed(now):
    assert lease.claim(make_job(next_try_at=now + timedelta(seconds=5)).pk, now=now) is None


def test_renewing_moves_the_end_of_the_lease(now, fetch, settings):
    job = lease.claim(make_job().pk, now=now)
    later = now + timedelta(seconds=10)
    assert lease.renew(job, now=later)
    assert fetch(job).lease_until == later + timedelta(seconds=settings.JOB_LEASE_S)


def test_a_lease_that_somebody_else_holds_cannot_be_renewed(now):
    job = lease.claim(make_job().pk, now=now)
    Job.objects.update(token=uuid4())
    assert not lease.renew(job, now=now)


def test_a_job_given_back_does_not_count_the_attempt(now, fetch):
    job = lease.claim(make_job().pk, now=now)
    assert lease.give_back(job)
    assert (fetch(job).state, fetch(job).attempt) == ("new", 0)


def test_an_urgent_job_overtakes_the_one_of_the_message(now, fetch):
    handed_out = make_job(state="queued")
    urgent = make_job(priority=10)
    assert lease.claim_most_urgent(handed_out.pk, now=now) == urgent
    assert fetch(handed_out).state == "new"


def test_equal_priority_does_not_overtake(now):
    make_job(priority=5)
    handed_out = make_job(state="queued", priority=5)
    assert lease.claim_most_urgent(handed_out.pk, now=now) == handed_out


def test_an_urgent_job_of_another_queue_does_not_overtake(now):
    make_job(priority=5, queue="tiles")
    handed_out = make_job(state="queued")
    assert lease.claim_most_urgent(handed_out.pk, now=now) == handed_out


def test_finishing_writes_and_ends_the_job_in_one_transaction(now, fetch):
    job = lease.claim(make_job().pk, now=now)
    with job.finish():
        written = make_job()
    assert (fetch(job).state, fetch(written).state) == ("done", "new")


def test_a_finish_that_breaks_off_leaves_nothing_behind(now, fetch):
    job = lease.claim(make_job().pk, now=now)
    with pytest.raises(ZeroDivisionError), job.finish():
        make_job()
        raise ZeroDivisionError
    assert (fetch(job).state, Job.objects.count()) == ("running", 1)


def test_who_lost_the_lease_writes_nothing(now):
    job = lease.claim(make_job().pk, now=now)
    Job.objects.update(token=uuid4())
    with pytest.raises(LeaseLostError), job.finish():
        make_job()
    assert Job.objects.count() == 1


def test_long_work_can_ask_whether_it_is_still_wanted(now):
    job = lease.claim(make_job().pk, now=now)
    job.check_held()
    Job.objects.update(state="cancelled")
    with pytest.raises(LeaseLostError):
        job.check_held()
