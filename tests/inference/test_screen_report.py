"""What is said of a pre-filter on the run's card and on the counts page."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inference.models import ResultSet, Run
from inference.screen_report import percent, screen_reports
from surveys.models import Image
from tests.factories.inference import make_model_version, make_run, make_searched
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db
RUNS, COUNTS = "/surveys/ruaha/runs/", "/surveys/ruaha/counts/"


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def screened_run(survey: Any, *, share: float = 0.1, **fields: Any) -> Run:
    screen = make_model_version(name=fields.pop("screen", "starter"), version="2")
    return make_run(survey, screen=screen, screen_threshold=0.4, random_share=share, **fields)


def add(
    run: Run,
    *,
    patches: int,
    passed: int,
    drawn: int = 0,
    lost: tuple[int, ...] = (),
    uncertain: int = 0,
    image: Any = None,
    n: int = 0,
) -> ResultSet:
    result = make_searched(run, image, **({"buffalo": n} if n else {}))
    counts = {"n_patches": patches, "n_passed": passed, "n_at_random": drawn, "n_lost": sum(lost)}
    counts |= {"lost_squared": sum(n * n for n in lost), "most_lost": max(lost, default=0)}
    ResultSet.objects.filter(pk=result.pk).update(**counts, n_uncertain=uncertain)
    return result


def said(run: Run) -> str:
    return " ".join(screen_reports([run])[run.pk].sentences)


def test_the_card_and_the_counts_say_what_was_left_out_and_lost(cast: Any, as_user: Any) -> None:
    run = screened_run(cast.survey)
    for lost in ((1,), (1,), (1,), ()):
        add(run, patches=1000, passed=40, drawn=96, lost=lost)
    expected = (
        "The pre-filter starter, version 2 looked at all 4,000 patches; 160 (4 %) went on to the detector. "
        "Of the 3,840 left out 10 % were to be searched by chance, and 384 were. In them the detector found 3 animals "
        "that the pre-filter had lost: about 30 in all, between 6 and 85 (95 % interval)."
    )
    for path in (RUNS, COUNTS):
        assert expected in text_of(as_user(cast.viewer).get(path))


def test_none_seen_is_printed_as_an_upper_limit(cast: Any) -> None:
    run = screened_run(cast.survey)
    add(run, patches=1000, passed=4, drawn=101, n=3)
    add(run, patches=1000, passed=2, drawn=99)
    assert said(run).endswith(
        "and 200 were. In them no lost animal was counted. That is no zero: at most 28 of the patches left out hold "
        "animals (upper 95 % limit). With as many in each as on an image where animals were found, that is at most 84 "
        "animals."
    )


def test_where_no_animal_was_found_at_all_the_limit_is_of_patches_alone(cast: Any) -> None:
    run = screened_run(cast.survey)
    add(run, patches=1000, passed=0, drawn=101)
    assert said(run).endswith("at most 28 of the patches left out hold animals (upper 95 % limit).")


@pytest.mark.parametrize(("share", "drawn"), [(0.0, 0), (0.1, 0)])
def test_where_nothing_was_drawn_nothing_is_known(cast: Any, share: float, drawn: int) -> None:
    run = screened_run(cast.survey, share=share)
    add(run, patches=20, passed=12, drawn=drawn)
    assert said(run).endswith("Of the 8 left out none was searched: how many animals it lost is not known.")


def test_where_nothing_was_left_out_nothing_is_lost(cast: Any) -> None:
    run = screened_run(cast.survey)
    add(run, patches=20, passed=20)
    assert said(run).endswith("20 (100 %) went on to the detector. It left none out, so it lost no animal.")


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        (
            2,
            "2 animals that the pre-filter had lost: these are all it lost, for all that it left out was searched.",
        ),
        (0, "All that it left out was searched, and it had lost no animal."),
    ],
)
def test_where_all_that_was_left_out_was_searched_the_number_is_known(cast: Any, lost: int, words: str) -> None:
    run = screened_run(cast.survey, share=1.0)
    add(run, patches=20, passed=5, drawn=15, lost=(1,) * lost)
    assert said(run).endswith(words)


def test_excluded_images_and_those_in_the_trash_are_not_in_the_sums(cast: Any) -> None:
    run = screened_run(cast.survey)
    add(run, patches=10, passed=1, drawn=1)
    for field in ({"is_excluded": True}, {"trashed_at": "2026-01-01T00:00Z"}):
        add(run, patches=10, passed=1, drawn=1, lost=(1,), image=make_image(survey=cast.survey, **field))
    assert "all 10 patches" in said(run)
    assert "no lost animal" in said(run)


def test_animals_of_one_patch_widen_the_interval_and_those_of_one_image_do_not(cast: Any) -> None:
    shares = {"apart": [(1,), (1,), (1,), (1,)], "an image": [(1, 1, 1, 1), (), (), ()], "a patch": [(4,), (), (), ()]}
    runs = {name: screened_run(cast.survey, is_current=False, screen=name) for name in shares}
    for name, images in shares.items():
        for lost in images:
            add(runs[name], patches=100, passed=0, drawn=10, lost=lost)
    reports = screen_reports(list(runs.values()))
    apart, image, patch = (reports[run.pk].loss for run in runs.values())
    assert (apart.n_seen, patch.n_seen) == (4, 4)
    assert image == apart
    assert patch.high > apart.high


def test_uncertain_patches_are_listed_with_their_images(cast: Any, as_user: Any) -> None:
    run = screened_run(cast.survey)
    image = make_image(survey=cast.survey, file_name="IMG_0007.jpg")
    add(run, patches=20, passed=5, uncertain=3, image=image)
    page = text_of(as_user(cast.viewer).get(RUNS))
    assert "Of 3 patches it could not say whether they hold animals" in page
    assert f'They are on <a href="/images/{image.pk}/">IMG_0007.jpg</a> (3).' in page
    assert f"/api/v1/surveys/ruaha/exports/uncertain_patches.csv?run={run.pk}" in page


def test_a_search_without_a_pre_filter_says_nothing_of_one(cast: Any, as_user: Any) -> None:
    make_searched(make_run(cast.survey), buffalo=1)
    for path in (RUNS, COUNTS):
        assert "pre-filter" not in text_of(as_user(cast.viewer).get(path))


def test_a_search_that_has_searched_nothing_yet_says_nothing(cast: Any, as_user: Any) -> None:
    screened_run(cast.survey)
    assert "went on to the detector" not in text_of(as_user(cast.viewer).get(RUNS))


def test_reports_of_many_runs_take_as_many_queries_as_of_one(cast: Any) -> None:
    runs = [screened_run(cast.survey, is_current=False, screen=f"s{n}") for n in range(4)]
    for run in runs:
        add(run, patches=20, passed=5, uncertain=3)
    taken = []
    for some in (runs[:1], runs):
        with CaptureQueriesContext(connection) as queries:
            assert len(screen_reports(some)) == len(some)
        taken.append(len(queries))
    assert taken[0] == taken[1]
    assert Image.objects.count() == 4


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.04, "4 %"),
        (0.042, "4.2 %"),
        (0.42, "42 %"),
        (0.0001, "less than 0.1 %"),
        (0, "0 %"),
        (1, "100 %"),
        (0.996, "99.6 %"),
        (0.9996, "more than 99.9 %"),
    ],
)
def test_shares_are_printed_as_precisely_as_they_are_read(share: float, text: str) -> None:
    assert percent(share) == text
