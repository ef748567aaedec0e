"""A person's list of uploads, the page, and what becomes of uploads that nobody finishes."""

import os
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from surveys.files import original_path, part_path
from surveys.models import Image, Upload
from surveys.tus_part import Hold, create_part
from surveys.uploads import find_same, remove_expired
from tests.factories.surveys import make_image
from tests.uploads.tus_client import Tus

pytestmark = pytest.mark.django_db
LIST = "/api/v1/surveys/ruaha/uploads/"
DAY = timedelta(days=1)


@pytest.fixture
def tus(cast, as_user) -> Tus:
    return Tus(as_user(cast.analyst))


def age(path, days: float) -> None:
    then = time.time() - days * 86400
    os.utime(path, (then, then))


def listed(client, query: str = "") -> list[dict]:
    return client.get(LIST + query).json()["results"]


def test_an_unfinished_upload_is_listed_with_where_it_stands(tus):
    url = tus.create(10, facts={"path": "DCIM", "sha256": "ab" * 32})["Location"]
    tus.patch(url, 0, b"1234")
    (row,) = listed(tus.client, "?state=receiving")
    assert (row["state"], row["offset"], row["size_bytes"], row["url"]) == ("receiving", 4, 10, url)
    assert (row["file_name"], row["path"], row["sha256"]) == ("DSC_1.JPG", "DCIM", "ab" * 32)


def test_a_refused_upload_is_listed_with_the_reason(tus, cast):
    tus.upload(b"1234")
    image = make_image(survey=cast.survey, ingest_state="failed", failure_code="empty")
    Upload.objects.update(state="refused", failure="This file is empty.", image=image)
    (row,) = listed(tus.client)
    assert (row["failure"], row["failure_code"], row["image"]) == ("This file is empty.", "empty", str(image.pk))


def test_uploads_may_be_asked_for_by_id(tus):
    ids = [tus.upload(b"1234").split("/")[-1] for _number in range(3)]
    assert [row["id"] for row in listed(tus.client, f"?ids={ids[0]},{ids[2]}")] == [ids[0], ids[2]]
    assert tus.client.get(LIST + "?ids=12").status_code == 400
    assert tus.client.get(LIST + "?state=lost").status_code == 400


def test_everybody_sees_their_own_uploads_only(tus, cast, as_user):
    tus.upload(b"1234")
    assert listed(as_user(cast.owner)) == []
    assert as_user(cast.viewer).get(LIST).status_code == 403
    assert as_user(cast.outsider).get(LIST).status_code == 404


def test_the_page_is_for_owners_and_analysts(cast, as_user):
    statuses = {
        who: as_user(getattr(cast, who)).get("/surveys/ruaha/upload/").status_code
        for who in ("owner", "analyst", "reviewer", "viewer", "outsider")
    }
    assert statuses == {"owner": 200, "analyst": 200, "reviewer": 403, "viewer": 403, "outsider": 404}


def test_expired_uploads_are_ended_and_their_parts_removed(tus):
    tus.create(10)
    upload = Upload.objects.get()
    assert remove_expired(upload.expires_at - DAY) == 0
    assert remove_expired(upload.expires_at) == 1
    upload.refresh_from_db()
    assert upload.state == "ended"
    assert not list(part_path(upload.pk).parent.glob("*"))


def test_an_upload_whose_process_ended_before_it_was_written_down_is_finished(tus, monkeypatch):
    url = tus.create(4)["Location"]
    upload = Upload.objects.get()
    part_path(upload.pk).write_bytes(b"1234")
    part_path(upload.pk).rename(original_path(upload.pk))
    assert remove_expired(upload.created_at + 2 * DAY) == 0
    assert Image.objects.get().size_bytes == 4
    assert tus.offset(url) == 4


def test_asking_for_the_offset_finishes_such_an_upload_too(tus):
    url = tus.create(4)["Location"]
    part_path(Upload.objects.get().pk).write_bytes(b"1234")
    assert tus.offset(url) == 4
    assert Image.objects.count() == 1
    assert Upload.objects.get().state == "received"


def test_asking_finishes_nothing_that_a_request_still_checks(tus):
    url = tus.create(4)["Location"]
    upload = Upload.objects.get()
    with Hold.take(upload.pk, 0, patience_s=5) as hold:
        hold.write(b"1234")
        assert tus.offset(url) == 4
        hold.take_back()
    assert tus.offset(url) == 0
    assert not Image.objects.exists()


def test_parts_that_no_upload_knows_are_collected_after_a_day():
    young, old = uuid4(), uuid4()
    for id in (young, old):
        create_part(id)
        age(part_path(id), 2 if id == old else 0.5)
    remove_expired(timezone.now())
    assert part_path(young).exists()
    assert not part_path(old).exists()


def test_a_part_still_wanted_is_kept_however_old(tus):
    tus.create(10)
    part = part_path(Upload.objects.get().pk)
    age(part, 5)
    remove_expired(timezone.now())
    assert part.exists()


def test_a_file_that_is_here_already_is_found_by_indexes_alone(cast):
    with CaptureQueriesContext(connection) as asked:
        find_same(cast.survey, "a" * 64)
    with connection.cursor() as cursor:
        plans = [cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}").fetchall() for query in asked.captured_queries]
    assert "one_file_once_a_survey" in str(plans[0])
    assert "image_claimed" in str(plans[1])
