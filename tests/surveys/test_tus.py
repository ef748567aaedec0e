"""The tus protocol, header by header."""

import errno
import os
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from surveys.files import original_path, part_path
from surveys.models import Image, Membership, Upload
from surveys.signals import image_uploaded
from surveys.tus_part import Hold
from tests.factories.surveys import make_image
from tests.uploads.tus_client import ROOT, Tus, checksum, metadata

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(256)) * 800  # more than three pieces


@pytest.fixture
def tus(cast, as_user) -> Tus:
    return Tus(as_user(cast.analyst))


@pytest.fixture
def url(tus) -> str:
    return tus.create(len(CONTENT))["Location"]


def only_upload() -> Upload:
    return Upload.objects.get()


def test_options_tells_what_the_server_can_do_without_asking_who(client):
    answer = client.options(ROOT)
    assert answer.status_code == 204
    assert answer["Tus-Version"] == "1.0.0"
    assert set(answer["Tus-Extension"].split(",")) == {
        "creation",
        "creation-with-upload",
        "checksum",
        "termination",
        "expiration",
    }
    assert answer["Tus-Checksum-Algorithm"] == "sha1,sha256,md5"
    assert int(answer["Tus-Max-Size"]) == 20 * 2**30


def test_creation_answers_a_relative_location_and_when_it_expires(tus):
    answer = tus.create(10)
    assert answer.status_code == 201
    assert answer["Location"].startswith("/api/v1/tus/")
    assert answer["Upload-Expires"].endswith("GMT")
    assert answer["Tus-Resumable"] == "1.0.0"


def test_head_tells_offset_and_length_and_is_never_cached(tus, url):
    answer = tus.head(url)
    assert (answer.status_code, answer["Upload-Offset"], answer["Upload-Length"]) == (200, "0", str(len(CONTENT)))
    assert answer["Cache-Control"] == "no-store"
    assert metadata(survey="ruaha", filename="DSC_1.JPG") == answer["Upload-Metadata"]


def test_pieces_add_up_to_the_file(tus, url):
    assert tus.patch(url, 0, CONTENT[:70_000])["Upload-Offset"] == "70000"
    assert tus.offset(url) == 70_000
    assert tus.patch(url, 70_000, CONTENT[70_000:]).status_code == 204
    assert original_path(Image.objects.get().pk).read_bytes() == CONTENT
    assert tus.offset(url) == len(CONTENT)


def test_the_last_byte_makes_an_image_and_tells_it_once(tus, url, cast):
    told = []
    image_uploaded.connect(lambda image, **_rest: told.append(image), weak=False, dispatch_uid="test")
    try:
        tus.patch(url, 0, CONTENT)
        tus.patch(url, len(CONTENT), b"")
    finally:
        image_uploaded.disconnect(dispatch_uid="test")
    image = Image.objects.get()
    assert told == [image]
    assert (image.survey, image.uploaded_by, image.file_name) == (cast.survey, cast.analyst, "DSC_1.JPG")
    assert (image.size_bytes, image.ingest_state) == (len(CONTENT), "waiting")
    assert (only_upload().state, only_upload().image) == ("received", image)
    assert not part_path(only_upload().pk).exists()


def test_creation_with_upload_keeps_the_body_that_came_along(tus):
    answer = tus.create(len(CONTENT), body=CONTENT[:100])
    assert (answer.status_code, answer["Upload-Offset"]) == (201, "100")
    assert tus.offset(answer["Location"]) == 100


def test_creation_with_all_of_the_file_completes_it(tus):
    answer = tus.create(len(CONTENT), body=CONTENT)
    assert (answer.status_code, answer["Upload-Offset"]) == (201, str(len(CONTENT)))
    assert Image.objects.count() == 1


def test_an_empty_file_is_complete_at_once(tus):
    answer = tus.create(0)
    assert (answer.status_code, answer["Upload-Offset"]) == (201, "0")
    assert only_upload().state == "received"


