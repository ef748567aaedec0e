"""The card page: what it shows, only what was measured, and who retires a version."""

import re
from typing import Any

import pytest

from inference.models import ModelVersion, Run, SpeedCheck
from tests.factories.inference import make_model_version, make_result_set, make_run
from tests.factories.surveys import make_survey

pytestmark = pytest.mark.django_db
CARD, RETIREMENT, RETURN = "/models/plains/3/", "/models/plains/3/retirement/", "/models/plains/3/return/"
SAID = {
    "licence": "CC0-1.0", "source": "Made by the test", "training_data": "A made-up plain",
    "intended_use": "Large mammals from above.", "trained_gsd_cm": [2, 5], "view": ["nadir"],
    "architecture": "YOLOX-nano",
    "metrics": {"dry_season": {"images": 1200, "recall": 0.705, "kinds": {"zebra": {"recall": 0.25, "animals": 4}}}},
}  # fmt: skip


def text_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def plains(cast: Any) -> ModelVersion:
    return make_model_version(name="plains", version="3", card=SAID)


def searched(run: Run, **fields: Any) -> None:
    given = {
        "n_detections": 0,
        "searched_at": "2026-06-01T06:00Z",
        "n_patches": 10,
        "device": "cuda",
        "engine": "torch",
    }
    make_result_set(run, state="searched", **given | fields)


def test_the_card_says_all_that_its_maker_said(cast: Any, as_user: Any, plains: ModelVersion) -> None:
    page = text_of(as_user(cast.outsider).get(CARD))
    for words in (
        "plains, version 3", "CC0-1.0", "Made by the test", "A made-up plain", "Large mammals from above.",
        "2 to 5 cm a pixel", "nadir", "YOLOX-nano", "256 × 256 px, 32 px overlap", "0.25", "buffalo", "zebra",
    ):  # fmt: skip
        assert words in page


def test_the_list_leads_to_the_card(cast: Any, as_user: Any, plains: ModelVersion) -> None:
    assert f'href="{CARD}"' in as_user(cast.viewer).get("/models/").content.decode()


def test_figures_stand_by_set_and_kind(cast: Any, as_user: Any, plains: ModelVersion) -> None:
    page = text_of(as_user(cast.viewer).get(CARD))
    assert "Dry season" in page
    assert "Images 1,200" in page
    assert "Recall 0.705" in page
    assert "zebra 0.250 4" in page


def test_a_card_without_figures_says_so(cast: Any, as_user: Any) -> None:
    make_model_version(name="plains", version="3")
    assert "The card holds no figures." in text_of(as_user(cast.viewer).get(CARD))


def test_an_unknown_version_is_not_found(cast: Any, as_user: Any, plains: ModelVersion) -> None:
    assert as_user(cast.administrator).get("/models/plains/4/").status_code == 404
    assert as_user(None).get(CARD).status_code == 302


def test_speeds_are_the_median_of_what_was_measured(cast: Any, as_user: Any, plains: ModelVersion) -> None:
    run = make_run(cast.survey, model_version=plains)
    for seconds in (1.0, 2.0, 9.0):
        searched(run, detector_s=seconds)
    searched(run, detector_s=5.0, device="cpu", engine="onnxruntime")
    page = text_of(as_user(cast.viewer).get(CARD))
    assert "cuda torch exact 0.200 5.0 3" in page
    assert "cpu onnxruntime exact 0.500 2.0 1" in page


def test_behind_a_pre_filter_only_the_patches_looked_at_count(cast: Any, as_user: Any, plains: ModelVersion) -> None:
    run = make_run(cast.survey, model_version=plains)
    searched(run, detector_s=3.0, n_passed=2, n_at_random=1)
    searched(run, detector_s=0.0, n_passed=0, n_at_random=0)
    assert "cuda torch exact 1.000 1.0 1" in text_of(as_user(cast.viewer).get(CARD))


