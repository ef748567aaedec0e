"""One posted image, answered at once by a worker, of which nothing is kept."""

import io
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from PIL import Image as Picture

from inference import detect, predict
from inference.models import ModelVersion
from inference.registry import register_model
from jobs.models import Job, Pulse
from tests.factories.inference import make_model_folder
from tests.factories.jobs import make_job, run_jobs
from tests.inference.uploads import left_in

ADDRESS = "/api/v1/models/plains/1/predict/"


def picture(width: int = 1100, height: int = 600) -> SimpleUploadedFile:
    pixels = np.random.default_rng(3).integers(0, 255, (height, width, 3), np.uint8)
    out = io.BytesIO()
    Picture.fromarray(pixels).save(out, "PNG")
    return SimpleUploadedFile("a.png", out.getvalue())


@pytest.fixture
def plains(db: None, tmp_path: Path) -> ModelVersion:
    """A registered model whose detector answers by rule, and a worker that is alive."""
    detect.loaded_model.cache_clear()
    say_alive()
    version, _ = register_model(make_model_folder(tmp_path / "m"), for_tests=True)
    return version


def say_alive() -> None:
    Pulse.objects.create(name="worker:1", role="worker", queues="io,detect", at=timezone.now())


@pytest.fixture
def worker(monkeypatch: Any) -> None:
    """Works on what waits whenever the request looks for its answer."""
    monkeypatch.setattr(predict.time, "sleep", lambda _seconds: run_jobs())


def test_the_boxes_are_answered_and_nothing_is_kept(
    cast: Any, as_user: Any, plains: ModelVersion, worker: None, settings: Any
) -> None:
    answer = as_user(cast.outsider).post(ADDRESS, {"image": picture()})
    told = answer.json()
    assert (answer.status_code, told["model"], told["width"], told["height"]) == (200, "plains", 1100, 600)
    assert (told["threshold"], told["device"], told["n_patches"]) == (0.25, settings.DEVICE, 15)
    assert told["detections"] == [
        {"left": 232.0, "top": 232.0, "right": 280.0, "bottom": 280.0, "score": 0.9, "label": "buffalo"},
        {"left": 744.0, "top": 232.0, "right": 792.0, "bottom": 280.0, "score": 0.9, "label": "zebra"},
    ]
    assert not Job.objects.exists()
    assert left_in(settings.STORAGE_DIR) == []


def test_the_threshold_can_be_chosen(cast: Any, as_user: Any, plains: ModelVersion, worker: None) -> None:
    client = as_user(cast.viewer)
    told = client.post(ADDRESS, {"image": picture(), "threshold": "0.95"}).json()
    assert (told["threshold"], told["detections"]) == (0.95, [])
    assert list(client.post(ADDRESS, {"image": picture(), "threshold": "7"}).json()) == ["threshold"]
    assert list(client.post(ADDRESS, {"image": picture(), "treshold": "0.5"}).json()) == ["treshold"]


def test_what_is_no_image_is_said_of_the_image(
    cast: Any, as_user: Any, plains: ModelVersion, worker: None, settings: Any
) -> None:
    answer = as_user(cast.viewer).post(ADDRESS, {"image": SimpleUploadedFile("a.png", b"no image at all")})
    assert (answer.status_code, list(answer.json())) == (400, ["image"])
    assert as_user(cast.viewer).post(ADDRESS).json() == {"image": ["No file was submitted."]}
    assert not Job.objects.exists()
    assert left_in(settings.STORAGE_DIR) == []


def test_a_model_that_fails_says_why(
    cast: Any, as_user: Any, tmp_path: Path, plains: ModelVersion, worker: None
) -> None:
    register_model(make_model_folder(tmp_path / "f", version="2", settings={"fail_sizes": [[64, 64]]}), for_tests=True)
    answer = as_user(cast.viewer).post("/api/v1/models/plains/2/predict/", {"image": picture(64, 64)})
    assert answer.status_code == 503
    assert "was told to fail" in answer.json()["detail"]


