"""How a search may be started: mode, pre-filter, chosen images."""

from typing import Any
from uuid import uuid4

import pytest

from inference import forms
from inference.api import runs as runs_api
from inference.models import Run, SpeciesRule
from inference.runs import make_current, search_new_image
from jobs.models import Job
from surveys.models import Image
from tests.factories.inference import EMPTY_REPORT, make_model_version, make_run, make_speed_check
from tests.factories.jobs import run_jobs_of_kind
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db
ONNX = {"format": "onnx"}
RETINA = {"format": "rcnn", "settings": {"detectron2": {"MODEL": {"META_ARCHITECTURE": "RetinaNet"}}}}
API, PAGE, JSON = "/api/v1/surveys/ruaha/runs/", "/surveys/ruaha/runs/", "application/json"


def ask(client: Any, **wanted: Any) -> Any:
    return client.post(API, {"model": "plains"} | wanted, JSON)


@pytest.fixture
def analyst(cast: Any, as_user: Any) -> Any:
    cast.plains = make_model_version(name="plains")
    return as_user(cast.analyst)


def test_a_search_is_exact_and_without_a_pre_filter_unless_told_otherwise(cast: Any, analyst: Any) -> None:
    made = ask(analyst).json()
    assert (made["mode"], made["pre_filter"], made["does_take_all"]) == ("exact", None, True)


@pytest.mark.parametrize("mode", ["fast", "turbo"])
def test_a_mode_nobody_has_checked_on_this_survey_is_refused(cast: Any, analyst: Any, mode: str) -> None:
    make_speed_check(mode=mode, model_version=cast.plains)  # another survey's
    make_speed_check(cast.survey, mode="turbo" if mode == "fast" else "fast", model_version=cast.plains)
    make_speed_check(cast.survey, mode=mode)  # another model's
    make_speed_check(cast.survey, mode=mode, model_version=cast.plains, state="waiting")
    answer = ask(analyst, mode=mode)
    assert (answer.status_code, list(answer.json())) == (400, ["mode"])
    assert "run a speed-up check first" in answer.json()["mode"][0]
    assert not Run.objects.exists()


def test_a_mode_whose_check_saw_no_animal_is_refused(cast: Any, analyst: Any) -> None:
    make_speed_check(cast.survey, mode="turbo", model_version=cast.plains, report=EMPTY_REPORT)
    answer = ask(analyst, mode="turbo")
    assert (answer.status_code, "saw no animal" in answer.json()["mode"][0]) == (400, True)
    make_speed_check(cast.survey, mode="turbo", model_version=cast.plains)
    assert ask(analyst, mode="turbo").status_code == 201


def test_a_mode_with_a_speed_up_check_on_this_survey_is_taken(cast: Any, analyst: Any) -> None:
    make_speed_check(cast.survey, mode="fast", model_version=cast.plains)
    assert ask(analyst, mode="fast").json()["mode"] == "fast"


def test_what_becomes_impossible_after_the_form_was_read_is_refused_all_the_same(
    cast: Any, analyst: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (forms, runs_api):
        monkeypatch.setattr(module, "check_plan", lambda *_: None)
    assert list(ask(analyst, mode="turbo").json()) == ["mode"]
    page = analyst.post(PAGE, {"search-model_version": cast.plains.pk, "search-mode": "turbo"}, follow=True)
    assert "run a speed-up check first" in page.content.decode()
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("card", "mode", "modes"), [(ONNX, "fast", "exact"), (ONNX, "turbo", "exact"), (RETINA, "turbo", "exact, fast")]
)
def test_a_mode_that_would_change_nothing_is_refused(cast: Any, analyst: Any, card: Any, mode: str, modes: str) -> None:
    plain = make_model_version(name="plain", card=card)
    make_speed_check(cast.survey, mode=mode, model_version=plain)
    sentence = f"Mode “{mode}” would make nothing quicker for plain, version 1. Its modes: {modes}."
    assert ask(analyst, model="plain", mode=mode).json() == {"mode": [sentence]}
    page = analyst.post(PAGE, {"search-model_version": plain.pk, "search-mode": mode})
    assert (page.status_code, sentence in page.content.decode()) == (422, True)
    assert not Run.objects.exists()


