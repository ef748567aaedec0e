"""Reviewing on the image page in Chromium: by keyboard, with a lost link, beside a colleague."""

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from inference.models import Detection
from review.models import Review
from surveys.models import Image, Observation
from tests.browser.test_viewer import make_searched_image, open_image
from tests.chromium import find_chromium
from tests.factories.viewer import make_shown_image
from tests.services import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BOXES = [
    ("buffalo", 0.9, 600, 400, 700, 480, ""),
    ("zebra", 0.6, 760, 420, 840, 520, ""),
    ("buffalo", 0.3, 480, 520, 560, 600, ""),
]


@pytest.fixture
def image(cast: SimpleNamespace) -> Image:
    return make_searched_image(cast, BOXES)


def press(page: Page, keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def saved(page: Page) -> None:
    expect(page.locator("[data-part=saving]")).to_have_text("Saved")


def verdicts() -> list[str]:
    return list(Detection.objects.order_by("-score").values_list("verdict", flat=True))


def counted() -> list[tuple[str, int]]:
    return list(Observation.objects.filter(withdrawn_at=None).order_by("species").values_list("species", "count"))


def states(page: Page) -> list[str]:
    return page.locator("[data-part=list] [data-state]").all_text_contents()


def test_an_image_is_reviewed_by_keyboard_alone(cast: Any, page_as: Callable[..., Page], image: Image) -> None:
    page = open_image(page_as(cast.reviewer), image)
    press(page, "ncrl")
    page.keyboard.type("Eland")
    page.keyboard.press("Tab")
    page.keyboard.type("40")
    page.keyboard.press("Enter")
    press(page, "m")
    saved(page)
    wait_until(lambda: Image.objects.get().review_state == "reviewed", what="the image to be reviewed")
    assert verdicts() == ["confirmed", "rejected", "relabelled"]
    assert counted() == [("Eland", 40), ("buffalo", 1)]
    open_image(page, image)
    assert states(page) == ["confirmed", "rejected", "relabelled"]
    expect(page.locator("[data-part=list]")).to_contain_text("40 × Eland (buffalo)")
    expect(page.locator("[data-part=image-state]")).to_have_text("reviewed")


def test_undone_all_the_way_it_is_as_at_first(cast: Any, page_as: Callable[..., Page], image: Image) -> None:
    page = open_image(page_as(cast.reviewer), image)
    press(page, "ncrdzzz")
    saved(page)
    wait_until(lambda: verdicts() == ["", "", ""], what="all to be taken back")
    assert (counted(), Image.objects.get().review_state) == ([], "unreviewed")
    assert states(page) == ["not reviewed"] * 3
    press(page, "yyy")
    wait_until(lambda: verdicts() == ["confirmed", "rejected", "duplicate"], what="all to be said again")


def test_what_was_said_on_an_earlier_visit_is_what_undo_leads_back_to(
    cast: Any, page_as: Callable[..., Page], image: Image
) -> None:
    page = open_image(page_as(cast.reviewer), image)
    press(page, "nc")
    saved(page)
    open_image(page, image)
    press(page, "nr")
    wait_until(lambda: verdicts()[0] == "rejected", what="the second verdict")
    press(page, "z")
    wait_until(lambda: verdicts()[0] == "confirmed", what="the first one to be back")


def test_with_the_link_down_nothing_is_lost_even_when_the_page_is_closed(
    cast: Any, page_as: Callable[..., Page], page_at: Any, image: Image
) -> None:
    page = open_image(page_as(cast.reviewer), image)
    page.route("**/reviews/", lambda route: route.abort())
    press(page, "ncrd")
    expect(page.locator("[data-part=saving]")).to_contain_text("Offline: 3 waiting")
    assert not Review.objects.exists()
    other = page.context.new_page()
    page.close()
    open_image(other, image)
    wait_until(lambda: verdicts() == ["confirmed", "rejected", "duplicate"], what="all three to be saved")
    in_order = list(Review.objects.order_by("created_at").values_list("verdict", flat=True))
    assert in_order == ["confirmed", "rejected", "duplicate"]
    page_at.problems[:] = [p for p in page_at.problems if "ERR_FAILED" not in p]


@pytest.mark.parametrize("by_now", ["nobody", "analyst"])
def test_what_was_said_waits_until_its_author_is_logged_in_again(
    cast: Any, page_as: Callable[..., Page], page_at: Any, image: Image, by_now: str
) -> None:
    page, other = (open_image(page_as(person), image) for person in (cast.reviewer, cast.analyst))
    mine, theirs = page.context.cookies(), other.context.cookies()
    page.context.clear_cookies()
    if by_now == "analyst":
        page.context.add_cookies(theirs)
    press(page, "nc")
    expect(page.locator("[data-part=saving]")).to_contain_text("1 waiting: log in again")
    assert not Review.objects.exists()
    page.context.clear_cookies()
    page.context.add_cookies(mine)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    saved(page)
    assert Review.objects.get().author == cast.reviewer
    page_at.problems[:] = [p for p in page_at.problems if not re.search("status of (401|403|404)", p)]


def test_where_the_browser_keeps_nothing_the_page_does_and_says_so(
    cast: Any, page_as: Callable[..., Page], page_at: Any, image: Image
) -> None:
    page = page_as(cast.reviewer)
    page.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('private', 'SecurityError'); }")
    open_image(page, image)
    page.route("**/reviews/", lambda route: route.abort())
    press(page, "nc")
    expect(page.locator("[data-part=saving]")).to_contain_text("on this page alone")
    page.unroute("**/reviews/")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    saved(page)
    assert verdicts()[0] == "confirmed"
    page_at.problems[:] = [p for p in page_at.problems if "ERR_FAILED" not in p]


