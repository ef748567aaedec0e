"""Both modes of a model look at the same patches of a survey: what the check keeps, and what becomes of it."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import simplejpeg
from django.conf import settings as product

from inference.check_patches import choose_patches
from inference.engine import SearchSettings
from inference.engine.agreement import AgreementReport
from inference.models import CheckCrop, ModelVersion, SpeedCheck
from inference.registry import register_model
from inference.speed_checks import check_speed, report_of, retry_check, start_check
from jobs.errors import LeaseLostError
from jobs.models import Job
from surveys.files import original_path
from surveys.models import Image, Survey
from tests.factories.inference import make_model_folder, make_run, make_searched
from tests.factories.jobs import run_jobs
from tests.factories.pictures import make_stored_image, noise
from tests.factories.surveys import make_image, make_survey

pytestmark = pytest.mark.django_db
RULE = SearchSettings(256, 256, 32)


@pytest.fixture
def survey() -> Survey:
    return make_survey()


def fake(folder: Path, **settings: Any) -> ModelVersion:
    """Sees one animal in each half of an image of 1024 x 512 px; `fast` says what is otherwise in that mode."""
    return register_model(make_model_folder(folder, settings=settings), for_tests=True)[0]


def check(survey: Survey, model: ModelVersion, n_patches: int = 60) -> SpeedCheck:
    made = start_check(survey, model, "fast", survey.created_by, n_patches)
    run_jobs()
    made.refresh_from_db()
    return made


def report(survey: Survey, model: ModelVersion) -> AgreementReport:
    return report_of(check(survey, model))


def test_a_mode_that_changes_nothing_agrees_on_all_patches_there_are(survey: Survey, tmp_path: Path) -> None:
    make_stored_image(survey)
    made = check(survey, fake(tmp_path / "m"))
    assert (made.state, made.n_patches, made.device) == ("done", 15, product.DEVICE)  # 5 x 3 patches, each once
    assert (made.report["crops"], {label["n_lost"] for label in made.report["labels"]}) == ([], {0})


def test_scores_that_shift_are_told_by_label(survey: Survey, tmp_path: Path) -> None:
    make_stored_image(survey)
    said = report(survey, fake(tmp_path / "m", score=0.9, fast={"score": 0.8}))
    assert {label.label for label in said.labels} == {"buffalo", "zebra"}
    assert [round(label.mean_shift or 0, 3) for label in said.labels] == [-0.1, -0.1]
    assert (said.total.n_lost, said.total.n_gained, said.total.n_moved) == (0, 0, 0)


def test_a_box_under_the_threshold_in_the_fast_mode_is_lost_and_shown(survey: Survey, tmp_path: Path) -> None:
    image = make_stored_image(survey)
    made = check(survey, fake(tmp_path / "m", score=0.3, fast={"score": 0.2}))
    lost = made.report["crops"]
    assert {(crop["is_lost"], crop["exact"], crop["fast"]) for crop in lost} == {(True, 0.3, 0.2)}
    crop = CheckCrop.objects.order_by("number").first()
    assert (crop.image, CheckCrop.objects.count()) == (image, len(lost))
    height, width = simplejpeg.decode_jpeg(crop.jpeg).shape[:2]
    assert lost[0]["size"] == [width, height]


def test_a_crop_shows_the_box_and_what_is_around_it(survey: Survey, tmp_path: Path) -> None:
    pixels = noise(512, 512)
    pixels[232:280, 232:280] = (250, 10, 10)  # where the fake detector sees its animal
    make_stored_image(survey, pixels=pixels)
    made = check(survey, fake(tmp_path / "m", score=0.9, fast={"score": 0.1}))
    facts = max(made.report["crops"], key=lambda crop: crop["size"][0] * crop["size"][1])
    shown = simplejpeg.decode_jpeg(CheckCrop.objects.get(number=made.report["crops"].index(facts)).jpeg)
    left, top, right, bottom = (int(edge) for edge in facts["place"])
    inside = shown[top + 6 : bottom - 6, left + 6 : right - 6].reshape(-1, 3).mean(axis=0)
    assert np.abs(inside - (250, 10, 10)).max() < 12
    assert shown.shape[0] > bottom - top + 40


def test_half_of_the_patches_lie_where_the_current_search_found_something(survey: Survey) -> None:
    run = make_run(survey)
    busy = make_searched(run, make_image(survey=survey, width=9000, height=6000), buffalo=3).image
    for _ in range(9):
        make_searched(run, make_image(survey=survey, width=9000, height=6000))
    chosen = choose_patches(survey, RULE, 40, random.Random(1))
    on_animals = [one for one in chosen if one.image == busy]
    assert sum(len(one.patches) for one in chosen) == 40
    # Its three animals stand side by side, in the first patch.
    assert (0, 0) in {(patch.left, patch.top) for patch in on_animals[0].patches}


def test_the_same_chance_draws_the_same_patches(survey: Survey) -> None:
    for _ in range(5):
        make_image(survey=survey, width=4000, height=3000)
    one, again, other = (
        [(c.image.pk, c.patches) for c in choose_patches(survey, RULE, 20, random.Random(seed))] for seed in (1, 1, 2)
    )
    assert one == again != other


def test_images_of_the_trash_and_unread_ones_are_not_looked_at(survey: Survey, tmp_path: Path) -> None:
    run = make_run(survey)
    make_searched(run, make_image(survey=survey, trashed_at="2026-01-01T00:00Z"), buffalo=1)
    make_image(survey=survey, ingest_state="waiting")
    made = check(survey, fake(tmp_path / "m"))
    assert (made.state, made.failure.split(":")[0]) == ("failed", "This survey has no image that could be read yet")


def test_a_check_that_failed_says_why_and_is_made_again(survey: Survey, tmp_path: Path) -> None:
    image = make_stored_image(survey)
    content = original_path(image.pk).read_bytes()
    original_path(image.pk).write_bytes(content[:5000])
    made = check(survey, fake(tmp_path / "m"))
    assert (made.state, "cut short" in made.failure) == ("failed", True)
    original_path(image.pk).write_bytes(content)
    assert retry_check(made)
    run_jobs()
    made.refresh_from_db()
    assert (made.state, made.failure) == ("done", "")
    assert not retry_check(made)


def test_a_check_says_how_far_it_is(survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.speed_checks.TELL_EVERY_S", 0.0)
    make_stored_image(survey)
    told = []
    save = Job.check_held
    monkeypatch.setattr(
        Job, "check_held", lambda job: told.append(SpeedCheck.objects.get().report.get("n_done")) or save(job)
    )
    check(survey, fake(tmp_path / "m"))
    assert told == [None, 8]


def test_a_check_whose_job_was_taken_away_writes_nothing(survey: Survey, tmp_path: Path) -> None:
    make_stored_image(survey)
    made = start_check(survey, fake(tmp_path / "m"), "fast", survey.created_by, 5)
    with pytest.raises(LeaseLostError):
        check_speed(Job.objects.get(kind="check_speed"))
    made.refresh_from_db()
    assert made.state == "waiting"


def test_of_a_survey_that_is_gone_the_report_stays_without_pictures(survey: Survey, tmp_path: Path) -> None:
    make_stored_image(survey)
    made = check(survey, fake(tmp_path / "m", score=0.9, fast={"score": 0.1}))
    assert CheckCrop.objects.exists()
    Image.objects.all().delete()
    survey.delete()
    made.refresh_from_db()
    assert (made.state, made.survey, CheckCrop.objects.exists()) == ("done", None, False)
