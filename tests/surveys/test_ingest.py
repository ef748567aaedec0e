"""Reading a new image: what is kept, what is refused, and what is there already."""

import hashlib
import io
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection
from PIL import Image as Pillow

from imaging.exif import Exif
from jobs.errors import LeaseLostError
from jobs.models import Job
from surveys.files import original_path, preview_path
from surveys.ingest import camera_model_of, captured_at, ingest
from surveys.models import Image, Upload
from surveys.signals import image_ingested
from tests.factories.surveys import make_survey
from tests.surveys.ingesting import make_uploaded, run_ingest, running_job

pytestmark = pytest.mark.django_db


def jpeg(colour: str = "green", size: tuple[int, int] = (640, 480), **options: object) -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", size, colour).save(out, "JPEG", **options)
    return out.getvalue()


def exif_jpeg(orientation: int) -> bytes:
    exif = Pillow.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = orientation, "DJI", "FC6310"
    exif.get_ifd(0x8769)[0x9003] = "2026:06:24 09:14:05"
    return jpeg(exif=exif)


def test_an_image_is_measured_upright(cast):
    image = run_ingest(make_uploaded(cast.survey, exif_jpeg(6)))
    assert (image.ingest_state, image.width, image.height) == ("done", 480, 640)
    assert (image.media_type, image.extension) == ("image/jpeg", "jpg")
    assert preview_path(image.pk).exists()
    assert image.sha256 == hashlib.sha256(original_path(image.pk).read_bytes()).hexdigest()
    assert Upload.objects.get().state == "stored"
    assert Job.objects.get().state == "done"


def test_the_cameras_clock_is_read_in_the_surveys_time_zone():
    survey = make_survey(time_zone="Africa/Nairobi")
    image = run_ingest(make_uploaded(survey, exif_jpeg(1)))
    assert image.captured_at.isoformat() == "2026-06-24T06:14:05+00:00"
    assert image.camera_model == "DJI FC6310"


def test_an_offset_in_the_file_counts_more_than_the_surveys_time_zone():
    exif = Exif(captured_at=datetime(2026, 6, 24, 9, 14), utc_offset_minutes=120)
    assert captured_at(exif, "Africa/Nairobi").isoformat() == "2026-06-24T07:14:00+00:00"


@pytest.mark.parametrize(("exif", "camera"), [
    (Exif(camera_make="NIKON CORPORATION", camera_model="D800", camera_serial="30"), "NIKON CORPORATION D800 30"),
    (Exif(camera_make="Canon", camera_model="Canon EOS 5D"), "Canon EOS 5D"),
    (Exif(), ""),
])  # fmt: skip
def test_a_camera_is_named_once(exif, camera):
    assert camera_model_of(exif) == camera


def test_a_read_image_is_told_once_in_its_transaction(cast):
    told = []

    def note(image: Image, **_rest: object) -> None:
        told.append(connection.in_atomic_block)

    image_ingested.connect(note)
    try:
        image = make_uploaded(cast.survey, jpeg())
        run_ingest(image)
        run_ingest(image)
    finally:
        image_ingested.disconnect(note)
    assert told == [True]


def test_a_file_that_is_no_image_is_refused_in_a_sentence(cast):
    image = run_ingest(make_uploaded(cast.survey, b"<html>"))
    assert (image.ingest_state, image.failure_code) == ("failed", "not_an_image")
    assert "JPEG" in image.failure
    upload = Upload.objects.get()
    assert (upload.state, upload.failure) == ("refused", image.failure)