def test_who_is_overtaken_sees_what_the_colleague_said(
    cast: Any, page_as: Callable[..., Page], page_at: Any, image: Image
) -> None:
    mine, theirs = (open_image(page_as(person), image) for person in (cast.reviewer, cast.analyst))
    press(theirs, "nr")
    saved(theirs)
    press(mine, "nc")
    told = mine.locator("[data-part=overtaken]")
    question = "buffalo 0.90: analyst said meanwhile: rejected. You said: confirmed, 1 × buffalo, which is not saved."
    expect(told).to_contain_text(question)
    expect(mine.locator("[data-part=saving]")).to_have_text("1 waits for your answer")
    open_image(mine, image)  # it is asked until it is answered
    expect(told).to_contain_text(question)
    assert verdicts()[0] == "rejected"
    assert states(mine)[0] == "rejected"
    press(mine, "q")
    expect(told.get_by_role("button", name="Show the box")).to_be_focused()
    for key in ("Tab", "Tab", "Enter"):
        mine.keyboard.press(key)
    saved(mine)
    expect(told).to_be_empty()
    expect(mine.locator("#toasts")).to_contain_text("Saved. What counts is what analyst said")
    # The analyst's word counts still, and the disagreement of roles is in the history.
    assert [review.verdict for review in Review.objects.order_by("created_at")] == ["rejected", "confirmed"]
    assert verdicts()[0] == "rejected"
    page_at.problems[:] = [p for p in page_at.problems if "409" not in p]


def test_who_is_overtaken_may_leave_it_and_hears_of_images_left_too(
    cast: Any, page_as: Callable[..., Page], page_at: Any, image: Image
) -> None:
    other = make_shown_image(survey=cast.survey)
    mine, theirs = (open_image(page_as(person), image) for person in (cast.reviewer, cast.analyst))
    press(theirs, "nrrr")
    saved(theirs)
    press(mine, "nc")
    told = mine.locator("[data-part=overtaken]")
    told.get_by_role("button", name="Leave theirs").click()
    expect(told).to_be_empty()
    mine.route("**/detections/*/reviews/", lambda route: route.abort())
    press(mine, "jc")
    expect(mine.locator("[data-part=saving]")).to_contain_text("Offline")
    mine.goto("about:blank")
    mine.unroute("**/detections/*/reviews/")
    open_image(mine, other)
    expect(told).to_contain_text("Something that you said on another page was not saved. Somebody else judged")
    told.get_by_role("link", name="Open that image").click()
    mine.wait_for_url(f"**/images/{image.pk}/#det=*")
    expect(told).to_contain_text("analyst said meanwhile: rejected")
    assert Review.objects.filter(author=cast.reviewer).count() == 0
    page_at.problems[:] = [p for p in page_at.problems if not re.search("409|ERR_FAILED", p)]


