"""The page of what failed or is stuck, and trying again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inference.failures import open_failures, retry, stuck_work
from inference.models import ResultSet, Run
from jobs.models import Job
from surveys.models import Image
from tests.factories.inference import make_result_set, make_run
from tests.factories.jobs import make_job
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def unread(cast):
    """An image that could not be read, and the job that says so."""
    image = make_image(
        survey=cast.survey, ingest_state="failed", failure="It is cut short.", file_name="cut.jpg", sha256=""
    )
    job = make_job(kind="ingest", subject=image.pk, group=cast.survey.pk, state="failed", failure="It is cut short.")
    return image, job


@pytest.fixture
def unsearched(cast):
    """An image whose search failed, and the job that says so."""
    image = make_image(
        survey=cast.survey, search_state="failed", failure="The model broke.", failure_code="search_failed"
    )
    result = make_result_set(make_run(cast.survey), image, state="failed", failure="The model broke.")
    job = make_job(kind="detect", subject=result.pk, group=cast.survey.pk, state="failed", failure="The model broke.")
    return image, job


def failures(cast):
    return list(open_failures(cast.survey))


def test_the_page_names_image_and_reason(cast, as_user, unread):
    page = as_user(cast.analyst).get("/surveys/ruaha/jobs/").content.decode()
    assert "cut.jpg" in page
    assert "It is cut short." in page


def test_the_page_finds_the_image_of_a_search(cast, as_user, unsearched):
    assert unsearched[0].file_name in as_user(cast.analyst).get("/surveys/ruaha/jobs/").content.decode()


def test_a_reviewer_may_not_open_it(cast, as_user):
    assert as_user(cast.reviewer).get("/surveys/ruaha/jobs/").status_code == 403


def test_all_are_tried_again(cast, as_user, unread, unsearched):
    as_user(cast.analyst).post("/surveys/ruaha/jobs/retries/")
    assert set(Job.objects.values_list("state", flat=True)) == {"new"}


def test_one_is_tried_again(cast, as_user, unread, unsearched):
    as_user(cast.analyst).post(f"/surveys/ruaha/jobs/{unread[1].pk}/retries/")
    assert failures(cast) == [unsearched[1]]


def test_a_job_of_another_survey_is_not(cast, as_user):
    other = make_job(kind="ingest", state="failed", group=make_run().survey.pk)
    assert as_user(cast.owner).post(f"/surveys/ruaha/jobs/{other.pk}/retries/").status_code == 404


def test_the_image_waits_to_be_read_again(cast, unread):
    retry(cast.survey, cast.owner, open_failures(cast.survey))
    image = Image.objects.get(pk=unread[0].pk)
    assert (image.ingest_state, image.failure) == ("waiting", "")


def test_the_image_waits_to_be_searched_again(cast, unsearched):
    retry(cast.survey, cast.owner, open_failures(cast.survey))
    image = Image.objects.get(pk=unsearched[0].pk)
    assert (image.search_state, image.failure) == ("waiting", "")
    assert ResultSet.objects.get().state == "waiting"


def test_a_search_that_is_not_the_current_one_leaves_the_images_column(cast, unsearched):
    make_run(cast.survey, is_current=False)
    cast.survey.current_run = None
    cast.survey.save()
    retry(cast.survey, cast.owner, open_failures(cast.survey))
    assert Image.objects.get(pk=unsearched[0].pk).search_state == "failed"


def test_failures_of_a_cancelled_search_are_not_offered(cast, unsearched):
    Run.objects.update(state="cancelled", does_follow_uploads=False)
    assert failures(cast) == []


def test_failures_of_images_in_the_trash_are_not_offered(cast, unread, unsearched):
    Image.objects.update(trashed_at=NOW)
    assert failures(cast) == []


def test_what_was_repeated_since_is_not_offered(cast, unread):
    make_job(kind="ingest", subject=unread[0].pk, group=cast.survey.pk, state="done")
    assert failures(cast) == []


def test_a_silent_worker_is_told(cast):
    make_job(
        group=cast.survey.pk,
        state="running",
        token="019aa000-0000-7000-8000-000000000001",
        lease_until=NOW - timedelta(minutes=5),
    )
    assert "stopped answering" in stuck_work(cast.survey, NOW)[0].reason


def test_waiting_while_nothing_is_finished_is_told(cast):
    make_job(group=cast.survey.pk)
    Job.objects.update(created_at=NOW - timedelta(minutes=20))
    assert "Waiting for 20 minutes" in stuck_work(cast.survey, NOW)[0].reason


def test_waiting_in_a_busy_queue_is_not_stuck(cast):
    make_job(group=cast.survey.pk)
    Job.objects.update(created_at=NOW - timedelta(minutes=20))
    make_job(state="done", finished_at=NOW)
    assert stuck_work(cast.survey, NOW) == []


def test_a_job_under_way_is_not_stuck(cast):
    make_job(
        group=cast.survey.pk,
        state="running",
        token="019aa000-0000-7000-8000-000000000001",
        lease_until=NOW + timedelta(seconds=20),
    )
    assert stuck_work(cast.survey, NOW) == []


def test_the_page_asks_as_often_for_many_failures(cast, as_user, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = as_user(cast.owner)

    def fail(n):
        for _ in range(n):
            image = make_image(survey=cast.survey)
            make_job(kind="ingest", subject=image.pk, group=cast.survey.pk, state="failed")

    fail(1)
    with CaptureQueriesContext(connection) as few:
        client.get("/surveys/ruaha/jobs/")
    fail(30)
    with django_assert_num_queries(len(few)):
        client.get("/surveys/ruaha/jobs/")