def test_a_truncated_image_does_not_turn_grey(cast):
    whole = jpeg(quality=95, size=(1200, 800))
    image = run_ingest(make_uploaded(cast.survey, whole[: len(whole) // 2]))
    assert (image.ingest_state, image.failure_code) == ("failed", "truncated")
    assert not preview_path(image.pk).exists()


def test_a_file_damaged_on_its_way_is_told_apart_from_a_damaged_file(cast):
    image = run_ingest(make_uploaded(cast.survey, jpeg(), claimed_sha256="0" * 64))
    assert (image.ingest_state, image.failure_code) == ("failed", "arrived_damaged")
    assert "Upload it again" in image.failure


def test_a_file_sent_again_takes_the_place_of_the_one_that_arrived_damaged(cast):
    sha256 = hashlib.sha256(jpeg()).hexdigest()
    run_ingest(make_uploaded(cast.survey, jpeg()[:-100], claimed_sha256=sha256))
    again = run_ingest(make_uploaded(cast.survey, jpeg(), claimed_sha256=sha256))
    assert list(Image.objects.all()) == [again]


def test_a_refused_image_may_be_tried_again(cast):
    image = make_uploaded(cast.survey, b"<html>")
    run_ingest(image)
    original_path(image.pk).write_bytes(jpeg())
    assert run_ingest(image).ingest_state == "done"
    assert Upload.objects.get().state == "stored"


def test_the_same_file_twice_is_stored_once(cast):
    first = run_ingest(make_uploaded(cast.survey, jpeg()))
    second = make_uploaded(cast.survey, jpeg())
    assert run_ingest(second) is None
    upload = Upload.objects.get(pk=second.pk)
    assert (upload.state, upload.image) == ("duplicate", first)
    assert list(Image.objects.all()) == [first]


@pytest.mark.django_db(transaction=True)
def test_a_duplicates_files_are_removed_once_that_is_certain(cast):
    run_ingest(make_uploaded(cast.survey, jpeg()))
    second = make_uploaded(cast.survey, jpeg())
    run_ingest(second)
    assert not original_path(second.pk).exists()
    assert not preview_path(second.pk).exists()


def test_the_same_file_read_twice_at_the_same_time_is_stored_once(cast, monkeypatch):
    slow, fast = (make_uploaded(cast.survey, jpeg()) for _number in range(2))

    def read_exif_meanwhile(path: Path) -> Exif:
        if path == original_path(slow.pk):
            assert run_ingest(fast).ingest_state == "done"
        return Exif()

    monkeypatch.setattr("surveys.ingest.read_exif", read_exif_meanwhile)
    assert run_ingest(slow) is None
    assert list(Image.objects.all()) == [fast]
    assert [upload.image for upload in Upload.objects.all()] == [fast, fast]


def test_the_same_file_may_be_in_two_surveys(cast):
    for survey in (cast.survey, make_survey()):
        assert run_ingest(make_uploaded(survey, jpeg())).ingest_state == "done"


def test_whose_lease_is_lost_writes_nothing(cast):
    image = make_uploaded(cast.survey, jpeg())
    job = running_job(image)
    Job.objects.update(token=image.pk)
    with pytest.raises(LeaseLostError):
        ingest(job)
    image.refresh_from_db()
    assert image.ingest_state == "waiting"


def test_an_image_beyond_the_pixel_limit_is_refused(cast, settings):
    settings.IMAGE_MAX_PIXELS = 1000
    assert run_ingest(make_uploaded(cast.survey, jpeg())).failure_code == "too_many_pixels"


@pytest.mark.slow
def test_a_higher_pixel_limit_lets_more_in(cast, settings):
    settings.IMAGE_MAX_PIXELS = 260_000_000
    png = io.BytesIO()
    Pillow.new("1", (15_900, 15_900)).save(png, "PNG", compress_level=1)
    assert run_ingest(make_uploaded(cast.survey, png.getvalue(), file_name="stitched.png")).ingest_state == "done"


def test_only_tiled_tiffs_may_be_larger_than_an_image(cast, settings):
    settings.UPLOAD_MAX_IMAGE_BYTES = 100
    image = run_ingest(make_uploaded(cast.survey, jpeg(), file_name="ortho.tif"))
    assert (image.failure_code, image.ingest_state) == ("too_large", "failed")


@pytest.mark.shared
def test_a_slide_is_shown_as_it_is(cast, shared_data: Path):
    image = run_ingest(make_uploaded(cast.survey, shared_data / "slide" / "CMU-1-Small-Region.svs"))
    assert (image.pyramid_state, image.extension) == ("as_is", "svs")


@pytest.mark.shared
def test_positions_of_a_drone_are_read(cast, shared_data: Path):
    image = run_ingest(make_uploaded(cast.survey, shared_data / "pelicans_dji_gps.jpg"))
    assert image.latitude is not None
    assert image.longitude is not None
