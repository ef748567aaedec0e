import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inference.models import Run
from surveys.models import Image
from tests.factories.inference import make_model_version, make_result_set, make_run, make_searched
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db
RUNS, COUNTS = "/surveys/ruaha/runs/", "/surveys/ruaha/counts/"


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_without_models_the_page_tells_the_command(cast: Any, as_user: Any) -> None:
    assert "python manage.py register_model FOLDER" in text_of(as_user(cast.viewer).get("/models/"))


def test_a_model_says_what_it_finds_and_under_which_licence(cast: Any, as_user: Any) -> None:
    make_model_version(name="plains", version="3", card={"licence": "CC0-1.0", "trained_gsd_cm": [2, 5]})
    page = text_of(as_user(cast.viewer).get("/models/"))
    for words in ("plains, version 3", "buffalo, zebra", "CC0-1.0", "256 × 256 px", "2 to 5 cm"):
        assert words in page


@pytest.mark.parametrize("path", ["/models/", RUNS, COUNTS, f"{RUNS}progress/"])
def test_strangers_are_asked_to_log_in(cast: Any, as_user: Any, path: str) -> None:
    answer = as_user(None).get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/login/?next={path}")


@pytest.mark.parametrize("path", [RUNS, COUNTS, f"{RUNS}progress/"])
def test_people_of_other_surveys_find_nothing(cast: Any, as_user: Any, path: str) -> None:
    assert as_user(cast.outsider).get(path).status_code == 404


def test_an_analyst_starts_a_search_from_the_page(cast: Any, as_user: Any) -> None:
    model = make_model_version(name="plains")
    answer = as_user(cast.analyst).post(RUNS, {"search-model_version": model.pk, "search-threshold": "0.6"})
    assert (answer.status_code, answer["Location"]) == (302, RUNS)
    assert (Run.objects.get().threshold, Run.objects.get().created_by) == (0.6, cast.analyst)


def test_the_token_goes_with_the_search_and_into_no_address(cast: Any, as_user: Any) -> None:
    """The other button of the form asks for a forecast, by an address that is kept in logs and histories."""
    model, client = make_model_version(), as_user(cast.analyst)
    client.handler.enforce_csrf_checks = True
    form = client.get(RUNS).content.decode().split(f'action="{RUNS}">')[1].split("</form>")[0]
    assert 'type="hidden" name="csrfmiddlewaretoken"' not in form
    (token,) = re.findall(r'<button type="submit" name="csrfmiddlewaretoken" value="(\w+)"', form)
    asked = {"search-model_version": model.pk, "search-threshold": "0.6"}
    assert client.post(RUNS, asked).status_code == 403
    assert client.post(RUNS, asked | {"csrfmiddlewaretoken": token}).status_code == 302


def test_an_empty_threshold_is_the_cards(cast: Any, as_user: Any) -> None:
    model = make_model_version(card={"score_threshold": 0.35})
    as_user(cast.analyst).post(RUNS, {"search-model_version": model.pk, "search-threshold": ""})
    assert Run.objects.get().threshold == 0.35


def test_counts_stand_beside_what_their_model_is_for(cast: Any, as_user: Any) -> None:
    """A demonstration must not be taken for a count."""
    card = {"intended_use": "Demonstration; not for counts. <b>Train your own.</b>"}
    model = make_model_version(name="plains", version="3", card=card)
    make_searched(make_run(cast.survey, model_version=model))
    page = text_of(as_user(cast.viewer).get(COUNTS))
    assert "What the model is for: Demonstration; not for counts. &lt;b&gt;Train your own.&lt;/b&gt;" in page
    assert 'href="/models/plains/3/"' in page


def test_a_wrong_threshold_is_named_and_starts_nothing(cast: Any, as_user: Any) -> None:
    model = make_model_version()
    answer = as_user(cast.analyst).post(RUNS, {"search-model_version": model.pk, "search-threshold": "7"})
    assert answer.status_code == 422
    assert "less than or equal to 1" in text_of(answer)
    assert not Run.objects.exists()


def test_a_viewer_sees_searches_and_no_buttons(cast: Any, as_user: Any) -> None:
    make_model_version()
    make_result_set(make_run(cast.survey))
    page = text_of(as_user(cast.viewer).get(RUNS))
    assert "0 of 1 image searched" in page
    assert "<button" not in page.split("<main")[1].split("</main>")[0]
    assert as_user(cast.viewer).post(RUNS, {}).status_code == 403


def test_a_search_under_way_is_asked_for_again_and_a_finished_one_is_not(cast: Any, as_user: Any) -> None:
    run = make_run(cast.survey)
    result = make_result_set(run)
    fragment = text_of(as_user(cast.viewer).get(f"{RUNS}progress/"))
    assert 'data-module="poll"' in fragment
    assert "<html" not in fragment
    result.delete()
    make_searched(run, buffalo=1)
    assert 'data-module="poll"' not in text_of(as_user(cast.viewer).get(f"{RUNS}progress/"))


