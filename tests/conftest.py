"""What every test may ask for: the cast, a survey, the shared data, a data folder of its own."""

import gc
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import disk_usage
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from xdist.scheduler import LoadScopeScheduling

from tests.factories.surveys import make_cast

pytest_plugins = ["tests.services", "tests.chromium", "tests.training.pytorch"]
SHARED_DATA = Path(os.environ.get("SHARED_DATA", Path(__file__).parent.parent.parent / "shared" / "data"))
ALL_SLOW = re.compile(r"^pytestmark = \[?pytest\.mark\..*\bslow\b", re.MULTILINE)
_storage: list[Path] = []  # what settings.DATA_DIR and STORAGE_DIR are now
MEMORY_DISK = Path("/dev/shm")
LONGEST = (
    "tests/functional/", "tests/faults/", "tests/browser/test_every_page.py", "tests/browser/test_whole_review.py",
    "tests/inference/golden/", "tests/inference/test_detect_resume.py", "tests/inference/test_large_exports.py",
    "tests/inference/test_loss_on_rendered_images.py", "tests/inference/engine/rcnn/conversion/", "tests/deploy/",
)  # fmt: skip
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"


def skip_or_fail(reason: str) -> None:
    """Skips, saying why; under REQUIRE_ALL=1 a missing piece is a failure."""
    if REQUIRE_ALL:
        pytest.fail(f"{reason} (REQUIRE_ALL=1)")
    pytest.skip(reason, allow_module_level=True)


def pytest_configure(config: pytest.Config) -> None:
    # libvips' own cache and threads are set by the rooms; nothing here may touch libvips before a fork.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's sync API runs an event loop
    hypothesis.settings.register_profile("kopje", deadline=None)  # the clock says nothing beside other work
    hypothesis.settings.load_profile("kopje")
    # Where bytecode is not kept, each of the hundreds of processes that tests start compiles all of Kopje again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    if "not slow" in config.option.markexpr and MEMORY_DISK.is_dir() and disk_usage(MEMORY_DISK).free > 4 << 30:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY_DISK))  # thousands of small files, each waited for


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Thousands of tests are collected that all stay: looking for garbage among them is a quarter of that time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(50_000)
        gc.enable()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file of slow tests alone need not be read where none are asked for."""
    is_test = collection_path.match("test_*.py") and "not slow" in config.option.markexpr
    return True if is_test and ALL_SLOW.search(collection_path.read_text()) else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first: begun last, it would keep one process at work while the others have nothing."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """With --dist loadfile one process gets a whole file, or the whole walk: what they prepare is dear."""
    if config.getoption("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False  # the order is that of above, not that of the number of tests in a file
    return _ByFile(config, log)


class _ByFile(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return file.rpartition("/")[0] if "/walk/" in file else file


@pytest.fixture(scope="session")
def shared_data() -> Path:
    if not SHARED_DATA.is_dir():
        skip_or_fail(f"the shared data folder {SHARED_DATA} is absent")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def own_storage(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every test finds its folders empty. Most leave them so, and the next one takes them over: new folders for each of
    thousands of tests would cost more than many of these do."""
    if not _storage or any(not folder.is_dir() or any(folder.iterdir()) for folder in _storage):
        for folder in _storage:
            shutil.rmtree(folder, ignore_errors=True)  # a browser's last request may still write there
        base = tmp_path_factory.mktemp("storage")
        _storage[:] = [base / "data", base / "store"]
        for folder in _storage:
            folder.mkdir()
    settings.DATA_DIR, settings.STORAGE_DIR = _storage


@pytest.fixture
def cast(db: None) -> SimpleNamespace:
    """A survey and one person of every kind."""
    return make_cast()


@pytest.fixture
def as_user(settings: SimpleNamespace):
    """`as_user(user)`: a client logged in as that person; `as_user(None)` is a stranger."""

    def login(user: object | None) -> Client:
        client = Client()
        if user is not None:
            client.cookies[settings.SESSION_COOKIE_NAME] = session_of(user)
        return client

    return login


def session_of(user: Any) -> str:
    """The key of a session as logging in leaves it, at a seventh of the price: no login is counted or written down."""
    session = SessionStore()
    session.update({SESSION_KEY: str(user.pk), HASH_SESSION_KEY: user.get_session_auth_hash()})
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session.create()
    return session.session_key
