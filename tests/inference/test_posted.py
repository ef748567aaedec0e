"""What processes leave on the disk that were killed while they took in a model, tried it or answered."""

import os
from pathlib import Path

import pytest
from django.utils import timezone
from uuid_utils.compat import uuid7

from inference.posted import LEFT_AFTER, remove_left
from jobs.models import Job
from surveys.files import arriving_folder, model_folder, posted_path
from tests.factories.jobs import make_job

pytestmark = pytest.mark.django_db


def left(path: Path, *, is_old: bool = True) -> Path:
    path.mkdir(parents=True)
    (path / "model.onnx").write_bytes(b"weights")
    then = (timezone.now() - LEFT_AFTER).timestamp() - 60
    if is_old:
        os.utime(path, (then, then))
    return path


def test_what_ended_processes_left_goes_after_some_hours_and_nothing_else() -> None:
    live = make_job(kind="register_model", subject=uuid7())
    gone = [
        left(arriving_folder() / "tmp1.upload"),
        left(posted_path(uuid7())),
        left(model_folder("plains", f".incoming-{uuid7()}")),
    ]
    kept = [
        left(posted_path(live.subject)),
        left(posted_path(uuid7()), is_old=False),
        left(model_folder("plains", f".incoming-{uuid7()}"), is_old=False),
        left(model_folder("plains", "1")),
    ]
    remove_left(Job())
    assert [path for path in gone if path.exists()] == []
    assert all((path / "model.onnx").exists() for path in kept)
