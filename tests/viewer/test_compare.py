"""Two searches of one image side by side."""

from typing import Any

import pytest

from inference.models import Detection, Run
from tests.factories.inference import a_detection, make_model_version, make_result_set, make_run, make_searched
from tests.factories.surveys import make_image
from viewer.comparison import compared, run_names

pytestmark = pytest.mark.django_db


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


@pytest.fixture
def pair(cast: Any) -> tuple[Run, Run]:
    """Both see one buffalo, a little apart; the first a zebra besides, the second a buffalo far away."""
    first = make_run(cast.survey, model_version=make_model_version(name="plains"))
    second = make_run(cast.survey, is_current=False, model_version=make_model_version(name="savanna"))
    cast.image = make_image(survey=cast.survey)
    for run in (first, second):
        make_result_set(run, cast.image, state="searched", n_detections=2, searched_at="2026-06-01T06:00Z")
    Detection.objects.bulk_create([
        a_detection(first, cast.image, left=100.0, top=100.0, score=0.9),
        a_detection(first, cast.image, left=300.0, top=100.0, score=0.8, label="zebra"),
        a_detection(second, cast.image, left=101.0, top=100.0, score=0.7),
        a_detection(second, cast.image, left=500.0, top=100.0, score=0.6),
    ])  # fmt: skip
    return first, second


def test_boxes_are_of_one_search_of_the_other_or_of_both(cast: Any, pair: tuple[Run, Run]) -> None:
    boxes = compared(cast.image, *pair)
    assert boxes["labels"] == ["only plains 1", "only savanna 1", "both"]
    told = list(zip(boxes["left"], boxes["label"], boxes["state"], boxes["score"], strict=True))
    assert told == [(100, 2, "buffalo, there 0.70", 0.9), (300, 0, "zebra", 0.8), (500, 1, "buffalo", 0.6)]


def test_one_animal_that_they_call_differently_is_said_to_be_so(cast: Any, pair: tuple[Run, Run]) -> None:
    Detection.objects.filter(run=pair[1], left=101).update(label="zebra")
    assert compared(cast.image, *pair)["state"][0] == "buffalo, there zebra"


def test_two_searches_by_one_model_are_told_apart(cast: Any, pair: tuple[Run, Run]) -> None:
    fast = make_run(cast.survey, is_current=False, model_version=pair[0].model_version, mode="fast")
    again = make_run(cast.survey, is_current=False, model_version=pair[0].model_version)
    assert run_names(pair[0], fast) == ("plains 1, exact", "plains 1, fast")
    assert run_names(pair[0], again) == ("plains 1, exact (1)", "plains 1, exact (2)")


def test_without_names_it_is_the_current_search_and_the_newest_other_one(cast: Any, as_user: Any, pair: Any) -> None:
    page = text_of(as_user(cast.viewer).get(f"/images/{cast.image.pk}/compare/"))
    assert "plains 1 beside savanna 1" in page
    assert '"labels": ["only plains 1", "only savanna 1", "both"]' in page


def test_an_image_that_one_of_them_did_not_search_is_no_zero(cast: Any, as_user: Any, pair: Any) -> None:
    other = make_run(cast.survey, is_current=False)
    page = text_of(as_user(cast.viewer).get(f"/images/{cast.image.pk}/compare/?run={pair[0].pk}&and={other.pk}"))
    assert "that it has no boxes here is no zero" in page
    numbers = page.split('<dl class="image-facts">')[1].split("</dl>")[0].split("<dd>")[1:]
    assert numbers[0].startswith("2<")
    assert all("not known" in number for number in numbers[1:])


def test_one_search_alone_has_nothing_beside_it(cast: Any, as_user: Any) -> None:
    image = make_searched(make_run(cast.survey), buffalo=1).image
    assert "There are no two searches to compare" in text_of(as_user(cast.viewer).get(f"/images/{image.pk}/compare/"))


@pytest.mark.parametrize("wrong", ["nonsense", "00000000-0000-7000-8000-000000000000", "of another survey"])
def test_searches_of_other_surveys_are_not_found(cast: Any, as_user: Any, pair: Any, wrong: str) -> None:
    other = make_run().pk if wrong == "of another survey" else wrong
    page = f"/images/{cast.image.pk}/compare/?run={pair[0].pk}&and={other}"
    assert as_user(cast.viewer).get(page).status_code == 404
    assert as_user(cast.outsider).get(f"/images/{cast.image.pk}/compare/").status_code == 404