def test_failures_are_told_by_reason(cast: Any, as_user: Any) -> None:
    run = make_run(cast.survey)
    for reason in ("Cut short.", "Cut short.", "Too dark."):
        make_result_set(run, state="failed", failure=reason)
    page = text_of(as_user(cast.analyst).get(RUNS))
    assert "<b>2 images failed:</b> Cut short." in page
    assert "<b>1 image failed:</b> Too dark." in page


@pytest.mark.parametrize(
    ("action", "who", "status"),
    [
        (action, *row)
        for action in ("cancellation", "current", "retries")
        for row in (("analyst", 302), ("viewer", 403), ("outsider", 404))
    ],
)
def test_who_may_change_a_search(cast: Any, as_user: Any, action: str, who: str, status: int) -> None:
    run = make_run(cast.survey)
    assert as_user(getattr(cast, who)).post(f"/runs/{run.pk}/{action}/").status_code == status


def test_a_cancelled_search_says_so(cast: Any, as_user: Any) -> None:
    run = make_run(cast.survey)
    make_result_set(run, make_image(survey=cast.survey, search_state="waiting"))
    client = as_user(cast.analyst)
    page = text_of(client.post(f"/runs/{run.pk}/cancellation/", follow=True))
    assert "The search is cancelled." in page
    assert "1 not searched" in page
    assert Image.objects.get().search_state == "none"


def test_the_list_of_searches_takes_as_many_queries_for_many(cast: Any, as_user: Any) -> None:
    client, taken = as_user(cast.analyst), []
    for wanted in (1, 8):
        while Run.objects.count() < wanted:
            run = make_run(cast.survey, is_current=False)
            make_searched(run, buffalo=1)
            make_result_set(run)
        with CaptureQueriesContext(connection) as queries:
            client.get(RUNS)
        taken.append(len(queries))
    assert taken[0] == taken[1]


def test_counts_are_summed_by_label(cast: Any, as_user: Any) -> None:
    run = make_run(cast.survey)
    make_searched(run, buffalo=3)
    make_searched(run, buffalo=2)
    make_image(survey=cast.survey)
    page = text_of(as_user(cast.viewer).get(COUNTS))
    assert "2 searched of 3 stored images" in page
    assert '<td data-label="Images with it" class="num">2</td> <td data-label="Detections" class="num">5</td>' in page
    assert "No detection of zebra" in page


def test_images_in_the_trash_are_not_counted(cast: Any, as_user: Any) -> None:
    make_searched(make_run(cast.survey), buffalo=3)
    Image.objects.update(trashed_at="2026-01-01T00:00Z")
    assert "No image has been searched yet" in text_of(as_user(cast.viewer).get(COUNTS))


def test_excluded_images_are_not_counted_and_that_is_said(cast: Any, as_user: Any) -> None:
    run = make_run(cast.survey)
    make_searched(run, buffalo=3)
    Image.objects.update(is_excluded=True)
    make_searched(run, buffalo=1)
    page = text_of(as_user(cast.viewer).get(COUNTS))
    assert '<td data-label="Detections" class="num">1</td>' in page
    assert "1 excluded image is left out of these numbers" in page


def test_where_all_that_was_searched_is_excluded_there_is_no_zero(cast: Any, as_user: Any) -> None:
    make_searched(make_run(cast.survey), buffalo=3)
    Image.objects.update(is_excluded=True)
    make_image(survey=cast.survey)
    page = text_of(as_user(cast.viewer).get(COUNTS))
    assert "No detection of" not in page
    assert "so there is no count: blank, not zero." in page


def test_without_a_search_the_counts_page_says_that_blank_is_not_zero(cast: Any, as_user: Any) -> None:
    page = text_of(as_user(cast.viewer).get(COUNTS))
    assert "Blank is not zero." in page
    assert "/api/v1/surveys/ruaha/exports/detection_counts.csv" in page


def test_images_without_a_count_are_told_apart(cast: Any, as_user: Any) -> None:
    make_searched(make_run(cast.survey), buffalo=1)
    make_image(survey=cast.survey, ingest_state="failed")
    make_image(survey=cast.survey, search_state="failed")
    page = text_of(as_user(cast.viewer).get(COUNTS))
    assert "1 image could not be read: it has no count." in page
    assert "The search of 1 image failed: it has no count." in page


def test_a_search_says_when_it_will_be_done(cast: Any, as_user: Any) -> None:
    run = make_run(cast.survey)
    Run.objects.update(created_at=timezone.now() - timedelta(minutes=20))
    for _ in range(2):
        make_searched(run)
    for _ in range(13):
        make_result_set(run)
    assert "2 of 15 images searched, done about an hour from now." in text_of(as_user(cast.viewer).get(RUNS))
