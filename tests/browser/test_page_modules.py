"""The small behaviours of every page, in Chromium, on pages of a few lines."""

import mimetypes
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.slow

HOST = "http://127.0.0.1:9"  # nothing listens there: every answer comes from the test
FRAME = """<!doctype html><html lang="en"><title>t</title><script src="/static/js/theme.js"></script>
<link rel="stylesheet" href="/static/css/kopje.css">
<script defer src="/static/django_htmx/htmx-2.min.js"></script>
<script type="module" src="/static/js/modules.js"></script>
<body>{body}<div id="toasts" role="status"></div></body></html>"""


def send_static(route: Route) -> None:
    path = finders.find(route.request.url.split("/static/")[1])
    assert path
    route.fulfill(body=Path(path).read_bytes(), content_type=mimetypes.guess_type(path)[0])


@pytest.fixture
def show(page_at: Callable[..., Page]) -> Callable[..., Page]:
    """`show(body)` opens a page with that body and the modules started."""

    def show(body: str, page: Page | None = None, until: str = "networkidle", **options: str) -> Page:
        page = page or page_at(**options)
        page.route("**/static/**", send_static)
        page.route(
            f"{HOST}/", lambda route: route.fulfill(body=FRAME.replace("{body}", body), content_type="text/html")
        )
        page.goto(f"{HOST}/", wait_until=until)
        return page

    return show


