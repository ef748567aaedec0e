"""A search decodes the original once: patches and pyramid are made of the same pixels."""

from pathlib import Path
from typing import Any

import PIL.Image
import pytest
import simplejpeg

from imaging.vips import vips
from inference import detect
from inference.registry import register_model
from inference.runs import start_run
from surveys.files import original_path, pyramid_path
from surveys.models import Image
from tests.factories.inference import make_model_folder
from tests.factories.jobs import run_jobs
from tests.factories.pictures import make_stored_image, noise

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_model_of_another_test() -> None:
    detect.loaded_model.cache_clear()


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """With four animals in many patches, waiting to be searched."""
    image = make_stored_image(pixels=noise(1024, 1024))
    model, _ = register_model(make_model_folder(tmp_path / "m"), for_tests=True)
    start_run(image.survey, model, image.survey.created_by)
    return image


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The decoder of each decoding of a JPEG file, whichever library does it."""
    calls: list[str] = []

    def count(owner: Any, name: str) -> None:
        really = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *args, **how: calls.append(name) or really(*args, **how))

    count(simplejpeg, "decode_jpeg")
    count(vips().Image, "jpegload")
    count(vips().Image, "jpegload_buffer")
    count(vips().Image, "new_from_file")
    count(PIL.Image, "open")
    return calls


def assert_found_and_shown(image: Image) -> None:
    image.refresh_from_db()
    assert (image.search_state, image.n_detections, image.pyramid_state) == ("searched", 4, "ready")
    assert pyramid_path(image.pk).exists()


def test_a_search_that_finds_animals_decodes_the_original_once(image: Image, decoded: list[str]) -> None:
    run_jobs()
    assert_found_and_shown(image)
    assert decoded == ["decode_jpeg"]


def test_the_pyramid_is_made_without_the_original(image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    search = detect.search_image

    def search_while_the_file_goes(*args: Any, **how: Any) -> Any:
        original_path(image.pk).unlink()
        return search(*args, **how)

    monkeypatch.setattr(detect, "search_image", search_while_the_file_goes)
    run_jobs()
    assert_found_and_shown(image)
