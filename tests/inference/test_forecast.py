"""What a search will take and leave to be reviewed: the arithmetic, what it goes by, the page."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from inference.forecast import Pace, ReviewPace, cost_of_search, most_unseen, review_efforts, thresholds_from
from inference.forecast_samples import pace_of, run_to_go_by, scores_of_sample, workers_alive
from inference.models import Detection, ResultSet, Run
from inference.run_plan import AS_USUAL, PreFilter, RunPlan
from inference.templatetags.run_pages import hours
from jobs.models import Job, Pulse
from tests.factories.inference import (
    a_detection,
    make_model_version,
    make_result_set,
    make_run,
    make_searched,
    make_speed_check,
)
from tests.factories.surveys import make_image, make_survey

FORECAST = "/surveys/ruaha/runs/forecast/"
PACE = Pace(3.6, 200, "cpu")


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def measured(run: Run, seconds: float, **more: Any) -> ResultSet:
    facts = {"n_detections": 0, "searched_at": timezone.now(), "n_patches": 10, "device": "cpu"}
    return make_result_set(run, state="searched", detector_s=seconds, **facts | more)


def test_a_thousand_images_of_3_6_seconds_are_an_hour_of_one_worker() -> None:
    cost = cost_of_search(PACE, 1000, workers=4, price_an_hour=3.0)
    assert (cost.hours, cost.hours_to_wait, cost.price) == (1.0, 0.25, 3.0)


def test_nobody_invents_a_price() -> None:
    assert cost_of_search(PACE, 1000, workers=1, price_an_hour=None).price is None


def test_the_sample_stands_for_all_images() -> None:
    scores = [[0.9, 0.3], [], [0.5], []]
    efforts = review_efforts(scores, 400, thresholds=[0.25, 0.5, 0.95], pace=ReviewPace(9.0, 18.0))
    assert [(effort.images, effort.boxes) for effort in efforts] == [(200, 300), (200, 200), (0, 0)]
    assert [effort.person_hours for effort in efforts] == [(300 * 9 + 200 * 18) / 3600, (200 * 9 + 200 * 18) / 3600, 0]


@pytest.mark.parametrize(
    ("value", "words"),
    [(1.99 / 3600, "2.0 s"), (59.6 / 3600, "60 s"), (0.9999, "60 min"), (19.99, "20.0 h"), (71.99, "3.0 days")],
)
def test_spans_of_time_are_rounded_not_cut(value: float, words: str) -> None:
    assert hours(value) == words


def test_without_anybodys_pace_there_are_no_hours() -> None:
    (effort,) = review_efforts([[0.9]], 10, thresholds=[0.5], pace=ReviewPace())
    assert effort.person_hours is None


def test_without_a_searched_image_there_is_nothing_to_say() -> None:
    assert review_efforts([], 10, thresholds=[0.5], pace=ReviewPace()) == []


def test_thresholds_begin_where_boxes_were_kept() -> None:
    assert thresholds_from(0.25) == [0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    assert thresholds_from(0.95) == [0.95]


@pytest.mark.django_db
def test_images_of_this_survey_searched_the_same_way_say_the_pace() -> None:
    run = make_run(make_survey())
    for seconds in (1.0, 3.0):
        measured(run, seconds)
    measured(make_run(run.survey, is_current=False, mode="fast", model_version=run.model_version), 50.0)
    measured(make_run(run.survey, is_current=False), 50.0)  # another model
    pace = pace_of(run.survey, run.model_version, AS_USUAL)
    assert (pace.seconds_an_image, pace.n_images, pace.device, pace.is_whole) == (2.0, 2, "cpu", False)


@pytest.mark.django_db
def test_jobs_that_are_still_kept_say_it_with_reading_and_writing() -> None:
    run = make_run(make_survey())
    now = timezone.now()
    result = measured(run, 1.0)
    Job.objects.create(
        kind="detect", queue="detect", subject=result.pk, state="done", started_at=now - timedelta(seconds=4),
        finished_at=now,
    )  # fmt: skip
    pace = pace_of(run.survey, run.model_version, AS_USUAL)
    assert (round(pace.seconds_an_image, 3), pace.is_whole) == (4.0, True)


@pytest.mark.django_db
def test_a_patch_of_another_survey_times_the_patches_here_is_the_next_best() -> None:
    model = make_model_version()
    measured(make_run(make_survey(), model_version=model), 5.0)  # half a second a patch
    here = make_survey()
    make_image(survey=here, width=1024, height=512)  # 15 patches of 256 px
    pace = pace_of(here, model, AS_USUAL)
    assert (round(pace.seconds_an_image, 3), pace.n_images) == (7.5, 1)
    assert pace_of(here, model, RunPlan(mode="fast")) is None
    assert pace_of(here, model, RunPlan(pre_filter=PreFilter(make_model_version(), 0.2))) is None


@pytest.mark.django_db
def test_only_the_same_pre_filter_says_the_pace_of_one() -> None:
    quick = make_model_version()
    run = make_run(make_survey(), screen=quick, screen_threshold=0.2, random_share=0.1)
    measured(run, 1.0, screen_s=0.5)
    asked = [PreFilter(quick, 0.2, 0.1), PreFilter(quick, 0.3, 0.1), None]
    paces = [pace_of(run.survey, run.model_version, RunPlan(pre_filter=one)) for one in asked]
    assert [pace and pace.seconds_an_image for pace in paces[:2]] == [1.5, None]
    # Without it: from the patches that the detector saw elsewhere, never from an image of which most were left out.
    assert paces[2] is None or paces[2].seconds_an_image != 1.5


@pytest.mark.django_db
def test_scores_are_those_of_the_searched_images_the_empty_ones_too() -> None:
    run = make_run(make_survey())
    make_searched(run, buffalo=2)
    make_searched(run)
    make_result_set(run, state="failed", failure="Dark.")
    assert sorted(scores_of_sample(run, seed=1), key=len) == [[], [0.9, 0.9]]
    assert run_to_go_by(run.survey, run.model_version, AS_USUAL) == run
    assert run_to_go_by(make_survey(), run.model_version, AS_USUAL) is None


@pytest.mark.django_db
def test_workers_that_search_now_are_counted() -> None:
    now = timezone.now()
    for number, (queues, at) in enumerate(
        [("detect", now), ("io,detect", now), ("io", now), ("detect", now - timedelta(hours=1))]
    ):
        Pulse.objects.create(name=f"host:{number}", role="worker", queues=queues, at=at)
    assert workers_alive() == 2


@pytest.mark.django_db
def test_the_page_says_what_was_not_measured_and_offers_a_trial(cast: Any, as_user: Any) -> None:
    model = make_model_version()
    for _ in range(3):
        make_image(survey=cast.survey)
    page = text_of(as_user(cast.analyst).get(FORECAST, {"search-model_version": model.pk}))
    assert "Nobody has searched in this way yet" in page
    assert 'name="search-n_random" value="3">Try it on 3 random images' in page
    assert "nobody knows how many boxes it will find" in page


@pytest.mark.django_db
def test_the_page_reckons_with_the_prices_that_a_person_said(cast: Any, as_user: Any) -> None:
    run, client = make_run(cast.survey), as_user(cast.analyst)
    image = measured(run, 36.0).image
    Detection.objects.bulk_create([a_detection(run, image, score=0.9)])
    ask = f"{FORECAST}?search-model_version={run.model_version_id}"
    page = text_of(client.get(ask))
    assert "say what an hour costs" in page
    assert "There are not 200 yet" in page
    said = {"price_an_hour": "100", "box_s": "3600", "workers": "2"}
    page = text_of(client.post(ask, said, follow=True))
    for words in ('<dd class="num">1.00</dd>', '<dd class="num">36 s</dd>', '<dd class="num">18 s</dd>', "1.0 h"):
        assert words in page
    assert "say what an hour costs" in text_of(as_user(cast.owner).get(ask))


@pytest.mark.django_db
def test_what_the_sample_did_not_show_is_no_zero(cast: Any, as_user: Any) -> None:
    run = make_run(cast.survey)
    measured(run, 1.0)
    Detection.objects.bulk_create([a_detection(run, measured(run, 1.0).image, score=0.65)])
    ask = {"search-model_version": run.model_version_id, "search-n_random": 1}
    row, *rest = text_of(as_user(cast.analyst).get(FORECAST, ask)).split("0.70</td>")
    assert row.rsplit("0.60</td>")[-1].count('class="num">1</td>') == 2  # half an image and half a box
    assert rest[0].count("none seen") == 6  # of 0.7, 0.8 and 0.9
    assert "None seen is no zero: up to 1 image may have such boxes" in rest[0]


@pytest.mark.django_db
def test_the_page_names_the_pre_filter_of_the_search_that_it_goes_by(cast: Any, as_user: Any) -> None:
    quick = make_model_version(name="quick")
    run = make_run(cast.survey, screen=quick, screen_threshold=0.2, random_share=0.1)
    measured(run, 1.0)
    page = text_of(as_user(cast.analyst).get(FORECAST, {"search-model_version": run.model_version_id}))
    assert "That search had the pre-filter quick, version 1: without it more boxes may be found." in page


def test_the_limit_of_what_no_sample_showed_holds_in_19_of_20_draws() -> None:
    assert most_unseen(200, 20_000) == 298
    assert (1 - 298 / 20_000) ** 200 < 0.05 < (1 - 297 / 20_000) ** 200


@pytest.mark.django_db
def test_no_forecast_of_a_search_that_would_be_refused(cast: Any, as_user: Any) -> None:
    model = make_model_version()
    asked = {"search-model_version": model.pk, "search-mode": "fast"}
    client = as_user(cast.analyst)
    answer = client.get(FORECAST, asked)
    assert (answer.status_code, "run a speed-up check first" in text_of(answer)) == (422, True)
    make_speed_check(cast.survey, model_version=model)
    assert client.get(FORECAST, asked).status_code == 200
    assert as_user(cast.viewer).get(FORECAST, asked).status_code == 403
