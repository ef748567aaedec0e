"""A Detectron2 network in the registry, and by the command that needs no server."""

import csv
import io

from tests.training.pytorch import need_pytorch

need_pytorch()

import pytest
from django.core.management import call_command
from PIL import Image

from inference.registry import RegistryError, register_model
from tests.inference.engine.rcnn.networks import LABELS, pixels, write_folder


@pytest.mark.django_db
def test_a_detectron2_network_is_registered_and_searches_files(tmp_path) -> None:
    version, is_new = register_model(write_folder(tmp_path / "model"))
    assert (is_new, version.labels) == (True, list(LABELS))
    Image.fromarray(pixels()).save(tmp_path / "plain.png")
    out = tmp_path / "found.csv"
    call_command("detect", str(tmp_path / "plain.png"), model="c4", device="cpu", out=out)
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert {row["label"] for row in rows} == set(LABELS)


@pytest.mark.django_db
def test_weights_that_do_not_fit_are_not_registered(tmp_path) -> None:
    with pytest.raises(RegistryError, match="not a safetensors file"):
        register_model(write_folder(tmp_path / "model", content=b"rubbish"))
