"""The sample survey of a demonstration, with a renderer of thumbnails and a detector of fixed answers."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import simplejpeg
from django.utils import timezone

from config import demo, sample
from config.sample import SampleProgress
from config.sample_images import SAMPLE_IMAGES
from inference.models import ResultSet
from inference.registry import register_model
from jobs import run
from jobs.errors import JobFailedError
from jobs.lease import claim
from jobs.models import Job
from surveys.files import part_path
from surveys.models import Image, Survey, Upload
from surveys.progress import progress_of
from surveys.trash import restore_survey, trash_survey
from surveys.uploads import end_upload
from tests.factories.jobs import run_jobs
from tests.factories.models import make_fake_folder
from tests.factories.surveys import make_survey, make_user

pytestmark = pytest.mark.django_db


def small_scene(image):
    """Instead of 24 megapixels: a hundred pixels or so, other ones for every seed."""
    pixels = np.random.default_rng(image.seed).integers(0, 255, (64, 96, 3), np.uint8)
    animals = [SimpleNamespace(label="seal", box=(1, 2, 31, 42))] * bool(image.n_animals)
    return SimpleNamespace(jpeg=simplejpeg.encode_jpeg(pixels), animals=tuple(animals))


@pytest.fixture(autouse=True)
def renderer(monkeypatch):
    monkeypatch.setattr(sample, "_render", small_scene)


@pytest.fixture
def few(monkeypatch):
    """What holds for every image is shown with the first three, of which the third holds no animal."""
    monkeypatch.setattr(sample, "SAMPLE_IMAGES", SAMPLE_IMAGES[:3])


@pytest.fixture
def model(tmp_path):
    return register_model(make_fake_folder(tmp_path / "model"), for_tests=True)[0]


@pytest.fixture
def start(model, settings, monkeypatch):
    """What every start of a demonstration does."""
    monkeypatch.setattr(demo, "register_starter", lambda: model)

    def start():
        demo.make_person(settings.DATA_DIR)
        demo.prepare(2)

    return start


@pytest.mark.slow
def test_the_first_start_leads_to_twelve_searched_images(start):
    start()
    run_jobs()
    images = Image.objects.order_by("pk")
    assert [image.file_name for image in images] == [image.file_name for image in SAMPLE_IMAGES]
    assert {image.search_state for image in images} == {Image.Search.SEARCHED}
    assert set(Upload.objects.values_list("state", flat=True)) == {Upload.State.STORED}


def test_images_know_their_transect_camera_time_and_place(few, start):
    start()
    run_jobs()
    first, image = SAMPLE_IMAGES[0], Image.objects.order_by("pk").first()
    assert (image.transect, image.camera) == ("T1", "left")
    assert image.latitude == pytest.approx(first.latitude, abs=1e-6)
    assert image.captured_at.hour == first.taken_at.hour - 2  # Windhoek's clock, kept in UTC


def test_before_anything_is_rendered_twelve_images_are_arriving(start):
    start()
    assert Upload.objects.filter(state=Upload.State.RECEIVING).count() == 12
    assert Job.objects.filter(kind="render_sample").count() == 2


def test_what_is_still_to_be_rendered_counts_as_arriving_however_long_it_takes(start):
    start()
    Upload.objects.update(held_at=None)
    run.run(Job.objects.filter(kind="render_sample").first().pk)
    assert progress_of(Survey.objects.get()).arriving == 11


def test_another_start_adds_nothing(few, start):
    start()
    run_jobs()
    start()
    run_jobs()
    assert (Survey.objects.count(), Image.objects.count(), ResultSet.objects.count()) == (1, 3, 3)


def test_an_image_rendered_twice_is_there_once(few, start):
    start()
    job = Job.objects.filter(kind="render_sample").first()
    sample.render(claim(job.pk, now=timezone.now()))
    job.state = Job.State.NEW
    job.save()
    run_jobs()
    assert Image.objects.count() == Upload.objects.count() == 3


def test_a_sample_survey_that_was_deleted_does_not_come_back(few, start):
    start()
    run_jobs()
    Survey.objects.all().delete()
    start()
    assert Survey.objects.count() == 0


def test_other_peoples_surveys_are_left_alone(few, start):
    other = make_survey(owner=make_user("ruth"), slug="sample-survey", name="Mine")
    start()
    run_jobs()
    assert other.images.count() == 0
    assert set(Survey.objects.values_list("slug", flat=True)) == {"sample-survey", "sample-survey-2"}


def test_in_the_trash_nothing_more_is_rendered_and_from_there_it_goes_on(few, start):
    start()
    survey = Survey.objects.get()
    trash_survey(survey, survey.created_by)
    run_jobs()
    assert Image.objects.count() == 0
    restore_survey(survey, survey.created_by)
    start()
    run_jobs()
    assert Image.objects.count() == 3


def test_one_that_cannot_be_rendered_does_not_hold_up_the_others(few, start, monkeypatch):
    spoilt = SAMPLE_IMAGES[1]

    def render(image):
        if image is spoilt:
            raise JobFailedError("No memory.")
        return small_scene(image)

    monkeypatch.setattr(sample, "_render", render)
    start()
    run_jobs()
    assert Image.objects.count() == 2
    assert Upload.objects.get(file_name=spoilt.file_name).failure == "No memory."
    assert sample.progress() == SampleProgress(3, n_searched=2, n_failed=1)


def test_an_image_that_cannot_be_read_or_searched_counts_as_failed(few, start):
    start()
    run_jobs()
    unreadable, unsearchable = Image.objects.order_by("pk")[:2]
    ResultSet.objects.filter(image=unsearchable).update(state=ResultSet.State.FAILED, n_detections=None)
    ResultSet.objects.filter(image=unreadable).delete()
    Image.objects.filter(pk=unreadable.pk).update(ingest_state=Image.Ingest.FAILED)
    assert sample.progress() == SampleProgress(3, n_searched=1, n_failed=2)


def foreign_upload(survey, image):
    """Somebody brings a file that happens to be called like one of the sample's."""
    return Upload.objects.create(
        survey=survey, owner=survey.created_by, file_name=image.file_name, size_bytes=5, expires_at=timezone.now()
    )


