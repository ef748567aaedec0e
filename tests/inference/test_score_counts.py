"""The slider of the counts page: how many detections are left at a higher model score."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from inference import score_counts
from inference.counts import label_counts
from inference.models import Detection, ScoreHistogram, SpeciesRule
from inference.score_table import score_table
from jobs.models import Job
from surveys.models import Image
from tests.factories.inference import make_run, make_searched
from tests.factories.jobs import run_jobs
from tests.inference.test_pages import text_of

pytestmark = pytest.mark.django_db
API, PAGE, PART = (
    "/api/v1/surveys/ruaha/score-histogram/",
    "/surveys/ruaha/counts/",
    "/surveys/ruaha/counts/scores/",
)


@pytest.fixture
def run(cast: Any) -> Any:
    return make_run(cast.survey)


@pytest.fixture
def is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every search is too large to be counted while somebody waits."""
    monkeypatch.setattr(score_counts, "AT_ONCE", 0)


def scored(run: Any, *scores: float) -> Image:
    image = make_searched(run, buffalo=len(scores)).image
    for box, score in zip(Detection.objects.filter(image=image), scores, strict=True):
        Detection.objects.filter(pk=box.pk).update(score=score)
    return image


def left(run: Any, asked: Any) -> dict[str, int]:
    return {row.label: row.n_at for row in score_table(run, label_counts(run), asked).rows}


@pytest.mark.parametrize(("asked", "n"), [("0.25", 5), ("0.29", 4), ("0.3", 2), ("0.57", 2), ("0.58", 1), ("0.99", 1)])
def test_a_detection_on_the_score_chosen_is_left(run: Any, asked: str, n: int) -> None:
    """Also where a hundred times the score is no whole number for a machine: 0.29 and 0.57."""
    scored(run, 0.25, 0.29, 0.29, 0.57, 1.0)
    assert left(run, asked) == {"buffalo": n}


@pytest.mark.parametrize("asked", [None, "", "nonsense", "nan", "-1", "1e400", "0"])
def test_without_a_score_that_makes_sense_all_that_the_search_kept_are_there(run: Any, asked: Any) -> None:
    scored(run, 0.25, 0.9)
    assert left(run, asked) == {"buffalo": 2}


@pytest.mark.parametrize(
    "change", [{"is_excluded": True}, {"review_state": "unusable"}, {"trashed_at": "2026-06-01T06:00Z"}]
)
def test_the_slider_speaks_of_the_same_images_as_the_counts(run: Any, change: Any) -> None:
    scored(run, 0.3)
    image = scored(run, 0.3, 0.9)
    assert left(run, "0.25") == {"buffalo": 3}
    Image.objects.filter(pk=image.pk).update(**change)
    assert left(run, "0.25") == {"buffalo": 1}


def test_labels_that_are_left_out_are_not_there(run: Any, cast: Any) -> None:
    make_searched(run, buffalo=1, zebra=1)
    name = run.model_version.name
    SpeciesRule.objects.create(survey=cast.survey, model_name=name, label="zebra", species="zebra", is_dropped=True)
    assert score_counts.score_counts(run, {"buffalo": 1}).bins.keys() == {"buffalo"}


def test_what_was_counted_is_kept_while_the_search_stands_still(run: Any, django_assert_num_queries: Any) -> None:
    scored(run, 0.3)
    score_counts.score_counts(run, {"buffalo": 1})
    with django_assert_num_queries(1):
        assert score_counts.score_counts(run, {"buffalo": 1, "zebra": 0}).is_current


@pytest.mark.usefixtures("is_large")
def test_a_large_search_is_counted_by_a_job_and_asked_for_again(run: Any, cast: Any, as_user: Any) -> None:
    scored(run, 0.3, 0.9)
    client = as_user(cast.viewer)
    assert client.get(API).status_code == 202
    assert "are being counted" in text_of(client.get(PAGE))
    assert client.get(PART).status_code == 204
    assert Job.objects.filter(kind="count_scores").count() == 1
    run_jobs()
    assert 'data-part="left">2</td>' in text_of(client.get(PART))
    assert client.get(API).json()["is_current"] is True


@pytest.mark.usefixtures("is_large")
def test_a_large_search_that_goes_on_shows_what_was_counted_before(run: Any) -> None:
    scored(run, 0.3)
    score_counts.score_counts(run, {"buffalo": 1})
    run_jobs()
    scored(run, 0.4)
    assert score_counts.score_counts(run, {"buffalo": 2}).is_current is False
    assert Job.objects.live().count() == 0  # not for every look
    ScoreHistogram.objects.update(counted_at=timezone.now() - timedelta(minutes=11))
    score_counts.score_counts(run, {"buffalo": 2})
    run_jobs()
    assert score_counts.score_counts(run, {"buffalo": 2}).is_current is True


def test_batches_lose_and_double_nothing(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score_counts, "BATCH", 2)
    for _ in range(3):
        scored(run, 0.3, 0.5, 0.9)
    assert left(run, "0.5") == {"buffalo": 6}


def test_the_api_gives_a_number_for_each_hundredth(run: Any, cast: Any, as_user: Any) -> None:
    scored(run, 0.3, 0.9, 1.0)
    told = as_user(cast.viewer).get(API).json()
    assert (told["run"], told["threshold"], told["is_current"]) == (str(run.pk), 0.25, True)
    (label,) = told["labels"]
    assert {n: found for n, found in enumerate(label["n_detections"]) if found} == {30: 1, 90: 1, 99: 1}


def test_before_any_search_there_is_nothing_to_choose(cast: Any, as_user: Any) -> None:
    assert as_user(cast.viewer).get(API).json()["labels"] == []
    assert "At another model score" not in text_of(as_user(cast.viewer).get(PAGE))


def test_without_the_script_the_form_does_the_same(run: Any, cast: Any, as_user: Any) -> None:
    scored(run, 0.3, 0.9)
    page = text_of(as_user(cast.viewer).get(PAGE, {"score": "0.5"}))
    assert 'data-part="left">1</td>' in page
    assert 'value="0.50"' in page
