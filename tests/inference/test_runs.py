import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inference.models import ModelVersion, ResultSet, Run
from inference.runs import cancel_run, make_current, retry_failed, search_new_image, start_run
from jobs.models import Job
from surveys.models import Activity, Image, Survey
from surveys.trash import restore_image
from tests.factories.inference import make_model_version, make_result_set, make_run, make_searched
from tests.factories.jobs import run_jobs
from tests.factories.surveys import make_image, make_survey

pytestmark = pytest.mark.django_db


def queue_only(run: Run) -> None:
    """Runs the start_run job and leaves the searches waiting."""
    Job.objects.filter(kind="detect").update(next_try_at="2999-01-01T00:00Z")
    run_jobs_of_kind("start_run")


def run_jobs_of_kind(kind: str) -> None:
    from jobs import run

    for job in Job.objects.live().filter(kind=kind):
        run.run(job.pk)


@pytest.fixture
def survey() -> Survey:
    return make_survey()


@pytest.fixture
def model() -> ModelVersion:
    return make_model_version(name="plains")


def start(survey: Survey, model: ModelVersion) -> Run:
    run = start_run(survey, model, survey.created_by)
    run_jobs_of_kind("start_run")
    return run


def test_a_search_takes_in_every_read_image_once(survey: Survey, model: ModelVersion) -> None:
    images = [make_image(survey=survey) for _ in range(3)]
    make_image(survey=survey, ingest_state="failed")
    make_image(survey=survey, ingest_state="waiting")
    run = start(survey, model)
    assert set(run.result_sets.values_list("image", flat=True)) == {image.pk for image in images}
    assert set(Job.objects.filter(kind="detect").values_list("subject", flat=True)) == set(
        run.result_sets.values_list("pk", flat=True)
    )


def test_images_of_other_surveys_and_of_the_trash_stay_out(survey: Survey, model: ModelVersion) -> None:
    make_image()
    make_image(survey=survey, trashed_at="2026-01-01T00:00Z")
    assert not start(survey, model).result_sets.exists()