def test_a_model_of_which_the_survey_leaves_out_every_label_is_refused(cast: Any, analyst: Any) -> None:
    for label in cast.plains.labels:
        SpeciesRule.objects.create(
            survey=cast.survey, model_name="plains", label=label, species=label, is_dropped=label != "zebra"
        )
    assert ask(analyst).status_code == 201
    SpeciesRule.objects.update(is_dropped=True)
    assert "nothing would be counted" in ask(analyst).json()["model"][0]
    page = analyst.post(PAGE, {"search-model_version": cast.plains.pk})
    assert (page.status_code, "nothing would be counted" in page.content.decode()) == (422, True)


def test_a_mode_of_a_detectron2_network_is_taken(cast: Any, analyst: Any) -> None:
    make_speed_check(cast.survey, mode="fast", model_version=make_model_version(name="retina", card=RETINA))
    assert ask(analyst, model="retina", mode="fast").json()["mode"] == "fast"


def test_where_no_model_has_modes_none_is_offered(cast: Any, analyst: Any) -> None:
    field, words = '<select name="search-mode"', "Fast and turbo are quicker"
    page = analyst.get(PAGE).content.decode()
    assert (field in page, words in page) == (True, True)
    cast.plains.delete()
    plain = make_model_version(card=ONNX)
    page = analyst.get(f"{PAGE}?model={plain.pk}&mode=fast").content.decode()
    assert (field in page, words in page, 'value="fast"' in page) == (False, False, False)
    refused = analyst.post(PAGE, {"search-model_version": plain.pk, "search-mode": "fast"})
    assert "would make nothing quicker" in refused.content.decode()


def test_a_pre_filter_searches_a_tenth_of_what_it_left_out_unless_told_otherwise(cast: Any, analyst: Any) -> None:
    make_model_version(name="quick", card={"score_threshold": 0.15})
    made = ask(analyst, pre_filter={"model": "quick"}).json()
    assert made["pre_filter"] == {"model": "quick", "version": "1", "threshold": 0.15, "random_share": 0.1}
    made = ask(analyst, pre_filter={"model": "quick", "threshold": 0.3, "random_share": 0.25}).json()
    assert (made["pre_filter"]["threshold"], made["pre_filter"]["random_share"]) == (0.3, 0.25)


@pytest.mark.parametrize(
    "pre_filter",
    [{}, {"model": "nobody"}, {"model": "plains"}, {"model": "quick", "random_share": 0}, {"model": "quick", "a": 1}],
)
def test_a_pre_filter_that_cannot_be_is_refused(cast: Any, analyst: Any, pre_filter: Any) -> None:
    make_model_version(name="quick")
    answer = ask(analyst, pre_filter=pre_filter)
    assert (answer.status_code, list(answer.json())) == (400, ["pre_filter"])


def test_a_classifier_is_a_pre_filter_and_never_the_detector(cast: Any, analyst: Any) -> None:
    patches = make_model_version(name="patches", card={"head": "patch_classes"})
    assert ask(analyst, pre_filter={"model": "patches"}).status_code == 201
    assert "use it as a pre-filter" in ask(analyst, model="patches").json()["model"][0]
    answer = analyst.post(PAGE, {"search-model_version": patches.pk})
    assert answer.status_code == 422


def test_chosen_images_alone_are_searched(cast: Any, analyst: Any) -> None:
    chosen, _other = (make_image(survey=cast.survey) for _ in range(2))
    make_run(cast.survey)
    made = ask(analyst, images=[str(chosen.pk), str(chosen.pk)]).json()
    assert (made["does_take_all"], made["does_follow_uploads"], made["is_current"]) == (False, False, False)
    run_jobs_of_kind("start_run")
    run = Run.objects.get(pk=made["id"])
    assert list(run.result_sets.values_list("image", flat=True)) == [chosen.pk]
    assert Job.objects.get(kind="detect").subject == run.result_sets.get().pk