def test_a_file_of_the_same_name_that_somebody_is_sending_is_left_alone(few, start):
    start()
    upload = foreign_upload(Survey.objects.get(), SAMPLE_IMAGES[0])
    part_path(upload.pk).write_bytes(b"half")
    run_jobs()
    upload.refresh_from_db()
    assert (upload.state, part_path(upload.pk).read_bytes()) == (Upload.State.RECEIVING, b"half")
    assert str(upload.pk) not in Job.objects.filter(kind="render_sample").values_list("subject", flat=True)
    assert (Image.objects.count(), sample.progress().is_over) == (3, True)


def test_ids_of_the_sample_are_told_by_their_survey_alone():
    survey, other = make_survey(), make_survey()
    ids = sample.sample_ids(survey)
    assert ids == sorted(sample.sample_ids(survey)) != sorted(sample.sample_ids(other))
    assert {id.version for id in ids} == {7}
    assert not set(ids) & set(sample.sample_ids(other))


def test_uploads_that_somebody_gives_up_do_not_hold_up_the_others(few, start):
    start()
    for upload in Upload.objects.order_by("pk")[:2]:
        end_upload(upload, now=timezone.now())
    run_jobs()
    assert sample.progress() == SampleProgress(3, n_searched=1, n_given_up=2)


def test_the_truth_lies_beside_the_data(few, start):
    start()
    run_jobs()
    drawn = json.loads(sample.truth_path(SAMPLE_IMAGES[0]).read_text())
    assert drawn == [{"label": "seal", "box": [1.0, 2.0, 31.0, 42.0]}]
    assert json.loads(sample.truth_path(SAMPLE_IMAGES[2]).read_text()) == []


def test_progress_counts_images_that_are_searched(few, start):
    start()
    assert (sample.progress().n_done, sample.progress().is_over) == (0, False)
    run_jobs()
    assert (sample.progress().n_done, sample.progress().is_over) == (3, True)


def test_without_a_sample_survey_there_is_nothing_to_wait_for(start):
    assert sample.progress().is_over


def test_what_people_add_to_it_is_not_waited_for(few, start):
    start()
    run_jobs()
    Image.objects.create(survey=Survey.objects.get(), file_name="mine.jpg", size_bytes=1)
    assert sample.progress().is_over


def test_the_person_keeps_the_password_of_the_first_start(settings):
    assert demo.make_person(settings.DATA_DIR) == demo.make_person(settings.DATA_DIR)
    assert (settings.DATA_DIR / "demo_password").stat().st_mode & 0o077 == 0
