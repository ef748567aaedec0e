"""Files of images as they are given out."""

import io
import os
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image as Pillow

from imaging.exif import read_exif
from surveys.originals import remove_left_copies
from tests.surveys.ingesting import make_uploaded, run_ingest

pytestmark = pytest.mark.django_db


def drone_jpeg() -> bytes:
    exif = Pillow.Exif()
    exif[0x010F] = "DJI"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "S", (7.0, 40.0, 0.0), "E", (34.0, 55.0, 0.0)
    out = io.BytesIO()
    Pillow.linear_gradient("L").resize((2000, 1400)).convert("RGB").save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture
def image(cast):
    image = run_ingest(make_uploaded(cast.survey, drone_jpeg(), file_name="Ndovu „7“.JPG"))
    assert image.latitude == pytest.approx(-7.667, abs=0.001)
    return image


@pytest.fixture
def ask(as_user, image):
    return lambda user, what: as_user(user).get(f"/api/v1/images/{image.pk}/{what}")


def content_of(answer) -> bytes:
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("who", ["owner", "analyst", "administrator"])
def test_who_sees_exact_positions_gets_the_very_bytes(ask, cast, who):
    answer = ask(getattr(cast, who), "original")
    assert answer.status_code == 200
    assert content_of(answer) == drone_jpeg()


@pytest.mark.parametrize("who", ["reviewer", "viewer"])
def test_others_get_the_same_pixels_without_the_position(ask, cast, who, tmp_path: Path):
    path = tmp_path / "given.jpg"
    path.write_bytes(content_of(ask(getattr(cast, who), "original")))
    assert read_exif(path).latitude is None
    with Pillow.open(path) as given, Pillow.open(io.BytesIO(drone_jpeg())) as own:
        assert given.tobytes() == own.tobytes()
        assert not given.getexif().get_ifd(0x8825)


def test_when_positions_are_shared_everybody_gets_the_very_bytes(ask, cast, image):
    cast.survey.are_positions_shared = True
    cast.survey.save()
    assert content_of(ask(cast.viewer, "original")) == drone_jpeg()


def test_no_copy_is_left_behind(ask, cast, settings):
    content_of(ask(cast.viewer, "original"))
    assert not list(Path(settings.STORAGE_DIR).glob("stripped-*"))


def test_copies_of_a_process_that_ended_are_removed_after_a_day(settings):
    young, old = (Path(settings.STORAGE_DIR) / f"stripped-{name}" for name in ("young", "old"))
    for folder in (young, old):
        folder.mkdir()
    then = timezone.now().timestamp() - 2 * 86400
    os.utime(old, (then, then))
    remove_left_copies(timezone.now())
    assert young.exists()
    assert not old.exists()


@pytest.mark.parametrize("what", ["original", "preview.jpg"])
def test_strangers_know_of_no_image(ask, cast, what):
    assert ask(cast.outsider, what).status_code == 404
    assert ask(None, what).status_code == 404


@pytest.mark.parametrize("what", ["original", "preview.jpg"])
def test_no_browser_takes_a_file_for_anything_else(ask, cast, what):
    answer = ask(cast.owner, what)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Cache-Control"].startswith("private")
    assert answer["Content-Type"] == "image/jpeg"


def test_an_original_is_saved_under_the_name_it_had(ask, cast):
    disposition = ask(cast.owner, "original")["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert "filename*=utf-8''Ndovu%20%E2%80%9E7%E2%80%9C.JPG" in disposition


def test_a_file_that_cannot_be_stripped_is_not_given_to_who_may_not_see_positions(cast, as_user):
    image = run_ingest(make_uploaded(cast.survey, b"<html>"))
    url = f"/api/v1/images/{image.pk}/original"
    assert as_user(cast.viewer).get(url).status_code == 403
    assert as_user(cast.owner).get(url)["Content-Type"] == "application/octet-stream"


@pytest.mark.shared
def test_a_slide_is_not_given_to_who_may_not_see_positions(cast, as_user, shared_data: Path):
    image = run_ingest(make_uploaded(cast.survey, shared_data / "slide" / "CMU-1-Small-Region.svs"))
    answer = as_user(cast.viewer).get(f"/api/v1/images/{image.pk}/original")
    assert answer.status_code == 403
    assert "position" in answer.json()["detail"]


def test_a_preview_is_an_eighth_and_shows_the_image(ask, cast):
    with Pillow.open(io.BytesIO(ask(cast.viewer, "preview.jpg").content)) as preview:
        assert preview.size == (500, 350)
        top, bottom = preview.getpixel((250, 5))[0], preview.getpixel((250, 344))[0]
    assert top < 15
    assert bottom > 240


def test_a_preview_may_be_asked_for_smaller(ask, cast):
    with Pillow.open(io.BytesIO(ask(cast.viewer, "preview.jpg?width=100").content)) as preview:
        assert preview.size == (500, 350)  # the smallest there is


@pytest.mark.parametrize("width", ["9" * 5000, "-1", "nan", "", "٣"])
def test_a_width_that_no_image_has_asks_for_any(ask, cast, width):
    assert ask(cast.viewer, f"preview.jpg?width={width}").status_code == 200


def test_an_image_that_was_not_read_has_no_preview(cast, as_user):
    image = make_uploaded(cast.survey, drone_jpeg())
    assert as_user(cast.owner).get(f"/api/v1/images/{image.pk}/preview.jpg").status_code == 404
