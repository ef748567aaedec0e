"""Pace, words of the progress strip, what to do next."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from surveys.models import Image, Role, Upload
from surveys.next_steps import next_steps
from surveys.progress import Counts, Pace, Progress, counts_of, progress_of
from surveys.stages import left_words, rate_words, stages_of
from tests.factories.jobs import make_job
from tests.factories.surveys import make_image, make_member, make_survey

NOW = timezone.now()


def make_progress(**counts):
    return Progress(
        counts=Counts(**counts), reading=Pace(), searching=Pace(), arriving=0, duplicates=0, troubles=[], is_live=False
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (10, "less than a minute left"),
        (60, "about 1 minute left"),
        (3000, "about 50 minutes left"),
        (7800, "about 2 h 10 min left"),
        (40_000, "about 11 h left"),
        (9 * 86_400, "about 9 days left"),
    ],
)
def test_time_left_in_words(seconds, words):
    assert left_words(seconds) == words


@pytest.mark.parametrize(("rate", "words"), [(11.2, "11.2 images a second"), (0.1, "6 images a minute")])
def test_rate_in_words(rate, words):
    assert rate_words(rate) == words


@pytest.mark.django_db
class TestProgress:
    def test_pace_comes_from_the_jobs_of_the_last_minutes(self):
        survey = make_survey()
        for second in range(60):
            finished = NOW - timedelta(seconds=second)
            make_job(kind="detect", group=survey.pk, state="done", finished_at=finished)
        make_job(kind="detect", group=survey.pk, state="done", finished_at=NOW - timedelta(hours=1))
        make_image(survey=survey, search_state="waiting")
        pace = progress_of(survey, now=NOW).searching
        assert pace.per_second == pytest.approx(60 / 59)
        assert pace.done_at == NOW + timedelta(seconds=1 / pace.per_second)

    def test_without_anything_finished_there_is_no_pace(self):
        survey = make_survey()
        make_image(survey=survey, search_state="waiting")
        assert progress_of(survey, now=NOW).searching == Pace()

    def test_images_in_the_trash_are_not_counted(self):
        survey = make_survey()
        make_image(survey=survey, trashed_at=NOW)
        assert counts_of([survey.pk])[survey.pk] == Counts()

    def test_a_failed_search_is_no_zero(self):
        survey = make_survey()
        make_image(survey=survey, search_state="failed")
        counts = counts_of([survey.pk])[survey.pk]
        assert (counts.search_failed, counts.searched, counts.detections) == (1, 0, None)

    def test_excluded_images_are_in_no_count_of_animals(self):
        survey = make_survey()
        make_image(survey=survey, search_state="searched", n_detections=7, is_excluded=True)
        counts = counts_of([survey.pk])[survey.pk]
        assert (counts.searched, counts.counted, counts.detections) == (1, 0, None)
        make_image(survey=survey, search_state="searched", n_detections=2)
        counts = counts_of([survey.pk])[survey.pk]
        assert (counts.searched, counts.counted, counts.detections) == (2, 1, 2)

    def test_an_upload_under_way_keeps_it_live(self):
        survey = make_survey()
        Upload.objects.create(
            survey=survey, owner=survey.created_by, size_bytes=1, held_at=NOW, expires_at=NOW + timedelta(days=1)
        )
        assert progress_of(survey, now=NOW).is_live

    def test_what_has_arrived_is_not_counted_as_arriving_too(self):
        image = make_image(ingest_state=Image.Ingest.WAITING, sha256="")
        owner, expires_at = image.survey.created_by, NOW + timedelta(days=1)
        image.uploads.create(
            survey=image.survey, owner=owner, size_bytes=1, state="received", held_at=NOW, expires_at=expires_at
        )
        progress = progress_of(image.survey, now=NOW)
        assert (progress.arriving, progress.counts.stored, progress.is_live) == (0, 1, True)

    def test_an_upload_left_alone_does_not(self):
        survey = make_survey()
        Upload.objects.create(
            survey=survey, owner=survey.created_by, size_bytes=1, held_at=NOW - timedelta(hours=1), expires_at=NOW
        )
        assert not progress_of(survey, now=NOW).is_live

    def test_failures_are_told_by_sort(self):
        survey = make_survey()
        for code in ("truncated", "truncated", "too_large"):
            make_image(survey=survey, ingest_state=Image.Ingest.FAILED, failure_code=code, failure=f"It is {code}.")
        troubles = progress_of(survey).troubles
        assert [(t.sentence, t.n_images) for t in troubles] == [("It is truncated.", 2), ("It is too_large.", 1)]

    def test_one_survey_s_work_does_not_make_another_live(self):
        make_job(group=make_survey().pk)
        assert not progress_of(make_survey()).is_live


@pytest.mark.django_db
class TestStages:
    def test_a_survey_without_model_says_so(self):
        survey = make_survey()
        assert stages_of(survey, make_progress(stored=2, read=2), NOW)[2].sentence == "no model was chosen yet"

    def test_the_share_with_animals_is_of_those_searched(self):
        progress = make_progress(stored=40, read=40, searched=20, with_animals=1)
        assert stages_of(make_survey(), progress, NOW)[3].sentence.startswith("5.0 % of those searched")

    def test_nothing_searched_has_no_share_and_no_zero(self):
        stage = stages_of(make_survey(), make_progress(stored=1), NOW)[3]
        assert (stage.sentence, stage.number) == ("nothing searched yet", None)

    def test_a_dash_stands_for_what_is_not_known(self):
        page = render_to_string("_stages.html", {"stages": stages_of(make_survey(), make_progress(stored=1), NOW)})
        assert page.count('<b class="num">–</b>') == 1

    def test_searched_and_without_animals_is_a_zero(self):
        assert stages_of(make_survey(), make_progress(stored=1, read=1, searched=1), NOW)[3].number == 0


@pytest.mark.django_db
class TestNextSteps:
    def titles(self, role, n_people=2, **counts):
        survey = make_survey()
        person = make_member(survey, role)
        return [step.title for step in next_steps(survey, make_progress(**counts), person, n_people=n_people)]

    def test_an_empty_survey_wants_images_first(self):
        assert self.titles(Role.ANALYST)[0] == "Upload the first images"

    def test_a_lonely_owner_is_asked_to_invite(self):
        assert "Invite your colleagues" in self.titles(Role.OWNER, n_people=1)

    def test_images_without_a_model_want_one(self):
        assert self.titles(Role.ANALYST, stored=1)[0] == "Choose a model that searches the images"

    def test_a_viewer_is_only_asked_to_look(self):
        assert self.titles(Role.VIEWER, stored=9, searched=9, with_animals=3) == ["Look at 3 images with animals"]
