"""Speed-up checks on pages and in the API: who starts, who sees, what is shown."""

from typing import Any

import pytest
from django.utils import timezone

from inference.models import CheckCrop, SpeedCheck
from jobs.models import Job
from surveys.models import Image
from tests.factories.inference import EMPTY_REPORT, a_report, make_model_version, make_run, make_speed_check
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db
PAGE, API, JSON = "/surveys/ruaha/speed-checks/", "/api/v1/surveys/ruaha/speed-checks/", "application/json"


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def told(cast: Any) -> SpeedCheck:
    """A check that is done and lost a buffalo."""
    image = make_image(survey=cast.survey)
    check = make_speed_check(cast.survey, report=a_report(image), model_version=make_model_version(name="plains"))
    CheckCrop.objects.create(speed_check=check, image=image, number=0, jpeg=b"jpeg")
    return check


def test_an_analyst_starts_a_check(cast: Any, as_user: Any) -> None:
    model = make_model_version()
    wanted = {"check-model_version": model.pk, "check-mode": "turbo", "check-n_patches": "40"}
    answer = as_user(cast.analyst).post(PAGE, wanted)
    check = SpeedCheck.objects.get()
    assert answer["Location"] == f"/speed-checks/{check.pk}/"
    assert (check.mode, check.n_patches, check.survey, check.created_by) == ("turbo", 40, cast.survey, cast.analyst)
    assert Job.objects.get(kind="check_speed").subject == check.pk


@pytest.mark.parametrize("wrong", [{"check-mode": "exact"}, {"check-n_patches": "0"}, {"check-n_patches": "1000"}])
def test_a_check_that_cannot_be_is_refused(cast: Any, as_user: Any, wrong: Any) -> None:
    wanted = {"check-model_version": make_model_version().pk, "check-mode": "fast", "check-n_patches": "40"}
    assert as_user(cast.analyst).post(PAGE, wanted | wrong).status_code == 422
    assert not SpeedCheck.objects.exists()


def test_a_mode_that_would_change_nothing_is_not_checked(cast: Any, as_user: Any) -> None:
    client, onnx = as_user(cast.analyst), make_model_version(name="plain", card={"format": "onnx"})
    assert "there is nothing to check" in text_of(client.get(PAGE))
    network = {"detectron2": {"MODEL": {"META_ARCHITECTURE": "RetinaNet"}}}
    retina = make_model_version(name="retina", card={"format": "rcnn", "settings": network})
    page = text_of(client.get(PAGE))
    assert (str(onnx.pk) in page, str(retina.pk) in page, "there is nothing to check" in page) == (False, True, False)
    refused = client.post(PAGE, {"check-model_version": retina.pk, "check-mode": "turbo", "check-n_patches": "40"})
    assert (refused.status_code, "Its modes: exact, fast." in text_of(refused)) == (422, True)
    for model, mode in (("plain", "fast"), ("retina", "turbo")):
        answer = client.post(API, {"model": model, "mode": mode}, JSON)
        assert (answer.status_code, list(answer.json())) == (400, ["mode"])
    assert not SpeedCheck.objects.exists()


def test_the_page_says_what_the_mode_changes(cast: Any, as_user: Any) -> None:
    page = text_of(as_user(cast.viewer).get(f"/speed-checks/{told(cast).pk}/"))
    for words in (
        "Of 2 boxes that the exact mode keeps, this mode loses 1 and moves 0; it keeps 1 that the exact mode does not.",
        "4.0 times", "Lost: the exact mode alone keeps these", 'class="dot-lost"', 'class="dot-gained"',
        '<td data-label="Score shift, mean" class="num">-0.050</td>',
    ):  # fmt: skip
        assert words in page


def test_a_check_without_any_animal_says_that_it_says_nothing(cast: Any, as_user: Any) -> None:
    check = make_speed_check(cast.survey, report=EMPTY_REPORT)
    page = text_of(as_user(cast.analyst).get(f"/speed-checks/{check.pk}/"))
    assert "so the check says nothing of animals" in page
    assert "Search in mode" not in page


