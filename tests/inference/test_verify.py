import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from inference.models import Detection, ModelVersion, ResultSet
from inference.registry import register_model
from inference.runs import start_run
from jobs.models import Job
from surveys.files import original_path, part_path, preview_path, pyramid_path
from surveys.models import Image, ImageLabel, Survey, Upload
from tests.factories.inference import make_model_folder
from tests.factories.jobs import run_jobs
from tests.factories.pictures import make_stored_image
from tests.factories.surveys import make_survey

pytestmark = pytest.mark.django_db
FOREVER = "2999-01-01T00:00Z"


@pytest.fixture
def survey(tmp_path: Path) -> Survey:
    """A survey of two images, searched for real, of which everything holds."""
    survey = make_survey(slug="ruaha")
    for _ in range(2):
        image = make_stored_image(survey)
        content = original_path(image.pk).read_bytes()
        facts = {"sha256": hashlib.sha256(content + image.pk.bytes).hexdigest(), "size_bytes": len(content) + 16}
        original_path(image.pk).write_bytes(content + image.pk.bytes)
        Image.objects.filter(pk=image.pk).update(**facts)
        preview_path(image.pk).write_bytes(b"preview")
    model, _ = register_model(make_model_folder(tmp_path / "m"), for_tests=True)
    start_run(survey, model, survey.created_by)
    run_jobs()
    return survey


def verify(*flags: str) -> str:
    out = io.StringIO()
    try:
        call_command("verify_survey", "ruaha", *flags, stdout=out)
    except CommandError as error:
        return f"{out.getvalue()}{error}"
    return out.getvalue()


def test_a_survey_that_holds_is_silent(survey: Survey) -> None:
    assert verify() == ""


def test_it_says_how_many_it_checked_when_asked(survey: Survey) -> None:
    told = verify("-v", "2")
    assert "2 images' files checked, 0 wrong." in told
    assert "2 result sets and counters checked, 0 wrong." in told


def test_a_fault_ends_with_exit_1(survey: Survey) -> None:
    Detection.objects.first().delete()
    with pytest.raises(CommandError, match="things do not hold in ruaha"):
        call_command("verify_survey", "ruaha", stdout=io.StringIO())


def flip_a_byte() -> None:
    path = original_path(Image.objects.first().pk)
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)


BREAKAGES: list[tuple[str, Callable[[], object], str]] = [
    ("missing file", lambda: original_path(Image.objects.first().pk).unlink(), "its file is missing"),
    ("cut file", lambda: original_path(Image.objects.first().pk).write_bytes(b"x"), "has 1 bytes instead of"),
    ("flipped byte", flip_a_byte, "the SHA-256 differs"),
    ("missing preview", lambda: preview_path(Image.objects.first().pk).unlink(), "its preview is missing"),
    ("missing pyramid", lambda: pyramid_path(Image.objects.first().pk).unlink(), "its pyramid is missing"),
    ("lost detection", lambda: Detection.objects.first().delete(), "searched with 2 detections, but there are 1"),
    ("doubled detection", lambda: double(Detection.objects.first()), "but there are 3"),
    ("wrong counter", lambda: ImageLabel.objects.update(n_detections=5), "is (5, 0.9), its rows say (1, 0.9)"),
    ("lost counter", lambda: ImageLabel.objects.first().delete(), "the counter of"),
    ("wrong column", lambda: Image.objects.update(n_detections=7), "says searched, 7; its result set says searched, 2"),
    ("forgotten image", lambda: Image.objects.update(search_state="none", n_detections=None), "says none, None"),
    ("lost result set", lambda: ResultSet.objects.first().delete(), "2 detections without a result set"),
    ("never queued", lambda: forget(Image.objects.first()), "was never queued for the current search"),
    ("no job for reading", lambda: Image.objects.update(ingest_state="waiting"), "ingest: "),
    ("no job for a pyramid", lambda: Image.objects.update(pyramid_state="queued"), "pyramid: "),
    ("no job for a search", lambda: wait_without_job(), "no job is under way for it"),
    ("rest of an upload", lambda: make_ended_upload(), "is over (ended), and its part file is still there"),
    ("part of nobody", lambda: part_path(Image.objects.first().pk).write_bytes(b""), "no upload knows the part file"),
]


def double(detection: Detection) -> None:
    detection.pk = Image.objects.first().pk
    detection.save(force_insert=True)


def forget(image: Image) -> None:
    ResultSet.objects.filter(image=image).delete()
    Detection.objects.filter(image=image).delete()
    ImageLabel.objects.filter(image=image).delete()
    Image.objects.filter(pk=image.pk).update(search_state="none", n_detections=None)


def wait_without_job() -> None:
    Job.objects.all().delete()
    ResultSet.objects.update(state="waiting", n_detections=None)


def make_ended_upload() -> None:
    survey = Survey.objects.get()
    upload = Upload.objects.create(
        survey=survey, owner=survey.created_by, file_name="a.jpg", size_bytes=9, state="ended", expires_at=FOREVER
    )
    part_path(upload.pk).write_bytes(b"half")


@pytest.mark.parametrize(("breakage", "sentence"), [row[1:] for row in BREAKAGES], ids=[row[0] for row in BREAKAGES])
def test_every_breakage_is_found(survey: Survey, breakage: Callable[[], object], sentence: str) -> None:
    breakage()
    assert sentence in verify()


def test_a_fast_check_trusts_the_size(survey: Survey) -> None:
    flip_a_byte()
    assert verify("--fast") == ""


def test_work_that_waits_for_a_worker_is_no_fault(survey: Survey) -> None:
    start_run(survey, ModelVersion.objects.get(), survey.created_by)
    assert verify() == ""


def test_an_unknown_survey_is_said(db: None) -> None:
    with pytest.raises(CommandError, match="There is no survey nowhere"):
        call_command("verify_survey", "nowhere")
