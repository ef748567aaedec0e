"""The image page as it leaves the server."""

import json
import re
from types import SimpleNamespace
from typing import Any

import pytest

from inference.models import Run
from jobs.models import Job
from surveys.models import Activity, Image
from tests.factories.inference import make_result_set, make_run, make_searched
from tests.factories.surveys import make_image
from tests.factories.viewer import make_shown_image
from viewer.neighbours import neighbours_of, to_preload

pytestmark = pytest.mark.django_db


def page(client: Any, image: Image) -> str:
    answer = client.get(f"/images/{image.pk}/")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def config(html: str) -> Any:
    return json.loads(re.search(r'<script id="viewer-config"[^>]*>(.*?)</script>', html)[1])


def test_it_tells_its_scripts_what_they_need(cast: SimpleNamespace, as_user: Any) -> None:
    image = make_shown_image(survey=cast.survey, width=8400, height=1100)
    told = config(page(as_user(cast.viewer), image))
    assert (told["width"], told["height"], told["topZoom"], told["previewZoom"]) == (8400, 1100, 5, 2)
    assert told["tiles"] == f"/api/v1/images/{image.pk}/tiles/{{z}}/{{x}}/{{y}}.jpg"


def test_searched_and_empty_is_a_zero(cast: SimpleNamespace, as_user: Any) -> None:
    result = make_searched(make_run(cast.survey))
    html = page(as_user(cast.viewer), Image.objects.get(pk=result.image_id))
    assert "Searched, nothing found" in html
    assert "Not searched" not in html


def test_not_searched_is_no_zero(cast: SimpleNamespace, as_user: Any) -> None:
    html = page(as_user(cast.viewer), make_image(survey=cast.survey))
    assert "Not searched" in html
    assert "nothing found" not in html


def test_an_unreadable_image_says_why_and_offers_a_retry(cast: SimpleNamespace, as_user: Any) -> None:
    facts = {"ingest_state": "failed", "sha256": "", "width": None, "height": None, "failure": "It was cut short."}
    image = make_image(survey=cast.survey, **facts)
    assert "It was cut short." in page(as_user(cast.viewer), image)
    assert f'action="/images/{image.pk}/retries/"' in page(as_user(cast.analyst), image)
    assert "/retries/" not in page(as_user(cast.viewer), image)


def test_a_retry_reads_the_image_again(cast: SimpleNamespace, as_user: Any) -> None:
    image = make_image(survey=cast.survey, ingest_state="failed", sha256="", width=None, height=None, failure="No.")
    Job.objects.create(kind="ingest", queue="io", subject=image.pk, group=cast.survey.pk, state="failed")
    assert as_user(cast.analyst).post(f"/images/{image.pk}/retries/").status_code == 302
    image.refresh_from_db()
    assert (image.ingest_state, image.failure) == ("waiting", "")
    assert Job.objects.get().state == "new"
    assert Activity.objects.get().verb == "jobs_retried"


def test_a_retry_searches_again_what_failed(cast: SimpleNamespace, as_user: Any) -> None:
    run: Run = make_run(cast.survey)
    image = make_image(survey=cast.survey, search_state="failed", failure="The model gave up.")
    result = make_result_set(run, image, state="failed", failure="The model gave up.")
    job = Job.objects.create(kind="detect", queue="detect", subject=result.pk, group=cast.survey.pk, state="failed")
    assert "The model gave up." in page(as_user(cast.owner), image)
    as_user(cast.owner).post(f"/images/{image.pk}/retries/")
    assert Image.objects.get(pk=image.pk).search_state == "waiting"
    job.refresh_from_db()
    assert job.state == "new"


def test_a_retry_leaves_other_images_alone(cast: SimpleNamespace, as_user: Any) -> None:
    image, other = (make_image(survey=cast.survey) for _ in range(2))
    Job.objects.create(kind="ingest", queue="io", subject=other.pk, group=cast.survey.pk, state="failed")
    as_user(cast.owner).post(f"/images/{image.pk}/retries/")
    assert Job.objects.get().state == "failed"


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("reviewer", 403), ("outsider", 404)])
def test_only_owners_and_analysts_retry(cast: SimpleNamespace, as_user: Any, who: str, status: int) -> None:
    image = make_image(survey=cast.survey, ingest_state="failed", sha256="", width=None, height=None)
    assert as_user(getattr(cast, who)).post(f"/images/{image.pk}/retries/").status_code == status


def test_strangers_find_no_page_and_the_nameless_log_in(cast: SimpleNamespace, as_user: Any) -> None:
    image = make_image(survey=cast.survey)
    assert as_user(cast.outsider).get(f"/images/{image.pk}/").status_code == 404
    answer = as_user(None).get(f"/images/{image.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/login/?next=/images/{image.pk}/")


def test_who_may_not_know_the_place_is_told_about_it(cast: SimpleNamespace, as_user: Any) -> None:
    image = make_image(survey=cast.survey, latitude=-7.123456, longitude=34.654321)
    assert "-7.123456, 34.654321" in page(as_user(cast.analyst), image)
    html = page(as_user(cast.viewer), image)
    assert "about -7.15, 34.65" in html
    assert "7.1234" not in html


def test_the_time_is_that_of_the_survey(cast: SimpleNamespace, as_user: Any) -> None:
    from datetime import UTC, datetime

    type(cast.survey).objects.filter(pk=cast.survey.pk).update(time_zone="Africa/Nairobi")
    image = make_image(survey=cast.survey, captured_at=datetime(2018, 10, 1, 6, 14, 22, tzinfo=UTC))
    assert "1 Oct 2018 09:14:22" in page(as_user(cast.viewer), image)


def test_neighbours_are_those_of_the_survey_in_order(cast: SimpleNamespace) -> None:
    first, trashed, second = (make_image(survey=cast.survey) for _ in range(3))
    make_image()
    Image.objects.filter(pk=trashed.pk).update(trashed_at="2026-01-01T00:00Z")
    assert (neighbours_of(first).previous, neighbours_of(first).next) == (None, second.pk)
    assert (neighbours_of(second).previous, neighbours_of(second).next) == (first.pk, None)


def test_the_place_among_the_images_is_told(cast: SimpleNamespace, as_user: Any) -> None:
    _, second, _ = (make_image(survey=cast.survey) for _ in range(3))
    assert "image 2 of 3" in page(as_user(cast.viewer), second)


def test_nobody_counts_through_a_whole_large_survey(cast: SimpleNamespace, as_user: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("viewer.neighbours.COUNTED", 2)
    first, _, third = (make_image(survey=cast.survey) for _ in range(3))
    assert "image 1 of more than 2" in page(as_user(cast.viewer), first)
    assert neighbours_of(third).place is None


def test_an_image_that_was_not_read_is_not_fetched_ahead(cast: SimpleNamespace) -> None:
    assert to_preload(make_image(survey=cast.survey, ingest_state="waiting")) is None
    assert to_preload(None) is None
    ready = to_preload(make_image(survey=cast.survey, pyramid_state="ready"))
    waiting = to_preload(make_image(survey=cast.survey))
    assert ready
    assert waiting
    assert ready["lastZoom"] > waiting["lastZoom"]


def test_it_has_no_inline_script_or_style(cast: SimpleNamespace, as_user: Any) -> None:
    html = page(as_user(cast.viewer), make_shown_image(survey=cast.survey))
    assert re.findall(r"\son[a-z]+=|\sstyle=|<style", html) == []
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", html) == []