def test_more_images_than_one_batch_all_come_in(
    survey: Survey, model: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.runs.BATCH", 2)
    for _ in range(5):
        make_image(survey=survey)
    assert start(survey, model).result_sets.count() == 5


def test_queueing_again_adds_nothing(survey: Survey, model: ModelVersion) -> None:
    make_image(survey=survey)
    run = start(survey, model)
    make_current(run, survey.created_by)
    run_jobs_of_kind("start_run")
    assert run.result_sets.count() == 1
    assert Job.objects.filter(kind="detect").count() == 1


def test_a_new_search_becomes_the_current_one_at_the_cards_threshold(survey: Survey, model: ModelVersion) -> None:
    image = make_image(survey=survey)
    run = start(survey, model)
    survey.refresh_from_db()
    image.refresh_from_db()
    assert (survey.current_run, survey.current_model) == (run.pk, "plains, version 1")
    assert (run.threshold, image.search_state) == (0.25, "waiting")
    assert Activity.objects.filter(survey=survey, verb="run_started").exists()


def test_an_image_that_comes_later_joins_the_current_search(survey: Survey, model: ModelVersion) -> None:
    run = start(survey, model)
    image = make_image(survey=survey)
    search_new_image(image)
    image.refresh_from_db()
    assert run.result_sets.get().image == image
    assert image.search_state == "waiting"


def test_an_image_that_comes_later_stays_unsearched_without_a_search(survey: Survey) -> None:
    search_new_image(make_image(survey=survey))
    assert not ResultSet.objects.exists()


def test_only_the_latest_search_takes_in_new_images(survey: Survey, model: ModelVersion) -> None:
    first = start(survey, model)
    second = start(survey, make_model_version())
    search_new_image(make_image(survey=survey))
    assert (first.result_sets.count(), second.result_sets.count()) == (0, 1)


def test_making_a_search_current_rewrites_the_images_from_it(survey: Survey) -> None:
    old, new = make_run(survey), make_run(survey, is_current=False)
    found, empty, failed, unknown = (make_image(survey=survey) for _ in range(4))
    make_searched(old, unknown, buffalo=9)
    make_searched(new, found, buffalo=2, zebra=1)
    make_searched(new, empty)
    make_result_set(new, failed, state="failed", failure="It was too dark.")
    make_current(new, survey.created_by)
    columns = ("search_state", "n_detections", "failure", "failure_code")
    assert dict((row[0], row[1:]) for row in Image.objects.values_list("pk", *columns)) == {
        found.pk: ("searched", 3, "", ""),
        empty.pk: ("searched", 0, "", ""),
        failed.pk: ("failed", None, "It was too dark.", "search_failed"),
        unknown.pk: ("none", None, "", ""),
    }


def test_making_a_search_current_clears_what_failed_in_the_former(survey: Survey) -> None:
    former, new = make_run(survey), make_run(survey, is_current=False)
    image = make_image(survey=survey, search_state="failed", failure="It was too dark.", failure_code="search_failed")
    make_searched(new, image)
    make_current(new, survey.created_by)
    image.refresh_from_db()
    assert (image.search_state, image.failure, former.pk) == ("searched", "", former.pk)


def test_the_reason_why_a_file_could_not_be_read_outlives_a_change_of_search(survey: Survey) -> None:
    image = make_image(survey=survey, ingest_state="failed", failure="Cut short.", failure_code="truncated")
    make_current(make_run(survey), survey.created_by)
    image.refresh_from_db()
    assert (image.failure, image.search_state) == ("Cut short.", "none")


@pytest.mark.parametrize("n_images", [1, 40])
def test_making_a_search_current_takes_as_many_statements_for_many_images(survey: Survey, n_images: int) -> None:
    run = make_run(survey)
    for _ in range(n_images):
        make_searched(run, buffalo=1)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        make_current(run, survey.created_by)
    assert len(queries) <= 18


def test_a_cancelled_search_leaves_what_it_found_and_no_zero(survey: Survey) -> None:
    run = make_run(survey)
    done = make_searched(run, buffalo=2).image
    waiting = make_image(survey=survey, search_state="waiting")
    make_result_set(run, waiting)
    cancel_run(run, survey.created_by)
    states = dict(Image.objects.values_list("pk", "search_state"))
    assert states == {done.pk: "searched", waiting.pk: "none"}
    assert set(run.result_sets.values_list("state", "n_detections")) == {("searched", 2), ("cancelled", None)}


def test_cancelling_ends_the_waiting_jobs(survey: Survey, model: ModelVersion) -> None:
    make_image(survey=survey)
    run = start(survey, model)
    cancel_run(run, survey.created_by)
    assert list(Job.objects.filter(kind="detect").values_list("state", flat=True)) == ["cancelled"]
    assert run.state == "cancelled"


def test_a_cancelled_search_takes_in_nothing_more(survey: Survey, model: ModelVersion) -> None:
    run = start_run(survey, model, survey.created_by)
    cancel_run(run, survey.created_by)
    make_image(survey=survey)
    run_jobs_of_kind("start_run")
    search_new_image(make_image(survey=survey))
    assert not run.result_sets.exists()


def test_a_cancelled_search_made_current_again_does_not_follow_uploads(survey: Survey) -> None:
    run = make_run(survey, is_current=False, state="cancelled")
    make_current(run, survey.created_by)
    assert not Run.objects.get(pk=run.pk).does_follow_uploads
    assert not Job.objects.exists()


def test_failed_images_are_searched_again(survey: Survey) -> None:
    run = make_run(survey)
    image = make_image(survey=survey, search_state="failed", failure="Dark.", failure_code="search_failed")
    result = make_result_set(run, image, state="failed", failure="Dark.")
    assert retry_failed(run, survey.created_by) == 1
    image.refresh_from_db()
    result.refresh_from_db()
    assert (image.search_state, image.failure, result.state) == ("waiting", "", "waiting")
    assert Job.objects.live().get().subject == result.pk


def test_nothing_of_a_cancelled_search_is_tried_again(survey: Survey) -> None:
    run = make_run(survey, is_current=False, state="cancelled")
    make_result_set(run, state="failed", failure="Dark.")
    assert retry_failed(run, survey.created_by) == 0
    assert not Job.objects.exists()


def test_searching_goes_on_after_the_jobs_are_run(survey: Survey, model: ModelVersion) -> None:
    start_run(survey, model, survey.created_by)
    assert run_jobs() == 1  # no images: the search only starts


def test_an_image_brought_back_from_the_trash_joins_a_search_that_began_meanwhile(
    survey: Survey, model: ModelVersion
) -> None:
    image = make_image(survey=survey, trashed_at="2026-01-01T00:00Z")
    run = start(survey, model)
    restore_image(image, survey.created_by)
    assert run.result_sets.get().image == image