def test_what_was_not_measured_is_not_claimed(cast: Any, as_user: Any, plains: ModelVersion) -> None:
    make_result_set(make_run(cast.survey, model_version=plains))
    searched(make_run(cast.survey, is_current=False), detector_s=1.0)  # by another model
    page = text_of(as_user(cast.viewer).get(CARD))
    assert "It has not searched an image here yet" in page
    assert "1 as the model" in page


def test_speed_up_checks_are_listed_for_everybody(cast: Any, as_user: Any, plains: ModelVersion) -> None:
    facts = {"model_version": plains, "mode": "fast", "n_patches": 400, "created_by": cast.owner, "device": "cuda"}
    SpeedCheck.objects.create(survey=make_survey(), state="done", report={"lost": 7, "gained": 3}, **facts)
    SpeedCheck.objects.create(
        survey=cast.survey, state="failed", failure="No patch of this survey holds a box.", **facts
    )
    page = text_of(as_user(cast.outsider).get(CARD))
    assert "fast cuda 400 7 3" in page
    assert "failed: No patch of this survey holds a box." in page


def test_an_administrator_retires_a_version_and_takes_it_back(cast: Any, as_user: Any, plains: ModelVersion) -> None:
    client = as_user(cast.administrator)
    page = text_of(client.post(RETIREMENT, follow=True))
    assert "it starts no new search" in page
    plains.refresh_from_db()
    assert plains.retired_by == cast.administrator
    assert not ModelVersion.objects.available().exists()
    assert "may be chosen for searches again" in text_of(client.post(RETURN, follow=True))
    assert ModelVersion.objects.available().get() == plains


def test_a_retired_version_starts_no_new_search_and_stays_readable(
    cast: Any, as_user: Any, plains: ModelVersion
) -> None:
    as_user(cast.administrator).post(RETIREMENT)
    wanted = {"model": "plains", "version": "3"}
    answer = as_user(cast.owner).post("/api/v1/surveys/ruaha/runs/", wanted, "application/json")
    assert (answer.status_code, Run.objects.count()) == (400, 0)
    assert "This version is retired" in text_of(as_user(cast.viewer).get(CARD))


@pytest.mark.parametrize("address", [RETIREMENT, RETURN])
def test_an_owner_changes_nothing_in_the_registry(cast: Any, as_user: Any, plains: ModelVersion, address: str) -> None:
    assert as_user(cast.owner).post(address).status_code == 403
    page = text_of(as_user(cast.owner).get(CARD))
    assert "Retire this version" not in page


def test_who_retired_it_first_stays_named(cast: Any, as_user: Any, plains: ModelVersion) -> None:
    ModelVersion.objects.update(retired_at="2026-01-01T00:00Z", retired_by=cast.owner)
    as_user(cast.administrator).post(RETIREMENT)
    plains.refresh_from_db()
    assert plains.retired_by == cast.owner


def test_a_program_retires_a_version_and_takes_it_back(cast: Any, as_user: Any, plains: ModelVersion) -> None:
    client, address = as_user(cast.administrator), "/api/v1/models/plains/3/"
    assert client.patch(address, {"retired": True}, "application/json").json()["retired_at"]
    assert client.patch(address, {"retired": False}, "application/json").json()["retired_at"] is None
    assert client.patch(address, {}, "application/json").status_code == 400
    assert client.patch(address, {"retried": True}, "application/json").json() == {
        "retried": ["There is no such field."]
    }


def test_the_card_says_whether_a_self_test_was_passed(cast: Any, as_user: Any, plains: ModelVersion) -> None:
    assert "None: nobody knows whether it computes here" in text_of(as_user(cast.viewer).get(CARD))
    ModelVersion.objects.update(selftest={"sha256": "0" * 64, "n_boxes": 6})
    assert "Passed when it was registered: 6 boxes on its own patch." in text_of(as_user(cast.viewer).get(CARD))
