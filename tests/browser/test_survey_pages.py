"""The survey pages in Chromium: the moving part moves, forms do what they say."""

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from surveys.models import Image, ImageLabel
from tests.factories.inference import make_model_version, make_result_set, make_run
from tests.factories.jobs import make_job
from tests.factories.surveys import make_image
from tests.factories.viewer import make_shown_image

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def busy(cast: SimpleNamespace) -> SimpleNamespace:
    """The cast's survey with an image in every state."""
    run = make_run(cast.survey, model_version=make_model_version(name="plains"))
    found = make_shown_image(survey=cast.survey, file_name="found.jpg", captured_at="2026-06-01T06:00Z")
    Image.objects.filter(pk=found.pk).update(search_state="searched", n_detections=3)
    ImageLabel.objects.create(image=found, run=run.pk, label="buffalo", n_detections=3, max_score=0.9)
    make_shown_image(survey=cast.survey, search_state="searched", n_detections=0)
    broken = make_image(survey=cast.survey, ingest_state="failed", failure="It is cut short.", failure_code="truncated")
    make_job(kind="ingest", subject=broken.pk, group=cast.survey.pk, state="failed", failure="It is cut short.")
    waiting = make_shown_image(survey=cast.survey, search_state="waiting")
    make_result_set(run, waiting)
    make_image(survey=cast.survey, trashed_at="2026-06-01T06:00Z")
    cast.waiting = waiting
    return cast


def test_the_moving_part_follows_what_happens(page_as: Callable[..., Page], busy) -> None:
    page = page_as(busy.viewer)
    page.goto("/surveys/ruaha/")
    searched = page.locator(".stage b").nth(2)
    expect(searched).to_have_text("2")
    Image.objects.filter(pk=busy.waiting.pk).update(search_state="searched", n_detections=1)
    expect(searched).to_have_text("3", timeout=10_000)
    expect(page.locator("#progress")).not_to_have_attribute("data-module", re.compile("poll"))


def test_an_owner_invites_and_copies_the_link(page_as: Callable[..., Page], busy) -> None:
    page = page_as(busy.owner)
    page.goto("/surveys/ruaha/members/")
    page.get_by_label("For whom").fill("Amani")
    page.get_by_role("button", name="Make a link").click()
    expect(page.locator(".copy code")).to_contain_text("/invitations/")
    expect(page.get_by_text("works until")).to_be_visible()


def test_a_removal_asks_first(page_as: Callable[..., Page], busy) -> None:
    page = page_as(busy.owner)
    page.goto("/surveys/ruaha/members/")
    remove = page.get_by_role("button", name=re.compile(r"^Remove ?: viewer$"))
    remove.click()
    page.get_by_role("button", name="Leave it as it is").click()
    assert busy.survey.memberships.filter(user=busy.viewer).exists()
    remove.click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("is no member any more")).to_be_visible()


def test_a_new_survey_begins_in_the_reader_s_time_zone(page_as: Callable[..., Page], cast) -> None:
    page = page_as(cast.outsider, timezone_id="Africa/Nairobi")
    page.goto("/surveys/new/")
    expect(page.get_by_label("Time zone")).to_have_value("Africa/Nairobi")


def test_images_are_filtered_by_label(page_as: Callable[..., Page], busy) -> None:
    page = page_as(busy.viewer)
    page.goto("/surveys/ruaha/images/")
    page.get_by_label("Label").select_option("buffalo")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".image-card")).to_have_count(1)
    expect(page.locator(".image-card")).to_contain_text("found.jpg")