def test_an_empty_image_is_reviewed_and_an_unusable_one_says_why(cast: Any, page_as: Callable[..., Page]) -> None:
    image = make_searched_image(cast, [])
    page = open_image(page_as(cast.reviewer), image)
    press(page, "m")
    expect(page.locator("[data-part=image-state]")).to_have_text("reviewed, empty")
    page.get_by_role("button", name="Take that back").click()
    expect(page.locator("[data-part=image-state]")).to_have_text("unreviewed")
    page.get_by_role("button", name="Unusable").click()
    page.get_by_label("Why").fill("Fog over the whole transect")
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=image-state]")).to_have_text("unusable")
    assert Review.objects.get(verdict="unusable").note == "Fog over the whole transect"


def test_a_viewer_has_no_buttons_and_no_keys_to_judge_with(
    cast: Any, page_as: Callable[..., Page], image: Image
) -> None:
    page = open_image(page_as(cast.viewer), image)
    press(page, "nc")
    expect(page.locator("[data-part=review]")).to_have_count(0)
    assert not Review.objects.exists()


def test_boxes_are_drawn_and_moved_by_keyboard_alone(cast: Any, page_as: Callable[..., Page], image: Image) -> None:
    page = open_image(page_as(cast.reviewer), image)
    page.keyboard.press("a")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    page.keyboard.type("Eland")
    page.keyboard.press("Tab")
    page.keyboard.type("40")
    page.keyboard.press("Enter")
    saved(page)
    wait_until(lambda: counted() == [("Eland", 40)], what="the drawn group to be counted")
    drawn = Observation.objects.get()
    assert (drawn.left + drawn.right) / 2 > 1300 / 2
    press(page, "ne")
    for key in ("ArrowLeft", "Alt+ArrowDown", "Enter"):
        page.keyboard.press(key)
    wait_until(lambda: verdicts()[0] == "confirmed", what="the moved box to be accepted")
    moved = Observation.objects.get(detection__isnull=False)
    assert moved.left < 600
    assert moved.bottom - moved.top > 80
    open_image(page, image)
    assert states(page) == ["confirmed", "confirmed", "not reviewed", "not reviewed"]
    expect(page.locator("[data-part=list]")).to_contain_text("40 × Eland")
    press(page, "z")
    expect(page.locator("#toasts")).to_contain_text("nothing to undo")


def test_a_drawn_box_is_undone_and_done_again(cast: Any, page_as: Callable[..., Page], image: Image) -> None:
    page = open_image(page_as(cast.reviewer), image)
    draw_by_mouse(page, "Kudu")
    wait_until(lambda: counted() == [("Kudu", 1)], what="the drawn box")
    press(page, "z")
    wait_until(lambda: counted() == [], what="it to be taken back")
    assert len(states(page)) == 3
    press(page, "y")
    wait_until(lambda: counted() == [("Kudu", 1)], what="it to be back")


def test_a_box_is_drawn_with_the_mouse_on_an_image_without_boxes_and_stands_where_it_was_drawn(
    cast: Any, page_as: Callable[..., Page]
) -> None:
    image = make_searched_image(cast, [])
    page = open_image(page_as(cast.reviewer), image)
    draw_by_mouse(page, "Kudu")
    wait_until(lambda: counted() == [("Kudu", 1)], what="the drawn box")
    expect(page.locator("[data-part=list]")).to_contain_text("Kudu")
    drawn = Observation.objects.get()
    assert (drawn.right - drawn.left) == pytest.approx(2 * (drawn.bottom - drawn.top), rel=0.1)
    other = open_image(page_as(cast.viewer), image)
    expect(other.locator("[data-part=list]")).to_contain_text("Kudu drawn")


