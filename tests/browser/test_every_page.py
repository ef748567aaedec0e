"""Every page, on every width and in both themes: accessible, no wider than the screen, one filled button at most."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import Resolver404
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from playwright.sync_api import Page, expect

from surveys.people import invite, reset_tokens
from tests.factories.inference import (
    a_report,
    make_comparison,
    make_model_upload,
    make_model_version,
    make_result_set,
    make_run,
    make_searched,
    make_speed_check,
)
from tests.factories.jobs import make_job
from tests.factories.review import make_comment, make_review_task
from tests.factories.surveys import make_image, make_survey, make_user
from tests.factories.viewer import make_shown_image
from tests.pages import PAGES, ShownPage, page_routes


def test_every_page_of_the_product_is_in_the_list() -> None:
    assert {route for page in PAGES if (route := route_of(page))} == page_routes()


def route_of(page: ShownPage) -> str | None:
    try:
        return page.route
    except Resolver404:
        return None  # the page for an unknown address


@pytest.fixture
def names(cast: SimpleNamespace) -> dict[str, Any]:
    """The cast's survey with an image in every state, one survey without any, and links for whoever has none yet."""
    run = make_run(cast.survey, model_version=make_model_version(name="plains"))
    shown = make_shown_image(survey=cast.survey, file_name="found.jpg", captured_at="2026-06-01T06:00Z", transect="T1")
    make_searched(run, shown, buffalo=3)
    empty = make_shown_image(survey=cast.survey)
    make_searched(run, empty)
    broken = make_image(survey=cast.survey, ingest_state="failed", failure="It is cut short.", failure_code="truncated")
    make_job(kind="ingest", subject=broken.pk, group=cast.survey.pk, state="failed", failure="It is cut short.")
    make_result_set(run, make_shown_image(survey=cast.survey, search_state="waiting"))
    make_image(survey=cast.survey, trashed_at="2026-06-01T06:00Z")
    invite(created_by=cast.owner, survey=cast.survey, role="reviewer", note="Amani")
    _, token = invite(created_by=cast.owner, survey=cast.survey, role="reviewer")
    talk = make_comment(shown, cast.reviewer, "Is this a *calf*?\n\n- ears\n- `40 cm`", x=60, y=40)
    make_comment(shown, cast.owner, "I think so: [look](https://example.org/)", parent=talk)
    make_comment(shown, cast.reviewer, "Fog", resolved_at=talk.created_at, resolved_by=cast.owner)
    blank, forgetful = make_survey(owner=cast.owner, slug="blank"), make_user("forgetful")
    other = make_run(cast.survey, is_current=False, model_version=make_model_version(name="savanna"))
    make_searched(other, shown, zebra=2)
    check = make_speed_check(cast.survey, model_version=run.model_version, report=a_report(shown))
    comparison = make_comparison(cast.survey, model_version=run.model_version, left_out={"unknown": 1, "ambiguous": 2})
    model_upload = make_model_upload(cast.administrator, state="done")
    task = make_review_task(cast.survey, [cast.owner, cast.reviewer], [shown, empty])
    return {
        "task": task.pk,
        "check": check.pk, "comparison": comparison.pk, "model": "plains/1", "model_upload": model_upload.subject,
        "slug": cast.survey.slug, "blank": blank.slug, "image": shown.pk, "empty": empty.pk,
        "failed": broken.pk, "run": run.pk, "other_run": other.pk, "model_version": run.model_version_id,
        "invitation": token, "first": "spent", "comment": talk.id,
        "reset": f"{urlsafe_base64_encode(force_bytes(forgetful.pk))}/{reset_tokens.make_token(forgetful)}",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1440, "light")])  # each once: all four take twice as long
