"""A Detectron2 pair uploaded on the page: converted by a worker, and refused in the engine's own words at the field."""

from typing import Any

from tests.training.pytorch import need_pytorch

need_pytorch()

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from inference.models import ModelVersion
from tests.factories.jobs import run_jobs
from tests.inference.engine.rcnn.conversion.pickled import command
from tests.inference.engine.rcnn.conversion.test_command import write_pair
from tests.inference.engine.rcnn.networks import LABELS
from tests.inference.test_model_pages import text_of
from tests.inference.uploads import left_in

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
API = "/api/v1/models/"


@pytest.fixture
def pair(tmp_path: Any) -> dict[str, Any]:
    config, weights = write_pair(tmp_path)
    files = {"config": config, "weights": weights}
    told = {"name": "herds", "version": "2", "labels": "\n".join(LABELS), "licence": "CC0-1.0"}
    return {name: SimpleUploadedFile(path.name, path.read_bytes()) for name, path in files.items()} | told


def outcome(client: Any, fields: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(API, fields)
    assert answer.status_code == 202, answer.json()
    run_jobs()
    return client.get(answer["Location"]).json()


def test_a_pair_becomes_a_registered_version(cast: Any, as_user: Any, pair: dict[str, Any], settings: Any) -> None:
    client = as_user(cast.administrator)
    told = outcome(client, pair | {"patch": "96x96", "overlap": "8"})
    assert (told["state"], told["model"]) == ("done", "/api/v1/models/herds/2/")
    version = ModelVersion.objects.get()
    assert (version.labels, version.card["format"], version.card["licence"]) == (list(LABELS), "rcnn", "CC0-1.0")
    assert version.card["patch"] == {"width": 96, "height": 96, "overlap": 8}
    assert sorted(path.name for path in version.folder.iterdir()) == ["card.json", "model.safetensors"]
    assert left_in(settings.STORAGE_DIR) == []
    assert "herds, version 2 is registered" in text_of(client.get(f"/model-uploads/{told['id']}/"))


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"labels": "zebra"}, "labels", "1 labels are given"),
        ({"config": SimpleUploadedFile("lazy.py", b"import os")}, "config", "LazyConfig"),
        ({"config": SimpleUploadedFile("c.yaml", b"a: !!python/name:os.system")}, "config", "which Kopje never runs"),
        (
            {"weights": SimpleUploadedFile("m.pkl", command("os", "system", "touch /tmp/x"))},
            "weights",
            "asks for os.system",
        ),
        ({"weights": SimpleUploadedFile("m.pth", b"rubbish")}, "weights", "damaged"),
        ({"weights": SimpleUploadedFile("m.pkl", b"\x80\x04}.")}, "weights", "weights"),
    ],
    ids=["labels", "lazy config", "python in yaml", "malicious", "damaged", "empty"],
)
def test_what_is_wrong_is_said_at_its_field(
    cast: Any, as_user: Any, pair: dict[str, Any], settings: Any, fields: dict[str, Any], field: str, said: str
) -> None:
    for given in fields.values():
        if isinstance(given, SimpleUploadedFile):
            given.seek(0)
    told = outcome(as_user(cast.administrator), pair | fields)
    assert (told["state"], told["field"]) == ("failed", field)
    assert said in told["failure"]
    assert not ModelVersion.objects.exists()
    assert left_in(settings.STORAGE_DIR) == []
