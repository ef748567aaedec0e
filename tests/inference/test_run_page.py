"""One search: how far it is, where it ran, what it took."""

from typing import Any

import pytest
from django.utils import timezone

from inference.models import Run
from inference.progress import places_of
from tests.factories.inference import make_model_version, make_result_set, make_run, make_searched
from tests.factories.surveys import make_survey

pytestmark = pytest.mark.django_db


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def searched(run: Run, **facts: Any) -> None:
    usual = {"n_detections": 0, "searched_at": timezone.now(), "n_patches": 10, "device": "cpu", "engine": "torch"}
    make_result_set(run, state="searched", **usual | facts)


def test_devices_are_told_with_their_images_and_seconds() -> None:
    run = make_run(make_survey())
    searched(run, detector_s=20.0)
    searched(run, detector_s=40.0)
    searched(run, detector_s=1.0, device="cuda", engine="torch fp16")
    make_result_set(run)
    told = [(p.device, p.engine, p.n_images, p.seconds_a_patch, round(3600 * p.hours, 6)) for p in places_of(run)]
    assert told == [("cpu", "torch", 2, 3.0, 60.0), ("cuda", "torch fp16", 1, 0.1, 1.0)]


def test_of_a_pre_filtered_search_seconds_a_patch_are_of_those_that_the_detector_saw() -> None:
    run = make_run(make_survey(), screen=make_model_version(), screen_threshold=0.2, random_share=0.1)
    searched(run, detector_s=6.0, screen_s=3.0, n_passed=1, n_at_random=1)
    (place,) = places_of(run)
    assert (place.seconds_a_patch, round(3600 * place.hours, 6)) == (3.0, 9.0)


def test_the_page_says_what_it_took_so_far_and_its_price_once_somebody_said_one(cast: Any, as_user: Any) -> None:
    run, client = make_run(cast.survey), as_user(cast.analyst)
    searched(run, detector_s=3600.0)
    make_result_set(run)
    page = text_of(client.get(f"/runs/{run.pk}/"))
    for words in ("1 of 2 images searched", "So far the models took 1.0 h", "Say what an hour costs", ">torch<"):
        assert words in page
    client.post("/surveys/ruaha/runs/forecast/", {"price_an_hour": "2.5"})
    assert "So far the models took 1.0 h, at a price of 2.50." in text_of(client.get(f"/runs/{run.pk}/"))


def test_a_search_under_way_is_asked_for_again_and_a_finished_one_is_not(cast: Any, as_user: Any) -> None:
    run = make_run(cast.survey)
    result = make_result_set(run)
    fragment = text_of(as_user(cast.viewer).get(f"/runs/{run.pk}/progress/"))
    assert 'data-module="poll"' in fragment
    assert "<html" not in fragment
    result.delete()
    make_searched(run, buffalo=1)
    assert 'data-module="poll"' not in text_of(as_user(cast.viewer).get(f"/runs/{run.pk}/progress/"))


def test_the_page_leads_to_an_image_beside_another_search(cast: Any, as_user: Any) -> None:
    run = make_run(cast.survey)
    image = make_searched(run, buffalo=1).image
    assert "/compare/" not in text_of(as_user(cast.viewer).get(f"/runs/{run.pk}/"))
    other = make_run(cast.survey, is_current=False)
    page = text_of(as_user(cast.viewer).get(f"/runs/{run.pk}/"))
    assert f"/images/{image.pk}/compare/?run={run.pk}&amp;and={other.pk}" in page
