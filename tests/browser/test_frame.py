"""The frame of the pages that anybody sees: log-in and errors, on every width and in both themes."""

from collections.abc import Callable

import pytest
from django.urls import path
from django.views.defaults import permission_denied, server_error
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

import config.urls

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

urlpatterns = [
    *config.urls.urlpatterns,
    path("broken/", lambda request: server_error(request)),
    path("forbidden/", lambda request: permission_denied(request, PermissionError())),
]

everywhere = pytest.mark.parametrize(
    ("width", "theme"), [(390, "light"), (390, "dark"), (1440, "light"), (1440, "dark")]
)


@everywhere
@pytest.mark.parametrize("address", ["/login/", "/broken/", "/forbidden/", "/nothing/here/"])
@pytest.mark.urls(__name__)
def test_anybodys_pages_are_accessible_and_fit(
    live_server: LiveServer, page_at: Callable[..., Page], assert_accessible: Callable[[Page], None],
    address: str, width: int, theme: str,
) -> None:  # fmt: skip
    page = page_at(width, theme)
    page.goto(live_server.url + address)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page_at.problems[:] = [
        p for p in page_at.problems if "Failed to load resource" not in p
    ]  # the error pages' own status


@pytest.mark.urls(__name__)
def test_an_error_page_says_what_to_do_and_where_to_go(live_server: LiveServer, page_at: Callable[..., Page]) -> None:
    page = page_at()
    page.goto(f"{live_server.url}/broken/")
    expect(page.get_by_role("heading", name="Something went wrong")).to_be_visible()
    expect(page.get_by_role("link", name="To your surveys")).to_have_attribute("href", "/")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(244, 239, 230)"
    page_at.problems.clear()


def test_the_first_tab_leads_past_the_header(
    live_server: LiveServer, page_at: Callable[..., Page], login: Callable[..., None], cast
) -> None:
    page = page_at()
    login(page, live_server.url, "owner")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_the_user_menu_leads_to_the_account_and_out(
    live_server: LiveServer, page_at: Callable[..., Page], login: Callable[..., None], cast
) -> None:
    page = page_at()
    login(page, live_server.url, "owner")
    page.locator(".menu summary").click()
    expect(page.get_by_role("link", name="Your account")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login/**")