def test_a_species_kept_for_new_boxes_is_shown_used_and_cleared_by_escape(
    cast: Any, page_as: Callable[..., Page], image: Image
) -> None:
    page = open_image(page_as(cast.reviewer), image)
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.keyboard.type("Kudu")
    page.get_by_label("Use this species for the next boxes too").check()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    expect(page.locator("[data-part=active-species]")).to_contain_text("New boxes are: Kudu")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    wait_until(lambda: counted() == [("Kudu", 1), ("Kudu", 1)], what="a second one without being asked")
    page.keyboard.press("Escape")
    expect(page.locator("[data-part=active-species]")).to_be_hidden()


def draw_by_mouse(page: Page, species: str) -> None:
    page.keyboard.press("a")
    box = page.locator("[data-part=map]").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 80, y + 40, steps=4)
    page.mouse.up()
    page.keyboard.press("Enter")
    page.get_by_label("Species", exact=True).fill(species)
    page.keyboard.press("Enter")


def test_what_waits_outlives_a_link_that_was_down_and_a_browser_that_was_killed(
    cast: Any, browser: Browser, live_server: Any, image: Image, tmp_path: Path
) -> None:
    profile = Profile(browser, tmp_path / "profile", live_server.url, cast.reviewer)
    page = open_image(profile.open(), image)
    page.context.set_offline(True)
    press(page, "ncrd")
    expect(page.locator("[data-part=saving]")).to_contain_text("Offline: 3 waiting")
    page.wait_for_timeout(30_000)
    expect(page.locator("[data-part=saving]")).to_contain_text("Offline: 3 waiting")
    profile.kill()
    assert not Review.objects.exists()
    page = open_image(profile.open(), image)
    saved(page)
    in_order = list(Review.objects.order_by("created_at").values_list("verdict", flat=True))
    assert in_order == ["confirmed", "rejected", "duplicate"]
    assert states(page) == ["confirmed", "rejected", "duplicate"]
    page.context.close()


class Profile:
    """A Chromium of its own, whose files outlive it, in which the person logs in each time."""

    def __init__(self, browser: Browser, folder: Path, url: str, user: Any) -> None:
        self.type, self.folder, self.url, self.user = browser.browser_type, folder, url, user

    def open(self) -> Page:
        arguments = {"executable_path": find_chromium(), "args": ["--no-sandbox", "--disable-gpu"]}
        context = self.type.launch_persistent_context(self.folder, base_url=self.url, **arguments)
        client = Client()
        client.force_login(self.user, backend="django.contrib.auth.backends.ModelBackend")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.url}])
        return context.pages[0]

    def kill(self) -> None:
        """All its processes, as a crash of the machine would."""
        pids = self._pids()
        assert pids
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not self._pids(), what="Chromium to be gone")
        for lock in self.folder.glob("Singleton*"):
            lock.unlink()

    def _pids(self) -> list[int]:
        return [int(file.parent.name) for file in Path("/proc").glob("[0-9]*/cmdline") if self._is_mine(file)]

    def _is_mine(self, command_line: Path) -> bool:
        try:
            return f"--user-data-dir={self.folder}".encode() in command_line.read_bytes().split(b"\0")
        except OSError:  # it ended meanwhile
            return False


def test_keys_are_changed_in_their_list_and_shown_so(cast: Any, page_as: Callable[..., Page], image: Image) -> None:
    page = open_image(page_as(cast.reviewer), image)
    page.keyboard.press("?")
    page.get_by_label("What it does").select_option("reject")
    page.get_by_label("Its key: press the new one").press("x")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("[data-command=reject] kbd")).to_have_text("X")
    press(page, "nr")
    press(page, "x")
    wait_until(lambda: verdicts()[0] == "rejected", what="the verdict of the new key")
    open_image(page, image)
    expect(page.locator("[data-command=reject] kbd")).to_have_text("X")
