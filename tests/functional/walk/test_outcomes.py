"""Every file ends as the table says: accepted with its size, or refused soon, in little memory, in plain words."""

from datetime import datetime

import pytest
from playwright.sync_api import expect

from tests.functional.walk.journey import ACCEPTED, PATHS, REFUSED, Walk

pytestmark = [pytest.mark.slow, pytest.mark.shared]


def test_every_file_arrives_once(walk: Walk) -> None:
    assert set(walk.images) == set(PATHS)


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_good_file_is_read_and_searched(name: str, walk: Walk) -> None:
    image, outcome = walk.images[name], ACCEPTED[name]
    assert (image["states"]["ingest"], image["states"]["search"], image["failure"]) == ("done", "searched", None)
    assert image["media_type"] == outcome.media_type
    assert (image["width"], image["height"]) == (outcome.width, outcome.height)


def test_every_bad_file_is_refused_with_its_sentence(walk: Walk) -> None:
    codes = dict(walk.stack.sql("select file_name, failure_code from surveys_image where ingest_state = 'failed'"))
    assert codes == {name: outcome.code for name, outcome in REFUSED.items()}
    sentences = {name: outcome.sentence for name, outcome in REFUSED.items()}
    assert walk.said_on_upload == sentences
    assert {name: walk.images[name]["failure"] for name in REFUSED} == sentences


@pytest.mark.parametrize("name", REFUSED)
def test_the_page_of_a_refused_file_says_why_and_offers_another_try(name: str, walk: Walk) -> None:
    walk.page.goto(f"/images/{walk.images[name]['id']}/")
    stage = walk.page.locator("main [role=alert]")
    expect(stage.get_by_role("heading")).to_have_text("This image could not be read")
    expect(stage.get_by_role("paragraph")).to_have_text(REFUSED[name].sentence)
    expect(stage.get_by_role("button", name="Retry")).to_be_visible()


def test_the_page_of_failures_lists_them_with_their_sentences(walk: Walk) -> None:
    walk.page.goto("/surveys/ruaha/jobs/")
    rows = walk.page.locator("main .todo li")
    expect(rows).to_have_count(len(REFUSED))
    for name, outcome in REFUSED.items():
        row = rows.filter(has=walk.page.get_by_text(name, exact=True))
        expect(row.get_by_text(outcome.sentence, exact=True)).to_be_visible()


def test_refusals_take_less_than_two_seconds(walk: Walk) -> None:
    rows = walk.stack.sql(
        "select attempt, started_at, finished_at from jobs_job where kind = 'ingest' and state = 'failed'"
    )
    assert [attempt for attempt, *_times in rows] == [1] * len(REFUSED)
    spans = [datetime.fromisoformat(end) - datetime.fromisoformat(start) for _attempt, start, end in rows]
    assert max(span.total_seconds() for span in spans) < 2


def test_refusals_take_less_than_300_mb_of_the_worker(walk: Walk) -> None:
    """A process that had ended meanwhile would have taken its peak with it: then `peak_mb` fails."""
    assert len(walk.peaks_mb) == 2
    assert max(walk.peaks_mb.values()) < 300


def test_the_survey_holds_together(walk: Walk) -> None:
    assert walk.stack.manage("verify_survey", "ruaha").strip() == ""
