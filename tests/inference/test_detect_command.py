import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from inference.registry import register_model
from tests.factories.inference import make_model_folder
from tests.factories.pictures import noise, write_jpeg

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return make_model_folder(tmp_path / "model")


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with an image of two animals, an empty one below, notes, and a hidden file."""
    folder = tmp_path / "card"
    (folder / "100CANON").mkdir(parents=True)
    write_jpeg(folder / "a.JPG", noise(1024, 512))
    write_jpeg(folder / "100CANON" / "b.jpg", np.full((512, 512, 3), 90, np.uint8))
    (folder / "notes.txt").write_text("windy")
    (folder / ".hidden.jpg").write_text("")
    return folder


def detect(*arguments: Any) -> list[dict[str, str]]:
    """The rows that the command writes to the screen."""
    out = io.StringIO()
    call_command("detect", *map(str, arguments), stdout=out, stderr=io.StringIO())
    return list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))


def test_a_row_a_detection_and_every_empty_image_listed(images: Path, model: Path) -> None:
    rows = detect(images, "--model", model)
    assert [(Path(row["file"]).name, row["state"], row["label"], row["left"]) for row in rows] == [
        ("b.jpg", "empty", "", ""),
        ("a.JPG", "found", "buffalo", "232.0"),
        ("a.JPG", "found", "zebra", "744.0"),
    ]
    assert (rows[1]["width"], rows[1]["score"]) == ("1024", "0.9")


def test_an_unreadable_image_is_listed_with_the_reason_and_stops_no_other(images: Path, model: Path) -> None:
    (images / "0.jpg").write_bytes((images / "a.JPG").read_bytes()[:4000])
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 with detections, 1 empty, 1 failed"):
        call_command("detect", str(images), "--model", str(model), stdout=out, stderr=io.StringIO())
    failed = [row for row in csv.DictReader(io.StringIO(out.getvalue())) if row["state"] == "failed"]
    assert [Path(row["file"]).name for row in failed] == ["0.jpg"]
    assert "cut short" in failed[0]["reason"]
    assert failed[0]["n_detections"] == ""  # nobody looked: that is no zero


def test_a_file_that_is_named_and_no_image_fails(images: Path, model: Path) -> None:
    with pytest.raises(CommandError, match="1 failed"):
        detect(images / "notes.txt", "--model", model)


def test_the_threshold_can_be_chosen(images: Path, model: Path) -> None:
    assert {row["state"] for row in detect(images, "--model", model, "--threshold", "0.95")} == {"empty"}


def test_json_has_the_detections_of_each_file(images: Path, model: Path, tmp_path: Path) -> None:
    detect(images, "--model", model, "--out", tmp_path / "found.json")
    empty, found = json.loads((tmp_path / "found.json").read_text())
    assert (empty["state"], empty["detections"]) == ("empty", [])
    assert [box["label"] for box in found["detections"]] == ["buffalo", "zebra"]


def test_a_csv_file_says_the_same_as_the_screen(images: Path, model: Path, tmp_path: Path) -> None:
    rows = detect(images, "--model", model)
    detect(images, "--model", model, "--out", tmp_path / "found.csv")
    assert list(csv.DictReader((tmp_path / "found.csv").open(newline=""))) == rows


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["plains", "plains/1"])
def test_a_registered_model_is_named(images: Path, model: Path, name: str) -> None:
    register_model(model, for_tests=True)
    assert len(detect(images, "--model", name)) == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere", "--model", "MODEL"], "no file or folder nowhere"),
        (["EMPTY", "--model", "MODEL"], "no image"),
        (["IMAGES", "--model", "unknown"], "neither a model folder nor a registered model"),
        (["IMAGES", "--model", "EMPTY"], "no model folder"),
        (["IMAGES", "--model", "MODEL", "--out", "found.xls"], r"must end in \.csv or \.json"),
        (
            ["IMAGES", "--model", "MODEL", "--out", "nowhere/found.csv"],
            r"nowhere/found\.csv cannot be written: No such",
        ),
        (["IMAGES", "--model", ROOT / "models/starter", "--mode", "fast"], r"nothing quicker .* Its modes: exact\.$"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    images: Path, model: Path, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    (tmp_path / "empty").mkdir()
    places = {"IMAGES": images, "MODEL": model, "EMPTY": tmp_path / "empty"}
    with pytest.raises(CommandError, match=sentence):
        detect(*(places.get(word, word) for word in arguments))


@pytest.mark.slow
def test_with_a_model_folder_no_database_is_needed(images: Path, model: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "DATA_DIR": str(tmp_path / "data"), "DJANGO_SETTINGS_MODULE": "config.settings"}
    environment["DATABASE_URL"] = "postgres://nobody@127.0.0.1:1/nothing"
    command = [sys.executable, str(ROOT / "manage.py"), "detect", str(images), "--model", str(model)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 4
    assert "2/2" in done.stderr