def test_a_wrong_offset_is_refused_with_the_right_one(tus, url):
    tus.patch(url, 0, CONTENT[:100])
    for offset in (0, 99, 101):
        answer = tus.patch(url, offset, b"x")
        assert (answer.status_code, answer["Upload-Offset"]) == (409, "100")
    assert tus.offset(url) == 100


def test_who_comes_late_to_the_last_byte_is_told_that_all_is_here(tus, url, monkeypatch):
    def take_after_another_has_finished(cls, *args, **options):
        monkeypatch.undo()
        assert tus.patch(url, 0, CONTENT).status_code == 204
        return Hold.take(*args, **options)

    monkeypatch.setattr(Hold, "take", classmethod(take_after_another_has_finished))
    answer = tus.patch(url, 0, CONTENT)
    assert (answer.status_code, answer["Upload-Offset"]) == (409, str(len(CONTENT)))


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_a_right_checksum_is_accepted(tus, url, algorithm):
    answer = tus.patch(url, 0, CONTENT[:100], Upload_Checksum=checksum(algorithm, CONTENT[:100]))
    assert answer.status_code == 204


def test_a_wrong_checksum_takes_the_piece_back(tus, url):
    tus.patch(url, 0, CONTENT[:100])
    answer = tus.patch(url, 100, CONTENT[100:], Upload_Checksum=checksum("sha1", b"other"))
    assert answer.status_code == 460
    assert tus.offset(url) == 100
    assert not Image.objects.exists()


def test_delete_ends_the_upload_and_frees_its_room(tus, url):
    assert tus.send("DELETE", url).status_code == 204
    assert not part_path(only_upload().pk).exists()
    assert tus.head(url).status_code == 410
    assert tus.patch(url, 0, b"x").status_code == 410


def test_what_has_arrived_wholly_is_not_ended_by_delete(tus):
    url = tus.upload(CONTENT)
    assert tus.send("DELETE", url).status_code == 409
    assert Image.objects.count() == 1


