"""The page that makes a survey."""

import pytest
from django.utils import timezone

from inference.models import Run
from surveys.models import Survey
from tests.factories.inference import make_model_version

pytestmark = pytest.mark.django_db
GIVEN = {"name": "Ruaha, dry season", "time_zone": "Africa/Nairobi"}


def test_a_survey_is_made_without_a_model(cast, as_user):
    answer = as_user(cast.outsider).post("/surveys/new/", GIVEN)
    survey = Survey.objects.get(name="Ruaha, dry season")
    assert answer["Location"] == f"/surveys/{survey.slug}/"
    assert (survey.time_zone, survey.current_run) == ("Africa/Nairobi", None)


def test_whoever_makes_it_owns_it(cast, as_user):
    as_user(cast.outsider).post("/surveys/new/", GIVEN)
    assert Survey.objects.get(name="Ruaha, dry season").memberships.get().role == "owner"


def test_the_chosen_model_searches_what_comes_in(cast, as_user):
    model = make_model_version()
    as_user(cast.outsider).post("/surveys/new/", {**GIVEN, "model": model.pk})
    run = Run.objects.get()
    assert (run.model_version, run.does_follow_uploads) == (model, True)
    assert run.survey.current_run == run.pk


def test_the_page_says_what_each_model_finds(cast, as_user):
    make_model_version(name="plains", version="3")
    assert "plains, version 3: finds buffalo, zebra" in as_user(cast.outsider).get("/surveys/new/").content.decode()


def test_a_retired_model_is_not_offered(cast, as_user):
    model = make_model_version(retired_at=timezone.now())
    answer = as_user(cast.outsider).post("/surveys/new/", {**GIVEN, "model": model.pk})
    assert answer.context["form"].errors["model"]


def test_a_model_that_only_tells_patches_apart_is_not_offered(cast, as_user):
    model = make_model_version(card={"head": "patch_classes"})
    answer = as_user(cast.outsider).post("/surveys/new/", {**GIVEN, "model": model.pk})
    assert answer.context["form"].errors["model"]


def test_a_survey_needs_a_name(cast, as_user):
    answer = as_user(cast.outsider).post("/surveys/new/", {"time_zone": "UTC"})
    assert answer.context["form"].errors["name"]