def test_strangers_learn_nothing_and_bring_nothing_onto_the_disk(
    as_user: Any, plains: ModelVersion, settings: Any
) -> None:
    assert as_user(None).post(ADDRESS, {"image": picture()}).status_code == 404
    assert not (settings.STORAGE_DIR / "posted").exists()


def test_a_retired_version_answers_nothing(cast: Any, as_user: Any, plains: ModelVersion, worker: None) -> None:
    ModelVersion.objects.update(retired_at=timezone.now())
    answer = as_user(cast.viewer).post(ADDRESS, {"image": picture()})
    assert (answer.status_code, answer.json()) == (
        400,
        {"detail": "This version is retired: it searches no new image."},
    )


def test_without_a_worker_nobody_waits(cast: Any, as_user: Any, plains: ModelVersion) -> None:
    Pulse.objects.update(at="2026-01-01T00:00Z")
    answer = as_user(cast.viewer).post(ADDRESS, {"image": picture()})
    assert answer.status_code == 503
    assert "No worker is running" in answer.json()["detail"]


def test_only_a_few_wait_at_once(cast: Any, as_user: Any, plains: ModelVersion, monkeypatch: Any) -> None:
    monkeypatch.setattr(predict, "MOST_WAITING", 0)
    answer = as_user(cast.viewer).post(ADDRESS, {"image": picture()})
    assert answer.status_code == 503
    assert "Too many images wait" in answer.json()["detail"]


def test_one_person_does_not_take_the_places_of_all(
    cast: Any, as_user: Any, plains: ModelVersion, worker: None
) -> None:
    later = timezone.now() + timezone.timedelta(hours=1)  # nobody works on them here
    for _ in range(predict.MOST_OF_ONE):
        make_job(kind="predict", queue="detect", payload={"actor": cast.viewer.pk}, next_try_at=later)
    answer = as_user(cast.viewer).post(ADDRESS, {"image": picture()})
    assert answer.status_code == 503
    assert "Your other images wait for their answer" in answer.json()["detail"]
    assert as_user(cast.reviewer).post(ADDRESS, {"image": picture()}).status_code == 200


def test_a_slow_answer_is_not_waited_for_and_leaves_nothing(
    cast: Any, as_user: Any, plains: ModelVersion, monkeypatch: Any, settings: Any
) -> None:
    monkeypatch.setattr(predict, "PATIENCE_S", 0.2)
    answer = as_user(cast.viewer).post(ADDRESS, {"image": picture()})
    assert answer.status_code == 504
    assert "did not answer within" in answer.json()["detail"]
    assert not Job.objects.exists()
    assert left_in(settings.STORAGE_DIR) == []


def test_an_image_that_is_too_large_is_refused_unread(
    cast: Any, as_user: Any, plains: ModelVersion, monkeypatch: Any
) -> None:
    monkeypatch.setattr(predict, "MOST_BYTES", 1000)
    assert as_user(cast.viewer).post(ADDRESS, {"image": picture(1500, 1500)}).status_code == 400


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_who_gave_up_waiting_stops_the_worker_between_two_batches(
    cast: Any, as_user: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    say_alive()
    detect.loaded_model.cache_clear()
    register_model(make_model_folder(tmp_path / "m", settings={"seconds_per_patch": 0.5}), for_tests=True)
    monkeypatch.setattr(predict, "PATIENCE_S", 2.0)

    def work() -> None:
        while not Job.objects.exists():
            time.sleep(0.05)
        began = time.monotonic()
        run_jobs()
        took.append(time.monotonic() - began)
        connection.close()

    took: list[float] = []
    thread = threading.Thread(target=work)
    thread.start()
    assert as_user(cast.viewer).post(ADDRESS, {"image": picture(3000, 3000)}).status_code == 504
    thread.join(60)
    assert took[0] < 20  # of more than 80 s that the whole image takes