def test_pages_are_accessible_and_fit(
    page_as: Callable[..., Page], page_at: Any, live_server: Any, assert_accessible: Callable[[Page], None],
    cast: SimpleNamespace, names: dict[str, Any], width: int, theme: str,
) -> None:  # fmt: skip
    owner = page_as(cast.owner, width, theme, with_hints=True)
    administrator = page_as(cast.administrator, width, theme, with_hints=True)
    nobody = page_at(width, theme, base_url=live_server.url)
    for shown in PAGES:
        page = nobody if shown.is_public else administrator if shown.is_administrators else owner
        page.goto(shown.path.format(**names))
        try:
            assert_accessible(page)
        except AssertionError as error:
            raise AssertionError(f"{shown.name}: {error}") from error
        assert page.evaluate("document.documentElement.scrollWidth") <= width, shown.name
        assert page.locator(".btn-primary:visible").count() <= 1, shown.name
    page_at.problems[:] = [p for p in page_at.problems if not re.search("status of (404|410)", p)]  # as it should be


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_on_paper_it_is_day(page_as: Callable[..., Page], cast, names) -> None:
    page = page_as(cast.viewer, theme="dark")
    page.goto("/surveys/ruaha/counts/")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(34, 31, 26)"
    expect(page.locator(".top")).to_be_hidden()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_hints_lead_from_the_overview_to_the_viewer_and_do_not_come_back(
    page_as: Callable[..., Page], cast: SimpleNamespace, names: dict[str, Any]
) -> None:
    page = page_as(cast.viewer, with_hints=True)
    for step, path in enumerate(("/surveys/ruaha/", "/surveys/ruaha/images/", f"/images/{names['image']}/"), start=1):
        page.goto(path)
        expect(page.get_by_text(f"Hint {step} of 3")).to_be_visible()
        page.get_by_role("button", name="Understood").click()
        expect(page.get_by_text(f"Hint {step} of 3")).to_be_hidden()
        page.reload()
        expect(page.locator("[data-hint]")).to_be_hidden()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_who_wants_no_hints_gets_none(page_as: Callable[..., Page], cast, names) -> None:
    page = page_as(cast.viewer, with_hints=True)
    page.goto("/surveys/ruaha/")
    page.get_by_role("button", name="No more hints").click()
    page.goto("/surveys/ruaha/images/")
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-hint]")).to_be_hidden()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_arrow_keys_lead_through_the_image_grid(page_as: Callable[..., Page], cast, names) -> None:
    page = page_as(cast.viewer)
    page.goto("/surveys/ruaha/images/")
    page.wait_for_load_state("networkidle")
    cards = page.locator(".image-card .name")
    cards.first.focus()
    page.keyboard.press("ArrowRight")
    expect(cards.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(cards.last).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.wait_for_url("**/images/*-*-*/")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_way_back_leads_to_the_filtered_grid_and_to_the_card(page_as: Callable[..., Page], cast, names) -> None:
    page = page_as(cast.viewer)
    page.goto("/surveys/ruaha/images/?state=with_animals")
    page.wait_for_load_state("networkidle")
    page.locator(".image-card .name").first.click()
    page.wait_for_selector("[data-ready]")
    page.get_by_role("link", name="Back").click()
    page.wait_for_url("**/images/?state=with_animals#image-*")
    expect(page.locator(".image-card .name").first).to_be_focused()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_size_of_the_pictures_is_remembered(page_as: Callable[..., Page], cast, names) -> None:
    page = page_as(cast.viewer)
    page.goto("/surveys/ruaha/images/")
    before = page.locator(".image-card").first.bounding_box()
    page.get_by_role("button", name="Small").click()
    page.reload()
    after = page.locator(".image-card").first.bounding_box()
    assert before
    assert after
    assert after["width"] < before["width"]


REACHABLE = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
  .filter((e) => e.tabIndex >= 0 && !e.disabled && e.type !== 'hidden')
  .filter((e) => e.checkVisibility({ visibilityProperty: true }))
  .filter((e) => e.type !== 'radio' || e.checked)  // arrow keys lead to the others
  .map((e) => (e.dataset.key ??= String(Math.random())) && e.dataset.key)"""
# Written down in the page, and asked for once: a question after each key would take longer than the key.
WRITE_DOWN = """() => {
  const isMarked = (e) => e && (getComputedStyle(e).outlineStyle !== 'none' || isMarked(e.parentElement));
  document.activeElement.blur();
  window.visited = [];
  document.addEventListener('focusin', ({ target }) => {
    window.visited.push([target.dataset.key, isMarked(target), target.outerHTML.slice(0, 120)]);
  }, true);
}"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    page_as: Callable[..., Page], page_at: Any, live_server: Any, cast: SimpleNamespace, names: dict[str, Any]
) -> None:
    owner, administrator, nobody = page_as(cast.owner), page_as(cast.administrator), page_at(base_url=live_server.url)
    for shown in PAGES:
        page = nobody if shown.is_public else administrator if shown.is_administrators else owner
        page.goto(shown.path.format(**names))
        page.wait_for_load_state("networkidle")
        page.evaluate(WRITE_DOWN)
        waiting = set(page.evaluate(REACHABLE))
        for _ in range(len(waiting) + 5):
            page.keyboard.press("Tab")
        for key, is_marked, element in page.evaluate("window.visited"):
            waiting.discard(key)
            assert is_marked, f"{shown.name}: nothing shows that {element} has the focus"
        lost = [page.evaluate("(k) => document.querySelector(`[data-key='${k}']`)?.outerHTML", key) for key in waiting]
        assert lost == [], shown.name
    page_at.problems[:] = [p for p in page_at.problems if not re.search("status of (404|410)", p)]