def test_a_check_under_way_tells_how_far_it_is_and_is_asked_for_again(cast: Any, as_user: Any) -> None:
    began = (timezone.now() - timezone.timedelta(minutes=10)).isoformat()
    check = make_speed_check(cast.survey, state="waiting", n_patches=60, report={"n_done": 20, "began_at": began})
    page = text_of(as_user(cast.viewer).get(f"/speed-checks/{check.pk}/progress/"))
    assert 'data-module="poll"' in page
    assert "20 of 60 patches compared, done about 19 minutes from now." in page.replace("20 minutes", "19 minutes")
    assert "<html" not in page


def test_a_check_that_failed_says_why_and_an_analyst_has_it_made_again(cast: Any, as_user: Any) -> None:
    check = make_speed_check(cast.survey, state="failed", failure="Too dark.", report={})
    page = f"/speed-checks/{check.pk}/"
    assert "Too dark." in text_of(as_user(cast.viewer).get(page))
    assert "/retries/" not in text_of(as_user(cast.viewer).get(page))
    assert as_user(cast.analyst).post(f"{page}retries/").status_code == 302
    check.refresh_from_db()
    assert (check.state, Job.objects.get().subject) == ("waiting", check.pk)


@pytest.mark.parametrize(("who", "status"), [("viewer", 200), ("outsider", 404), (None, 302)])
def test_crops_are_for_those_who_may_see_the_survey(cast: Any, as_user: Any, who: Any, status: int) -> None:
    answer = as_user(who and getattr(cast, who)).get(f"/speed-checks/{told(cast).pk}/crops/0.jpg")
    assert answer.status_code == status
    assert (answer.content == b"jpeg") == (status == 200)


def test_of_an_image_in_the_trash_no_crop_is_shown(cast: Any, as_user: Any) -> None:
    check, client = told(cast), as_user(cast.owner)
    assert "crops/0.jpg" in text_of(client.get(f"/speed-checks/{check.pk}/"))
    Image.objects.update(trashed_at="2026-01-01T00:00Z")
    assert "crops/0.jpg" not in text_of(client.get(f"/speed-checks/{check.pk}/"))
    assert client.get(f"/speed-checks/{check.pk}/crops/0.jpg").status_code == 404


def test_a_check_of_a_survey_that_is_gone_is_nobodys_page(cast: Any, as_user: Any) -> None:
    check = make_speed_check(cast.survey)
    SpeedCheck.objects.update(survey=None)
    assert as_user(cast.administrator).get(f"/speed-checks/{check.pk}/").status_code == 404


def test_the_api_starts_a_check_and_gives_its_report(cast: Any, as_user: Any) -> None:
    make_model_version(name="plains")
    made = as_user(cast.analyst).post(API, {"model": "plains", "mode": "fast"}, JSON)
    assert (made.status_code, made.json()["state"], made.json()["n_patches"]) == (201, "waiting", 60)
    done = told_report = as_user(cast.viewer).get(f"/api/v1/speed-checks/{make_speed_check(cast.survey).pk}/").json()
    assert (done["state"], told_report["report"]["lost"]) == ("done", 0)
    assert [one["id"] for one in as_user(cast.viewer).get(API).json()["results"]] == [done["id"], made.json()["id"]]


def test_the_api_checks_no_classifier(cast: Any, as_user: Any) -> None:
    make_model_version(name="patches", card={"head": "patch_classes"})
    answer = as_user(cast.analyst).post(API, {"model": "patches", "mode": "fast"}, JSON)
    assert list(answer.json()) == ["model"]


def test_a_search_in_another_mode_leads_to_its_check(cast: Any, as_user: Any) -> None:
    run = make_run(cast.survey, mode="fast")
    make_speed_check(model_version=run.model_version)
    mine = make_speed_check(cast.survey, model_version=run.model_version)
    page = text_of(as_user(cast.viewer).get("/surveys/ruaha/runs/"))
    assert f'Mode: fast. <a href="/speed-checks/{mine.pk}/">What it changes in the boxes</a>' in page


def test_a_link_fills_the_form_of_a_search(cast: Any, as_user: Any) -> None:
    make_model_version()
    model = make_model_version(name="plains")
    page = text_of(as_user(cast.analyst).get(f"/surveys/ruaha/runs/?model={model.pk}&mode=fast"))
    assert f'<option value="{model.pk}" selected>' in page
    assert '<option value="fast" selected>' in page
