"""Sheets of crops: written by the search, read by id, cut anew where there is none."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
import simplejpeg

from inference import detect
from inference.crop_sheets import MOST, SIDE, crop, read_crops, window_of, write_crops, write_sheet
from inference.engine import Boxes
from inference.models import Detection
from inference.registry import register_model
from inference.runs import start_run
from surveys.files import crop_sheet_path, crops_folder
from surveys.trash import empty_trash
from tests.factories.inference import make_model_folder
from tests.factories.jobs import run_jobs
from tests.factories.pictures import make_stored_image, noise
from tests.factories.surveys import make_survey

SIZE = (1000, 600)


@pytest.mark.parametrize(
    ("box", "window"),
    [
        ((490, 290, 510, 310), (468, 268, 532, 332)),  # a small animal with what is around it
        ((400, 200, 500, 240), (325, 95, 575, 345)),  # two and a half times as wide as the animal is long
        ((0, 0, 20, 20), (0, 0, 64, 64)),  # in a corner: moved into the image
        ((990, 590, 1000, 600), (936, 536, 1000, 600)),
        ((0, 0, 1000, 600), (0, 0, 1000, 600)),  # no larger than the image
    ],
)
def test_a_crop_is_a_square_around_the_box_inside_the_image(box: Any, window: tuple[int, ...]) -> None:
    found = window_of(box, SIZE)
    assert (found.left, found.top, found.right, found.bottom) == window


def test_the_box_is_told_in_shares_of_the_crop() -> None:
    assert window_of((490, 290, 510, 310), SIZE).place((490, 290, 510, 310)) == (0.3438, 0.3438, 0.6562, 0.6562)


@pytest.mark.parametrize("box", [(10, 10, 20, 20), (100, 100, 300, 200), (0, 0, 3000, 2000)])
def test_a_crop_is_no_larger_than_its_side(box: Any) -> None:
    pixels = np.full((2000, 3000, 3), 90, np.uint8)
    found = simplejpeg.decode_jpeg(crop(pixels, window_of(box, (3000, 2000))))
    assert max(found.shape[:2]) <= SIDE


def test_a_sheet_holds_the_surest_boxes_by_their_ids(tmp_path: Path) -> None:
    n, path = MOST + 10, tmp_path / "a.crops"
    scores, ids = np.linspace(0.1, 0.9, n), [uuid4() for _ in range(n)]
    write_sheet(path, noise(400, 400), Boxes.of([[9, 9, 30, 30]] * n, scores, [0] * n), ids)
    assert set(read_crops(path, ids)) == set(ids[10:])


def test_each_id_has_its_own_crop(tmp_path: Path) -> None:
    crops = {uuid4(): bytes([n]) * n for n in (3, 1, 2)}
    write_crops(tmp_path / "a.crops", crops)
    assert read_crops(tmp_path / "a.crops", crops) == crops
    assert read_crops(tmp_path / "a.crops", [uuid4()]) == {}


@pytest.mark.parametrize(
    "content", [None, b"", b"crops-1", b"something else", b"crops-1\n\xff\xff\xff\xff" + b"\0" * 30]
)
def test_what_is_no_sheet_holds_nothing(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "a.crops").write_bytes(content)
    assert read_crops(tmp_path / "a.crops", [uuid4()]) == {}


@pytest.mark.django_db
def test_a_search_writes_the_crops_of_what_it_finds(tmp_path: Path) -> None:
    detect.loaded_model.cache_clear()
    pixels = noise(1024, 512)
    image = make_stored_image(make_survey(), pixels=pixels)
    run = start_run(image.survey, fake(tmp_path), image.survey.created_by)
    run_jobs()
    boxes = list(Detection.objects.order_by("left"))
    crops = read_crops(crop_sheet_path(image.pk, run.pk), [box.pk for box in boxes])
    assert len(boxes) == len(crops) == 2
    for box in boxes:
        window = window_of((box.left, box.top, box.right, box.bottom), (1024, 512))
        wanted = pixels[window.top : window.bottom, window.left : window.right].astype(int)
        found = simplejpeg.decode_jpeg(crops[box.pk]).astype(int)
        assert found.shape == wanted.shape
        assert np.abs(found - wanted).mean() < 12


@pytest.mark.django_db
def test_an_empty_image_has_no_sheet_and_a_full_disk_loses_no_box(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    detect.loaded_model.cache_clear()
    survey = make_survey()
    empty = make_stored_image(survey, pixels=np.full((512, 512, 3), 90, np.uint8))
    model = fake(tmp_path)
    run = start_run(survey, model, survey.created_by)
    run_jobs()
    assert not crop_sheet_path(empty.pk, run.pk).exists()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(detect, "write_sheet", full)
    make_stored_image(survey)
    start_run(survey, model, survey.created_by)
    run_jobs()
    assert Detection.objects.count() == 2


@pytest.mark.django_db
def test_the_sheets_go_with_their_image(django_capture_on_commit_callbacks: Any) -> None:
    image = make_stored_image(make_survey(), trashed_at="2020-01-01T00:00Z")
    write_crops(crop_sheet_path(image.pk, uuid4()), {uuid4(): b"jpeg"})
    with django_capture_on_commit_callbacks(execute=True):
        assert empty_trash() == 1
    assert not crops_folder(image.pk).exists()


def fake(folder: Path) -> Any:
    return register_model(make_model_folder(folder / "m"), for_tests=True)[0]
