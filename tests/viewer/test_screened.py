"""What the image page says of a pre-filter."""

import json
import re
from types import SimpleNamespace
from typing import Any

import pytest

from inference.models import Run
from surveys.models import Image
from tests.factories.inference import make_run, make_searched
from tests.factories.screens import make_screened
from tests.factories.viewer import make_shown_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(cast: SimpleNamespace) -> Image:
    return make_shown_image(survey=cast.survey)


def page(client: Any, image: Image) -> str:
    return re.sub(r"\s+", " ", client.get(f"/images/{image.pk}/").content.decode())


def outlines(html: str) -> Any:
    return json.loads(re.search(r'<script id="viewer-config"[^>]*>(.*?)</script>', html)[1])["uncertain"]


def test_a_zero_says_of_how_many_patches_it_speaks(cast: SimpleNamespace, as_user: Any, image: Image) -> None:
    make_screened(cast, image, [0, 0, 2, 0, 1, 0], n_at_random=1)
    html = page(as_user(cast.viewer), image)
    assert "found no animal in the 2 of 6 patches that it searched. It counts as a zero unless people find one." in html
    assert "The pre-filter classes, version 1 let 1 of 6 patches pass. 1 more was searched by chance." in html
    assert outlines(html) == []


def test_uncertain_patches_are_listed_and_outlined_surest_first(
    cast: SimpleNamespace, as_user: Any, image: Image
) -> None:
    make_screened(cast, image, [0, 3, 2, 0, 3, 0])
    html = page(as_user(cast.viewer), image)
    assert "2 patches are uncertain" in html
    assert re.findall(r"data-patch>(\w+) <span class=\"num\">([\d.]+)<", html) == [
        ("wildlife", "0.54"),
        ("wildlife", "0.51"),
    ]
    assert [patch["left"] for patch in outlines(html)] == [500, 500]
    assert [patch["top"] for patch in outlines(html)] == [400, 0]


def test_of_a_search_without_a_pre_filter_nothing_is_said(cast: SimpleNamespace, as_user: Any, image: Image) -> None:
    make_searched(make_run(cast.survey), image)
    html = page(as_user(cast.viewer), image)
    assert "pre-filter" not in html
    assert outlines(html) == []


def test_another_runs_pre_filter_is_not_this_ones(cast: SimpleNamespace, as_user: Any, image: Image) -> None:
    make_screened(cast, image, [0, 3, 2, 0, 3, 0])
    Run.objects.update(does_follow_uploads=False)
    make_searched(make_run(cast.survey), make_shown_image(survey=cast.survey))
    html = page(as_user(cast.viewer), image)
    assert "pre-filter" not in html
    assert outlines(html) == []
