"""Full resolution on demand: who asks for it, what the job leaves behind."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image as Picture

from imaging.tiles import TileFile
from jobs.models import Job
from surveys.files import original_path, pyramid_path
from surveys.models import Image
from tests.factories.jobs import run_jobs
from tests.factories.surveys import make_image
from tests.factories.viewer import make_shown_image
from viewer import pyramid

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(cast: SimpleNamespace) -> Image:
    """Read, never opened."""
    image = make_shown_image(survey=cast.survey, is_full=False)
    Image.objects.filter(pk=image.pk).update(pyramid_state="none")
    image.refresh_from_db()
    return image


def state_of(image: Image) -> str:
    return Image.objects.get(pk=image.pk).pyramid_state


def test_opening_the_page_asks_for_the_pyramid_before_other_work(
    image: Image, cast: SimpleNamespace, as_user: Any
) -> None:
    as_user(cast.viewer).get(f"/images/{image.pk}/")
    job = Job.objects.get()
    assert (job.kind, job.subject, job.priority > 0) == ("pyramid", image.pk, True)
    assert state_of(image) == "queued"


def test_opening_it_twice_asks_once(image: Image, cast: SimpleNamespace, as_user: Any) -> None:
    for _ in range(2):
        as_user(cast.viewer).get(f"/images/{image.pk}/")
    assert Job.objects.count() == 1


def test_opening_a_mosaic_that_waits_makes_it_urgent(image: Image, cast: SimpleNamespace, as_user: Any) -> None:
    pyramid.want(image, priority=0)
    as_user(cast.viewer).get(f"/images/{image.pk}/")
    assert Job.objects.get().priority == pyramid.OPENED


@pytest.mark.parametrize("state", ["ready", "as_is", "failed"])
def test_nothing_is_asked_for_what_is_there_or_failed(
    image: Image, cast: SimpleNamespace, as_user: Any, state: str
) -> None:
    Image.objects.filter(pk=image.pk).update(pyramid_state=state)
    as_user(cast.viewer).get(f"/images/{image.pk}/")
    assert not Job.objects.exists()


def test_an_unread_image_gets_no_pyramid(cast: SimpleNamespace, as_user: Any) -> None:
    image = make_image(survey=cast.survey, ingest_state="waiting", sha256="", width=None, height=None)
    assert as_user(cast.viewer).get(f"/images/{image.pk}/").status_code == 200
    assert not Job.objects.exists()


def test_the_job_writes_the_file_and_says_so(image: Image) -> None:
    pyramid.want(image)
    run_jobs()
    assert Job.objects.get().state == "done"
    assert state_of(image) == "ready"
    full = TileFile(pyramid_path(image.pk)).levels[0]
    assert (full.width, full.height) == (1300, 900)


def test_an_image_that_cannot_be_read_again_ends_as_failed(image: Image) -> None:
    original_path(image.pk).write_bytes(original_path(image.pk).read_bytes()[:2000])
    pyramid.want(image)
    run_jobs()
    assert Job.objects.get().failure.startswith("This file was cut short")
    assert state_of(image) == "failed"
    assert not pyramid_path(image.pk).exists()


def test_after_a_failure_people_may_ask_again(image: Image, cast: SimpleNamespace, as_user: Any) -> None:
    Image.objects.filter(pk=image.pk).update(pyramid_state="failed")
    answer = as_user(cast.viewer).post(f"/images/{image.pk}/pyramid/")
    assert answer.status_code == 302
    assert state_of(image) == "queued"
    assert Job.objects.count() == 1


def test_an_image_deleted_meanwhile_ends_its_job_quietly(image: Image) -> None:
    pyramid.want(image)
    Image.objects.filter(pk=image.pk).delete()
    run_jobs()
    assert Job.objects.get().state == "done"


def test_an_ordinary_image_gets_none_when_it_was_read(image: Image) -> None:
    pyramid.ingested(image)
    assert not Job.objects.exists()


def test_a_very_large_image_gets_one_as_soon_as_it_was_read(image: Image) -> None:
    image.width, image.height = 12_000, 9_000
    pyramid.ingested(image)
    assert Job.objects.get().priority == 0


def test_a_tiled_tiff_gets_one_as_soon_as_it_was_read(cast: SimpleNamespace, tmp_path: Path) -> None:
    import rasterio

    image = make_image(survey=cast.survey, width=600, height=600, media_type="image/tiff")
    profile = {"driver": "GTiff", "width": 600, "height": 600, "count": 3, "dtype": "uint8", "tiled": True}
    with rasterio.open(tmp_path / "mosaic.tif", "w", blockxsize=256, blockysize=256, **profile) as file:
        file.write(np.zeros((3, 600, 600), np.uint8))
    original_path(image.pk).write_bytes((tmp_path / "mosaic.tif").read_bytes())
    pyramid.ingested(image)
    assert state_of(image) == "queued"


def test_a_plain_tiff_waits_until_it_is_opened(cast: SimpleNamespace) -> None:
    image = make_image(survey=cast.survey, width=60, height=60, media_type="image/tiff")
    Picture.new("RGB", (60, 60)).save(original_path(image.pk), format="TIFF")
    pyramid.ingested(image)
    assert state_of(image) == "none"
