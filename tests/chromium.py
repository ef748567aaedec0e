"""What browser tests may ask for: Chromium, pages that remember what went wrong on them, a login, the axe rules."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.conftest import skip_or_fail

HEIGHTS = {390: 844, 768: 1024, 1440: 900}
# Rules of WCAG 2.2 up to AA, and what axe holds to be good practice.
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE_OPTIONS = {"resultTypes": ["violations"], "runOnly": AXE_RULES}


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for the whole session. No browser is downloaded: the system's is used."""
    executable = find_chromium()
    if executable is None:
        skip_or_fail("Chromium is absent: install the package chromium")
    with sync_playwright() as playwright:
        # Root in a container has no sandbox; nothing but the project's own pages is opened.
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class PageFactory:
    """`page_at(width, theme)` opens a page of that width; `page_at.problems` is what went wrong on any of them.

    A problem is an error on the console (violations of the Content-Security-Policy are), an uncaught exception, or a
    request to a foreign host. The test fails at its end while `problems` is not empty: clear what was meant to happen.
    """

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.problems: list[str] = []
        self._contexts: list[Any] = []

    def __call__(
        self, width: int = 1440, theme: str = "light", *, with_hints: bool = False, **context_options: Any
    ) -> Page:
        viewport = {"width": width, "height": HEIGHTS.get(width, 900)}
        # A service worker would stand between a page and what a test answers in the server's place.
        options = {"timezone_id": "UTC", "service_workers": "block", **context_options}
        context = self.browser.new_context(viewport=viewport, color_scheme=theme, reduced_motion="reduce", **options)
        if not with_hints:
            context.add_init_script("try { localStorage.setItem('hints', 'none'); } catch { /* no storage there */ }")
        self._contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.problems.append(f"exception: {error}"))
        page.on("request", self._on_request)
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _on_request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("http", "https") and url.hostname not in ("localhost", "127.0.0.1"):
            self.problems.append(f"foreign host: {request.url}")


@pytest.fixture
def page_at(browser: Browser) -> Iterator[PageFactory]:
    factory = PageFactory(browser)
    yield factory
    factory.close()
    assert factory.problems == []


@pytest.fixture
def login() -> Callable[..., None]:
    """`login(page, base_url, username, password)` through the login page, as a person does it."""

    def log_in(page: Page, base_url: str, username: str, password: str = "tree-on-the-plain") -> None:
        page.goto(f"{base_url}/login/")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login/" not in url)

    return log_in


@pytest.fixture
def page_as(page_at: PageFactory, live_server: Any) -> Callable[..., Page]:
    """`page_as(user, width, theme)`: a page on which that person has logged in already. `page.goto("/…")` is enough."""

    def open_page(user: Any, width: int = 1440, theme: str = "light", **context_options: Any) -> Page:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        page = page_at(width, theme, base_url=live_server.url, **context_options)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        return page

    return open_page


@pytest.fixture
def assert_accessible() -> Callable[[Page], None]:
    """`assert_accessible(page)`: no rule of WCAG 2.2 AA is broken in the page as it stands now."""

    def check(page: Page) -> None:
        violations = Axe().run(page, options=AXE_OPTIONS).response["violations"]
        found = [f"{v['id']}: {v['help']}: {[node['target'] for node in v['nodes']][:5]}" for v in violations]
        assert found == []

    return check