THEMES = """<div data-module="theme-choice" hidden><button data-theme-choice="">Auto</button>
<button data-theme-choice="light">Light</button><button data-theme-choice="dark">Dark</button></div>"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_is_the_systems_until_one_is_chosen(show: Callable[..., Page], theme: str) -> None:
    page = show(THEMES, theme=theme)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)


def test_a_chosen_theme_stays_on_the_next_page_and_can_be_given_back_to_the_system(show: Callable[..., Page]) -> None:
    page = show(THEMES, theme="light")
    page.get_by_text("Dark").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.get_by_text("Dark")).to_have_attribute("aria-pressed", "true")
    page.get_by_text("Auto").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_the_menu_closes_on_escape_and_on_a_click_elsewhere(show: Callable[..., Page]) -> None:
    page = show('<details data-module="menu"><summary>Menu</summary><a href="#">One</a></details><p>Elsewhere</p>')
    page.get_by_text("Menu").click()
    page.keyboard.press("Escape")
    expect(page.get_by_text("One")).to_be_hidden()
    page.get_by_text("Menu").click()
    page.get_by_text("Elsewhere").click()
    expect(page.get_by_text("One")).to_be_hidden()


def test_a_link_is_copied(show: Callable[..., Page]) -> None:
    page = show(
        render_to_string("_copy.html", {"text": "http://here/invitations/abc/"}) + '<textarea id="into"></textarea>'
    )
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    page.locator("#into").focus()
    page.keyboard.press("Control+V")
    expect(page.locator("#into")).to_have_value("http://here/invitations/abc/")


def confirmed_form(show: Callable[..., Page]) -> tuple[Page, list[str]]:
    sent: list[str] = []
    form = """<form action="/gone/" data-module="confirm" data-question="Take Amina out?" data-answer="Take her out">
        <button name="who" value="7">Take out</button></form>"""
    page = show(render_to_string("_confirm_dialog.html") + form)
    page.route("**/gone/*", lambda route: (sent.append(route.request.url), route.fulfill(body="gone"))[1])
    page.get_by_role("button", name="Take out").click()
    expect(page.get_by_text("Take Amina out?")).to_be_visible()
    return page, sent


def test_a_form_that_asks_is_sent_after_a_yes(show: Callable[..., Page]) -> None:
    page, sent = confirmed_form(show)
    page.get_by_role("button", name="Take her out").click()
    page.wait_for_url("**/gone/**")
    assert sent == [f"{HOST}/gone/?who=7"]


def test_a_form_that_asks_is_not_sent_after_a_no(show: Callable[..., Page]) -> None:
    page, sent = confirmed_form(show)
    page.get_by_role("button", name="Leave it as it is").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Take out")).to_be_focused()
    assert sent == []


def test_a_dialog_opens_and_closes(show: Callable[..., Page]) -> None:
    page = show("""<button data-module="open-dialog" data-dialog="d">Share</button>
        <dialog id="d"><p>A link</p><button data-close>Close</button></dialog>""")
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_text("A link")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text("A link")).to_be_hidden()


def test_an_instant_is_shown_in_the_readers_time_zone(page_at: Callable[..., Page], show: Callable[..., Page]) -> None:
    context = page_at().context.browser.new_context(timezone_id="Africa/Nairobi", locale="en-KE")
    page = show(
        '<time datetime="2026-10-01T06:14:00+00:00" data-module="local-time">UTC</time>', page=context.new_page()
    )
    expect(page.locator("time")).to_have_text(re.compile("1 Oct 2026, 0?9:14"))
    context.close()


def test_a_time_long_past_is_told_in_words(show: Callable[..., Page]) -> None:
    page = show('<time datetime="2001-01-01T00:00:00Z" data-module="local-time" data-style="relative">UTC</time>')
    expect(page.locator("time")).to_have_text(re.compile(r"\d+ years ago"))


POLL = """<p id="p" data-module="poll" data-every="0.05" hx-get="/progress/" hx-trigger="poll"
hx-swap="outerHTML">0 of 9</p>"""


def polled(show: Callable[..., Page], answer: Callable[[int, Route], None]) -> tuple[Page, list[str]]:
    """A page with a polling fragment; `answer(n, route)` gives the n-th answer."""
    asked: list[str] = []
    page = show("")
    page.route("**/progress/", lambda route: (asked.append(route.request.url), answer(len(asked), route))[1])
    show(POLL, page=page, until="load")
    return page, asked


def test_a_fragment_is_fetched_until_it_comes_final(show: Callable[..., Page]) -> None:
    def answer(n: int, route: Route) -> None:
        if n == 2:
            route.fulfill(status=204)
        else:
            route.fulfill(body=POLL.replace("0 of", f"{n} of") if n < 4 else "<p>9 of 9</p>", content_type="text/html")

    page, asked = polled(show, answer)
    expect(page.get_by_text("9 of 9")).to_be_visible()
    page.wait_for_timeout(300)
    assert len(asked) == 4


def test_a_fragment_that_may_no_longer_be_seen_is_not_asked_for_again(
    page_at: Callable[..., Page], show: Callable[..., Page]
) -> None:
    page, asked = polled(show, lambda _, route: route.fulfill(status=404))
    page.wait_for_timeout(900)
    assert len(asked) == 1
    page_at.problems.clear()  # the browser itself reports the 404


def test_a_server_that_is_away_is_asked_again_without_a_toast(
    page_at: Callable[..., Page], show: Callable[..., Page]
) -> None:
    def answer(n: int, route: Route) -> None:
        route.fulfill(status=503) if n < 3 else route.fulfill(body="<p>back</p>", content_type="text/html")

    page, _ = polled(show, answer)
    expect(page.get_by_text("back")).to_be_visible()
    expect(page.locator("#toasts")).to_be_empty()
    page_at.problems.clear()  # the browser itself reports the 503s


def test_trouble_with_a_fragment_is_told_in_a_sentence(page_at: Callable[..., Page], show: Callable[..., Page]) -> None:
    page = show("""<div id="n" data-module="trouble-toasts" data-broken="The server could not do that."></div>
        <button hx-get="/fragment/">Fetch</button>""")
    page.route("**/fragment/", lambda route: route.fulfill(status=500))
    page.get_by_role("button", name="Fetch").click()
    expect(page.get_by_text("The server could not do that.")).to_be_visible()
    page_at.problems.clear()  # the browser itself reports the 500


def test_modules_start_in_fragments_too(show: Callable[..., Page]) -> None:
    page = show('<button hx-get="/fragment/" hx-target="#into">Fetch</button><div id="into"></div>')
    fragment = '<time datetime="2001-01-01T00:00:00Z" data-module="local-time" data-style="relative">then</time>'
    page.route("**/fragment/", lambda route: route.fulfill(body=fragment, content_type="text/html"))
    page.get_by_role("button", name="Fetch").click()
    expect(page.locator("time")).to_have_text(re.compile("years ago"))


def test_the_current_tab_comes_into_view_on_a_narrow_screen(show: Callable[..., Page]) -> None:
    tabs = "".join(f"<a href='#'>Number {n}</a> " for n in range(20))
    page = show(
        f'<nav class="tabs" data-module="current-tab">{tabs}<a href="#" aria-current="page">People</a></nav>',
        width=390,
    )
    expect(page.get_by_text("People")).to_be_in_viewport(ratio=0.99)