def test_methods_may_come_in_a_header(tus, url):
    answer = tus.send("POST", url, CONTENT[:5], Upload_Offset="0", X_HTTP_Method_Override="PATCH")
    assert (answer.status_code, answer["Upload-Offset"]) == (204, "5")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_session_without_csrf_token_does_not_change_the_method(cast, method):
    """Requests that only ask are let through without the token."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.analyst, backend="django.contrib.auth.backends.ModelBackend")
    facts = metadata(survey="ruaha", filename="a.jpg")
    answer = Tus(browser).send(method, ROOT, Upload_Length="5", Upload_Metadata=facts, X_HTTP_Method_Override="POST")
    assert (answer.status_code, Upload.objects.count()) == (405, 0)


@pytest.mark.parametrize("headers", [{"Upload_Metadata": "survey \xe9\xe9"}, {"Upload_Checksum": "sha1 \xe9\xe9"}])
def test_letters_that_are_no_base64_are_refused_in_words(tus, headers):
    assert tus.create(10, **headers).status_code == 400


@pytest.mark.parametrize("version", [None, "0.2.2"])
def test_another_protocol_version_is_refused_with_the_known_one(tus, url, version):
    answer = tus.send("HEAD", url, Tus_Resumable=version)
    assert (answer.status_code, answer["Tus-Version"]) == (412, "1.0.0")


def test_other_methods_are_not_allowed(tus, url):
    assert tus.send("GET", url).status_code == 405
    assert tus.send("PUT", ROOT)["Allow"] == "OPTIONS, POST"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": "application/octet-stream"}, 415),
        ({"Upload_Offset": "-1"}, 400),
        ({"Upload_Offset": "many"}, 400),
        ({"Upload_Offset": None}, 400),
        ({"Upload_Checksum": "crc32 AAAA"}, 400),
        ({"Upload_Checksum": "sha1 &&&"}, 400),
    ],
)
def test_a_patch_with_headers_that_say_nothing_writes_nothing(tus, url, headers, status):
    assert tus.send("PATCH", url, b"x", **{"Upload_Offset": "0", **headers}).status_code == status
    assert tus.offset(url) == 0


def test_a_body_beyond_the_announced_size_is_refused(tus, url):
    assert tus.patch(url, 0, CONTENT + b"x").status_code == 413
    assert tus.create(10, body=b"x" * 11).status_code == 413


@pytest.mark.parametrize(
    "headers",
    [
        {"Upload_Length": None},
        {"Upload_Length": "-1"},
        {"Upload_Length": "1e3"},
        {"Upload_Defer_Length": "1"},
        {"Upload_Metadata": None},
        {"Upload_Metadata": "survey %%%"},
        {"Upload_Metadata": "filename QQ=="},
    ],
)
def test_a_creation_that_says_too_little_is_refused_in_words(tus, headers):
    answer = tus.create(10, **headers)
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert not Upload.objects.exists()


@pytest.mark.parametrize(("name", "size", "status"), [
    ("a.jpg", 512 * 2**20, 201), ("a.jpg", 512 * 2**20 + 1, 413),
    ("a.TIF", 20 * 2**30, 201), ("a.tiff", 20 * 2**30 + 1, 413),
])  # fmt: skip
def test_images_have_a_size_limit_and_tiffs_a_larger_one(tus, settings, name, size, status):
    settings.DISK_FLOOR_BYTES = -(2**60)
    assert tus.create(size, name).status_code == status


def test_a_full_disk_is_told_before_anything_is_sent(tus, settings):
    settings.DISK_FLOOR_BYTES = 2**60
    answer = tus.create(10)
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert "make room" in answer.json()["detail"]


def test_a_disk_that_fills_up_keeps_what_had_arrived(tus, url, settings):
    tus.patch(url, 0, CONTENT[:100])
    settings.DISK_FLOOR_BYTES = 2**60
    assert tus.patch(url, 100, CONTENT[100:]).status_code == 507
    assert tus.offset(url) == 100


def test_a_disk_that_is_full_in_the_middle_of_a_body_says_so_and_keeps_what_fit(tus, url, monkeypatch):
    really = os.pwrite

    def write_onto_full_disk(fd, data, offset):
        if offset >= 100_000 and len(data) > 16:
            raise OSError(errno.ENOSPC, "full")
        return really(fd, data, offset)

    monkeypatch.setattr(os, "pwrite", write_onto_full_disk)
    answer = tus.patch(url, 0, CONTENT)
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert tus.offset(url) == 131_072  # whole pieces


def test_a_file_that_the_survey_holds_is_not_sent_again(tus, cast):
    image = make_image(survey=cast.survey, file_name="DSC_9.JPG", sha256="ab" * 32)
    answer = tus.create(10, facts={"sha256": "AB" * 32})
    assert answer.status_code == 409
    assert answer.json() == {
        "detail": "Already in this survey as DSC_9.JPG.",
        "code": "duplicate",
        "image": str(image.pk),
    }


def test_a_survey_is_found_by_what_can_be_seen_of_its_name(tus):
    """PostgreSQL would not even look for a text with a zero in it."""
    assert tus.create(10, facts={"survey": "ruaha\0"}).status_code == 201
    assert tus.create(10, facts={"survey": "\0"}).status_code == 400


def test_the_same_file_may_be_in_another_survey(tus):
    make_image(sha256="ab" * 32)
    assert tus.create(10, facts={"sha256": "ab" * 32}).status_code == 201


@pytest.mark.parametrize(("given", "kept"), [
    ({"filename": "DCIM\\100\\a.jpg"}, ("a.jpg", "")),
    ({"filename": "a.jpg", "path": "/card 1//DCIM/./a.jpg"}, ("a.jpg", "card 1/DCIM")),
    ({"filename": "a\x00\n.jpg"}, ("a.jpg", "")),
    ({"filename": "\u202egpj.exe"}, ("gpj.exe", "")),
    ({"filename": "cafe\u0301.jpg"}, ("caf\u00e9.jpg", "")),
])  # fmt: skip
def test_names_are_cleaned(tus, given, kept):
    tus.create(10, facts=given)
    assert (only_upload().file_name, only_upload().path) == kept


@pytest.mark.parametrize("given", [
    {"filename": ""}, {"filename": ".."}, {"filename": "\u200b\ufeff\u2028"},
    {"filename": "a" * 201}, {"path": "a/../b"}, {"path": "a" * 501},
    {"sha256": "12"},
])  # fmt: skip
def test_names_that_cannot_be_kept_are_refused(tus, given):
    assert tus.create(10, facts=given).status_code == 400


def test_expired_uploads_are_gone(tus, url):
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert tus.head(url).status_code == 410
    assert tus.patch(url, 0, b"x").status_code == 410


def test_nobody_else_knows_of_an_upload(url, cast, as_user):
    for user in (cast.outsider, cast.owner, cast.viewer, None):
        other = Tus(as_user(user))
        assert [other.send(method, url).status_code for method in ("HEAD", "PATCH", "DELETE")] == [404, 404, 404]


@pytest.mark.parametrize(("who", "status"), [
    ("owner", 201), ("analyst", 201), ("administrator", 201), ("reviewer", 403), ("viewer", 403), ("outsider", 404),
])  # fmt: skip
def test_who_may_add_images(cast, as_user, who, status):
    assert Tus(as_user(getattr(cast, who))).create(10).status_code == status


def test_a_stranger_is_asked_to_sign_in(cast, client):
    assert Tus(client).create(10).status_code == 401


@pytest.mark.parametrize("authorization", [None, "Token wrong", "Basic abc"])
@pytest.mark.parametrize("path", [ROOT, f"{ROOT}019aa000-0000-7000-8000-000000000001"])
def test_nobody_waits_for_what_a_stranger_sends(db, client, path, authorization, monkeypatch):
    monkeypatch.setattr("surveys.tus.pieces", lambda _read: pytest.fail("the body was read"))
    headers = {"Upload_Offset": "0", "Upload_Length": "10", "Upload_Metadata": metadata(survey="a", filename="a.jpg")}
    answer = Tus(client).send("POST" if path == ROOT else "PATCH", path, b"x", Authorization=authorization, **headers)
    assert answer.status_code in (401, 404)


def test_who_is_known_is_heard_out_before_a_refusal(tus, url, monkeypatch):
    """A browser that is answered while it sends reports a broken connection instead."""
    heard = []
    monkeypatch.setattr("surveys.tus.pieces", lambda _read: heard.append(1) or [])
    assert tus.patch(url, 5, b"x").status_code == 409
    assert heard


def test_who_is_no_analyst_any_more_adds_nothing(tus, url, cast):
    tus.patch(url, 0, CONTENT[:100])
    Membership.objects.filter(user=cast.analyst).update(role="viewer")
    assert tus.patch(url, 100, CONTENT[100:]).status_code == 403
    assert not Image.objects.exists()


def test_a_session_needs_its_csrf_token(cast):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.analyst, backend="django.contrib.auth.backends.ModelBackend")
    browser.cookies["csrftoken"] = "a" * 32
    assert Tus(browser).create(10).status_code == 403
    assert Tus(browser).create(10, X_CSRFToken="a" * 32).status_code == 201


def test_programs_send_their_token(cast):
    program = Tus(Client(enforce_csrf_checks=True))
    key = Token.objects.create(user=cast.analyst).key
    assert program.create(10, Authorization=f"Token {key}").status_code == 201
    assert program.create(10, Authorization="Token wrong").status_code == 401
