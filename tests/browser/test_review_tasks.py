"""Review tasks in Chromium: shared out with a preview, gone through by keyboard, given back when the page is left."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from review.models import ReviewTask
from surveys.models import Image
from tests.factories.inference import make_run, make_searched
from tests.factories.review import make_review_task
from tests.factories.viewer import make_shown_image
from tests.services import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def images(cast: SimpleNamespace) -> list[Image]:
    run = make_run(cast.survey)
    shown = [make_shown_image(survey=cast.survey, file_name=f"T1_{n}.jpg") for n in range(3)]
    for image in shown:
        make_searched(run, image, buffalo=1)
    return shown


@pytest.fixture
def task(cast: SimpleNamespace, images: list[Image]) -> ReviewTask:
    return make_review_task(cast.survey, [cast.reviewer, cast.analyst], images)


def start(page: Page, task: ReviewTask) -> Page:
    page.goto(f"/review-tasks/{task.pk}/next/")
    return ready(page)


def ready(page: Page) -> Page:
    page.wait_for_selector("[data-module=viewer][data-ready]")
    page.wait_for_load_state("networkidle")
    return page


def holder(task: ReviewTask, place: int) -> str | None:
    person = task.images.select_related("holder").get(place=place).holder
    return person and person.username


def test_images_are_shared_out_and_the_form_says_how_many(
    cast: Any, page_as: Callable[..., Page], images: list[Image]
) -> None:
    page = page_as(cast.analyst)
    page.goto("/surveys/ruaha/review-tasks/")
    expect(page.locator("#task-preview")).to_have_text("It takes 3 images.")
    page.get_by_label("Highest model score to").fill("0.2")
    expect(page.locator("#task-preview")).to_have_text("It takes no image.")
    page.get_by_label("Highest model score to").fill("")
    page.get_by_label("Name", exact=True).fill("North block")
    page.get_by_label("reviewer", exact=True).check()
    page.get_by_role("button", name="Share out").click()
    expect(page.get_by_role("heading", name="North block")).to_be_visible()
    expect(page.locator("main")).to_contain_text("0 of 3 done")
    assert list(ReviewTask.objects.get().people.all()) == [cast.reviewer]


def test_a_task_is_gone_through_by_keyboard_alone(cast: Any, page_as: Callable[..., Page], task: ReviewTask) -> None:
    page = start(page_as(cast.reviewer), task)
    for n in (1, 2, 3):
        expect(page.locator("[data-part=task-done]")).to_have_text(f"{n - 1} of 3 done")
        page.keyboard.press("n")
        page.keyboard.press("c")
        page.keyboard.press("m")
        page.keyboard.press("]")  # at once: it waits until all is saved
        if n < 3:
            page.wait_for_url(f"**/images/{task.images.get(place=n + 1).image_id}/?task=*")
            ready(page)
    page.wait_for_url(f"**/review-tasks/{task.pk}/")
    expect(page.locator("main")).to_contain_text("Every image of this task is done.")
    assert task.images.filter(done_by=cast.reviewer).count() == 3


def test_the_page_counts_and_offers_the_next_image_when_this_one_is_done(
    cast: Any, page_as: Callable[..., Page], task: ReviewTask
) -> None:
    page = start(page_as(cast.reviewer), task)
    page.keyboard.press("m")
    expect(page.locator("[data-part=task-done]")).to_have_text("1 of 3 done")
    expect(page.get_by_role("link", name="Next image of the task")).to_have_class("btn btn-primary")
    expect(page.locator("#toasts")).to_contain_text("] leads to the next image")
    page.get_by_role("button", name="Take that back").click()
    expect(page.locator("[data-part=task-done]")).to_have_text("0 of 3 done")


def test_two_people_never_have_the_same_image(cast: Any, page_as: Callable[..., Page], task: ReviewTask) -> None:
    mine, theirs = (start(page_as(person), task) for person in (cast.reviewer, cast.analyst))
    assert (holder(task, 1), holder(task, 2)) == ("reviewer", "analyst")
    mine.keyboard.press("]")
    mine.wait_for_url(f"**/images/{task.images.get(place=3).image_id}/?task=*")
    theirs.keyboard.press("]")
    theirs.wait_for_url(f"**/images/{task.images.get(place=1).image_id}/?task=*")


@pytest.mark.parametrize("how", ["closed", "elsewhere"])
def test_an_image_goes_back_when_its_page_is_left(
    cast: Any, page_as: Callable[..., Page], task: ReviewTask, how: str
) -> None:
    page = start(page_as(cast.reviewer), task)
    assert holder(task, 1) == "reviewer"
    if how == "closed":
        page.close(run_before_unload=True)
    else:
        page.goto("/surveys/ruaha/")
    wait_until(lambda: holder(task, 1) is None, what="the image to be given back")


def test_a_page_loaded_again_holds_its_image(cast: Any, page_as: Callable[..., Page], task: ReviewTask) -> None:
    page = start(page_as(cast.reviewer), task)
    page.reload()
    ready(page)
    assert holder(task, 1) == "reviewer"


def test_who_did_nothing_for_too_long_is_told_when_the_image_is_anothers(
    cast: Any, page_as: Callable[..., Page], page_at: Any, task: ReviewTask
) -> None:
    page = page_as(cast.reviewer)
    page.clock.install()
    page.goto(f"/review-tasks/{task.pk}/next/")
    page.wait_for_selector("[data-module=viewer][data-ready]")
    task.images.filter(place=1).update(holder=cast.analyst, token="00000000-0000-4000-8000-000000000001")
    page.clock.fast_forward(20 * 60 * 1000)
    page.keyboard.press("n")
    expect(page.locator("#toasts")).to_contain_text("handed to somebody else")
    page_at.problems[:] = [p for p in page_at.problems if "409" not in p]
