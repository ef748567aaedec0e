"""Talking about an image in Chromium: two people, by keyboard alone, and what is typed never runs."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from inference.models import Detection
from review.models import Comment
from surveys.models import Image, Observation
from tests.browser.test_viewer import make_searched_image, open_image
from tests.factories.review import make_comment
from tests.services import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BOXES = [("buffalo", 0.9, 600, 400, 700, 480, ""), ("zebra", 0.6, 760, 420, 840, 520, "")]
SCRIPT = "<img src=x onerror=\"alert('{0}')\"><script>alert('{0}')</script>"


@pytest.fixture
def image(cast: SimpleNamespace) -> Image:
    return make_searched_image(cast, BOXES)


def tab_to(page: Page, name: str) -> None:
    """With the Tab key alone, from where the focus is, to the next button of that name."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()").startswith(name):
            return
    raise AssertionError(f"Tab does not lead to {name}")


def say(page: Page, text: str) -> None:
    expect(page.locator("#comment-text")).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#comment-text")).to_be_hidden()


def look_again(page: Page) -> None:
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def news(page: Page) -> Any:
    return page.locator("[data-part=comments-new]")


def thread(page: Page) -> Any:
    return page.locator("[data-thread]")


def test_two_people_talk_about_a_box_by_keyboard_alone(cast: Any, page_as: Callable[..., Page], image: Image) -> None:
    asking, answering = (open_image(page_as(person), image) for person in (cast.reviewer, cast.analyst))
    asking.keyboard.press("n")
    asking.keyboard.press("t")
    expect(asking.locator("#comment-on")).to_have_value("box")
    say(asking, "Is this a *calf*?")
    expect(thread(asking)).to_be_focused()
    assert Comment.objects.get().detection == Detection.objects.get(label="buffalo").pk

    look_again(answering)
    expect(news(answering)).to_have_text("1 new")
    answering.locator("#tab-boxes").focus()
    answering.keyboard.press("ArrowRight")
    expect(news(answering)).to_be_hidden()
    expect(thread(answering).locator("em")).to_have_text("calf")
    tab_to(answering, "Show: buffalo")
    answering.keyboard.press("Enter")
    expect(answering.locator("[role=option][aria-selected=true]")).to_contain_text("buffalo")
    tab_to(answering, "Answer")
    answering.keyboard.press("Enter")
    say(answering, "No, an adult.")
    tab_to(answering, "Resolve")
    answering.keyboard.press("Enter")
    expect(answering.locator(".threads-resolved summary")).to_have_text("1 resolved")

    asking.locator("#tab-boxes").click()
    look_again(asking)
    expect(news(asking)).to_have_text("1 new")
    asking.locator("#tab-comments").click()
    expect(asking.locator(".threads-resolved")).to_contain_text("Resolved by analyst")
    tab_to(asking, "1 resolved")
    asking.keyboard.press("Enter")
    tab_to(asking, "Open it again")
    asking.keyboard.press("Enter")
    wait_until(lambda: Comment.objects.filter(parent=None, resolved_at=None).exists(), what="the thread to be open")
    expect(asking.locator(".threads > .thread")).to_contain_text("No, an adult.")


def test_a_box_that_people_drew_can_be_talked_about(cast: Any, page_as: Callable[..., Page], image: Image) -> None:
    page = open_image(page_as(cast.reviewer), image)
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.keyboard.type("Eland")
    page.keyboard.press("Enter")
    wait_until(Observation.objects.exists, what="the drawn box")
    for key in ("Escape", "n", "t"):  # those that people drew come first
        page.keyboard.press(key)
    say(page, "A herd?")
    assert Comment.objects.get().observation == Observation.objects.get().pk
    expect(thread(page).locator("[data-on]")).to_have_text("Eland")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Show: Eland").click()
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("Eland")


def test_a_place_is_the_middle_of_the_view_and_has_a_mark(
    cast: Any, page_as: Callable[..., Page], image: Image
) -> None:
    page = open_image(page_as(cast.reviewer), image, "#x=300&y=200&s=1")
    page.keyboard.press("t")
    expect(page.locator("#comment-on")).to_have_value("place")
    expect(page.locator(".comment-mark.is-pending")).to_be_visible()
    say(page, "Tracks?")
    made = Comment.objects.get()
    assert (made.x, made.y) == (300, 200)
    page.locator(".comment-mark").click()
    expect(thread(page)).to_have_attribute("aria-current", "true")
    page.goto(f"/images/{image.pk}/#x=1000&y=800&s=2")
    expect(page.locator(".comment-mark")).not_to_be_in_viewport()
    page.get_by_role("button", name="Show: place 300, 200").click()
    expect(page.locator(".comment-mark.is-current")).to_be_in_viewport()