def test_more_chosen_images_than_one_batch_all_get_a_job(
    cast: Any, analyst: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.runs.BATCH", 2)
    images = [str(make_image(survey=cast.survey).pk) for _ in range(5)]
    ask(analyst, images=images)
    run_jobs_of_kind("start_run")
    assert Job.objects.filter(kind="detect").count() == 5


def test_a_search_of_chosen_images_follows_no_uploads_and_adds_none_when_made_current(cast: Any, analyst: Any) -> None:
    former = make_run(cast.survey)
    chosen, other = (make_image(survey=cast.survey) for _ in range(2))
    run = Run.objects.get(pk=ask(analyst, images=[str(chosen.pk)]).json()["id"])
    make_current(run, cast.owner)
    search_new_image(make_image(survey=cast.survey))
    run_jobs_of_kind("start_run")
    run.refresh_from_db()
    former.refresh_from_db()
    assert (run.result_sets.count(), run.does_follow_uploads, former.does_follow_uploads) == (1, False, False)
    assert dict(Image.objects.filter(pk__in=[chosen.pk, other.pk]).values_list("pk", "search_state")) == {
        chosen.pk: "waiting", other.pk: "none"
    }  # fmt: skip


def test_a_search_of_chosen_images_is_current_where_no_other_is(cast: Any, analyst: Any) -> None:
    image = make_image(survey=cast.survey)
    assert ask(analyst, images=[str(image.pk)]).json()["is_current"]
    image.refresh_from_db()
    assert image.search_state == "waiting"


def test_images_of_others_and_unread_ones_are_refused(cast: Any, analyst: Any) -> None:
    mine = make_image(survey=cast.survey)
    unread, trashed = (
        make_image(survey=cast.survey, ingest_state="waiting"),
        make_image(survey=cast.survey, trashed_at="2026-01-01T00:00Z"),
    )
    for wrong in (make_image().pk, unread.pk, trashed.pk, uuid4()):
        answer = ask(analyst, images=[str(mine.pk), str(wrong)])
        assert answer.json() == {"images": [answer.json()["images"][0]]}
        assert answer.json()["images"][0].startswith("1 of these images is not in this survey")
    assert ask(analyst, images=[]).status_code == 400
    assert not Run.objects.exists()


def test_the_page_starts_a_search_of_the_images_of_chosen_transects(cast: Any, analyst: Any) -> None:
    here = make_image(survey=cast.survey, transect="T1")
    make_image(survey=cast.survey, transect="T2")
    page = analyst.post(PAGE, {"search-model_version": cast.plains.pk, "search-transects": ["T1"]}, follow=True)
    assert "searches 1 image." in page.content.decode()
    run = Run.objects.get()
    assert (list(run.result_sets.values_list("image", flat=True)), run.does_take_all) == ([here.pk], False)


def test_the_page_starts_a_trial_on_random_images(cast: Any, analyst: Any) -> None:
    for _ in range(5):
        make_image(survey=cast.survey)
    analyst.post(PAGE, {"search-model_version": cast.plains.pk, "search-n_random": "3"})
    assert Run.objects.get().result_sets.count() == 3


def test_the_page_takes_a_pre_filter(cast: Any, analyst: Any) -> None:
    quick = make_model_version(name="quick")
    fields = {"search-screen": quick.pk, "search-screen_threshold": "0.2", "search-random_share_percent": "20"}
    analyst.post(PAGE, {"search-model_version": cast.plains.pk} | fields)
    run = Run.objects.get()
    assert (run.screen, run.screen_threshold, run.random_share) == (quick, 0.2, 0.2)


def test_the_page_leads_from_a_refused_mode_to_the_check(cast: Any, analyst: Any) -> None:
    answer = analyst.post(PAGE, {"search-model_version": cast.plains.pk, "search-mode": "fast"})
    assert answer.status_code == 422
    assert "run a speed-up check first" in answer.content.decode()
    assert 'href="/surveys/ruaha/speed-checks/' in answer.content.decode()
