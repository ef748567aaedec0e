"""The walk: an image all the way through the house, from the card to the counts. Real files, processes, browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chromium import PageFactory
from tests.factories.models import make_yolox_folder
from tests.functional.walk.journey import (
    ACCEPTED,
    PATHS,
    PEOPLE,
    REFUSED,
    Walk,
    bring_in_accepted,
    bring_in_refused,
    log_in,
    make_survey,
)
from tests.services import Stack


@pytest.fixture(scope="package")
def walk(tmp_path_factory: pytest.TempPathFactory, fresh_data: Path, shared_data: Path, browser: Any) -> Iterator[Walk]:
    """Ruth makes the survey Ruaha on its page, chooses the model and brings in every file through the upload page."""
    folder = tmp_path_factory.mktemp("walk")
    shutil.copytree(fresh_data, folder / "data")
    stack, pages = Stack(folder), PageFactory(browser)
    try:
        stack.shell(PEOPLE)
        stack.manage("register_model", str(make_yolox_folder(shared_data, folder / "yolox")))
        stack.start_web()
        stack.start_dispatcher()
        worker = stack.start_worker()
        walk = Walk(stack, pages, *(pages(base_url=stack.url) for _ in range(2)))
        log_in(walk.page, "ruth")
        make_survey(walk.page)
        log_in(walk.theirs, "petra")
        bring_in_refused(walk, worker.pid, [shared_data / PATHS[name] for name in REFUSED])
        bring_in_accepted(walk, [shared_data / PATHS[name] for name in ACCEPTED])
        yield walk
        pages.close()
    finally:
        stack.stop()
        stack.print_logs()


@pytest.fixture(autouse=True)
def _nothing_goes_wrong_in_the_browser(walk: Walk) -> Iterator[None]:
    yield
    problems, walk.pages.problems[:] = list(walk.pages.problems), []
    assert problems == []