def test_what_is_typed_stays_until_it_is_sent_and_escape_leaves(
    cast: Any, page_as: Callable[..., Page], page_at: Any, image: Image
) -> None:
    page = open_image(page_as(cast.reviewer), image)
    page.route("**/comments/", lambda route: route.abort())
    page.keyboard.press("t")
    expect(page.locator("#comment-on")).to_have_value("image")
    page.keyboard.type("Low sun")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-part=comment-trouble]")).to_contain_text("Not sent")
    page.unroute("**/comments/")
    page.keyboard.press("Control+Enter")
    expect(thread(page)).to_contain_text("Low sun")
    page.keyboard.press("t")
    page.keyboard.type("nc")
    page.keyboard.press("Escape")
    expect(page.locator("#comment-text")).to_be_hidden()
    assert (Comment.objects.count(), Comment.objects.get().x) == (1, None)
    page_at.problems[:] = [p for p in page_at.problems if "ERR_FAILED" not in p]


def test_ones_own_words_can_be_changed_and_taken_back(cast: Any, page_as: Callable[..., Page], image: Image) -> None:
    comment = make_comment(image, cast.reviewer, "A calv")
    page = open_image(page_as(cast.reviewer), image, f"?comment={comment.id}")
    page.get_by_role("button", name="Change").click()
    page.locator("#comment-text").fill("A calf")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".comment-text")).to_have_text("A calf")
    page.get_by_role("button", name="Take back").click()
    page.get_by_role("button", name="Take it back").click()
    expect(thread(page)).to_have_count(0)
    assert Comment.objects.get().text == ""


def test_a_link_leads_to_the_comment_and_its_box(cast: Any, page_as: Callable[..., Page], image: Image) -> None:
    zebra = Detection.objects.get(label="zebra")
    first = make_comment(image, cast.owner, "Which side is this?", detection=zebra.pk)
    answer = make_comment(image, cast.analyst, "The left one.", parent=first)
    page = page_as(cast.viewer)
    page.goto("/surveys/ruaha/comments/")
    page.get_by_role("link", name=image.file_name).click()
    expect(page.locator("[aria-current=true][data-thread]")).to_contain_text("The left one.")
    page.wait_for_url(re.compile(f"comment={first.id}.*det={zebra.pk}"))
    open_image(page, image, f"?comment={answer.id}")
    expect(page.locator("[aria-current=true][data-thread]")).to_contain_text("The left one.")


def test_a_viewer_reads_and_has_nothing_to_write_with(cast: Any, page_as: Callable[..., Page], image: Image) -> None:
    make_comment(image, cast.owner, "Fog")
    page = open_image(page_as(cast.viewer), image)
    page.keyboard.press("t")
    page.locator("#tab-comments").click()
    expect(thread(page)).to_contain_text("Fog")
    expect(page.locator("#comment-text")).to_have_count(0)
    expect(page.get_by_role("button", name="Answer")).to_have_count(0)


def test_scripts_in_comments_names_and_file_names_do_not_run(
    cast: Any, page_as: Callable[..., Page], page_at: Any
) -> None:
    """A violation of the Content-Security-Policy is a problem of the page, as an exception is (tests/chromium.py)."""
    cast.reviewer.first_name, cast.reviewer.last_name = SCRIPT.format("name"), SCRIPT.format("surname")
    cast.reviewer.save()
    image = make_searched_image(cast, BOXES, file_name=f"{SCRIPT.format('file')}.jpg")
    first = make_comment(image, cast.reviewer, SCRIPT.format("text"), detection=Detection.objects.first().pk)
    links = "[a](javascript:alert(1)) ![b](https://c.example/d.png) <javascript:alert(1)>"
    make_comment(image, cast.reviewer, links, parent=first)
    page, dialogs = page_as(cast.owner), list[str]()
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto("/surveys/ruaha/comments/")
    page.wait_for_load_state("networkidle")
    expect(page.locator(".thread-list")).to_contain_text("<script>alert('text')</script>")
    open_image(page, image, f"?comment={first.id}")
    expect(thread(page)).to_contain_text("<script>alert('text')</script>")
    page.locator(".comment-mark").hover()
    page.get_by_role("button", name="Answer").click()
    say(page, SCRIPT.format("typed"))
    expect(thread(page)).to_contain_text("<script>alert('typed')</script>")
    assert page.locator(".comment img, .comment script").count() == 0
    assert [link.get_attribute("href") for link in page.locator(".comment a").all()] == ["https://c.example/d.png"]
    assert dialogs == []


def test_what_was_typed_is_there_again_when_the_page_was_closed(
    cast: Any, page_as: Callable[..., Page], image: Image
) -> None:
    page = open_image(page_as(cast.reviewer), image)
    page.keyboard.press("t")
    page.keyboard.type("Two cows")
    open_image(page, image)
    expect(page.get_by_text("You had begun to write a comment on this image: T goes on.")).to_be_visible()
    page.keyboard.press("t")
    expect(page.locator("#comment-text")).to_have_value("Two cows")
    say(page, " and a calf")
    wait_until(lambda: list(Comment.objects.values_list("text", flat=True)) == ["Two cows and a calf"], what="it")
    open_image(page, image)
    page.keyboard.press("t")
    expect(page.locator("#comment-text")).to_have_value("")
