"""The command, from a Detectron2 pair to boxes: a process of its own each time."""

import io
import json
from pathlib import Path
from typing import Any

from tests.training.pytorch import need_pytorch

need_pytorch()

import numpy as np
import pytest
import torch
import yaml
from django.core.management import CommandError, call_command

from inference.engine import Patch, Window, load_card, load_detector
from inference.engine.backends.rcnn.reading import read_config
from tests.inference.engine.rcnn.conversion.caffe2names import caffe2_model
from tests.inference.engine.rcnn.conversion.pickled import arrays, of_old_numpy, pickled
from tests.inference.engine.rcnn.networks import LABELS, MODELS, find, pipeline, pixels, settings, weights

pytestmark = pytest.mark.slow


def write_pair(folder: Path, name: str = "c4", **checkpoint: Any) -> tuple[Path, Path]:
    """config.yaml and model_final.pth of a small network as Detectron2 writes them."""
    content = settings(name)
    made = weights(read_config(content))
    content["INPUT"] |= {"corruption": "fog"}
    content["MODEL"] |= {"WEIGHTS": "/nowhere/else.pkl", "DEVICE": "cuda"}
    content |= {"SOLVER": {"OPTIMIZER_TYPE": "adam"}, "OUTPUT_DIR": "/nowhere", "VERSION": 2}
    (folder / "config.yaml").write_text(yaml.safe_dump(content))
    trained = {"optimizer": {"state": {0: {"momentum_buffer": torch.zeros(3)}}}, "iteration": 9}
    torch.save({"model": made} | trained | checkpoint, folder / "model_final.pth")
    return folder / "config.yaml", folder / "model_final.pth"


def convert(*arguments: Any) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("convert_detectron2", *map(str, arguments), "--patch", "128", "96", stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize("name", MODELS)
def test_a_checkpoint_of_detectron2_answers_the_same_boxes(name: str, tmp_path: Path) -> None:
    told, warned = convert(*write_pair(tmp_path, name), tmp_path / "herds", "--labels", *LABELS, "--licence", "CC0-1.0")
    (found,) = load_detector(tmp_path / "herds").detect([Window(pixels(), Patch(0, 0, 128, 96))])
    wanted = find(pipeline(name), pixels())
    assert len(found) > 3
    # Not to the last bit: a detector saves products that the plain network computes.
    np.testing.assert_allclose(found.corners, wanted.boxes.numpy(), atol=0.005)
    np.testing.assert_allclose(found.score, wanted.scores.numpy(), atol=1e-4)
    assert found.label.tolist() == wanted.labels.tolist()
    assert told.startswith("herds/1: ")
    assert "passes them over: INPUT.corruption." in warned
    assert "The card does not say yet: source, training_data, intended_use, trained_gsd_cm, view." in warned


def test_the_card_says_what_both_files_and_the_person_know(tmp_path: Path) -> None:
    pair = write_pair(tmp_path, "trident")
    labels = tmp_path / "labels.txt"
    labels.write_text("elephant\n\n buffalo \n")
    convert(
        *pair, tmp_path / "m", "--name", "plains", "--model-version", "3", "--labels-file", labels, "--overlap", 40,
        "--trained-gsd-cm", 2, 4, "--view", "nadir", "--source", "us",
    )  # fmt: skip
    card = load_card(tmp_path / "m")
    assert (card.name, card.version, card.labels, card.source) == ("plains", "3", ("elephant", "buffalo"), "us")
    assert (card.architecture, card.channel_order, card.input.resize) == ("TridentNet-Fast R50-C4", "BGR", "none")
    assert (card.pixel_mean, card.pixel_std) == ((103.53, 116.28, 123.675), (1, 1, 1))
    assert (card.score_threshold, card.nms_threshold, card.patch.overlap) == (0.3, 0.5, 40)
    assert (card.trained_gsd_cm, card.view) == ((2, 4), ("nadir",))
    kept = json.dumps(card.settings)
    assert "TridentRPN" in kept
    assert "corruption" not in kept
    assert "nowhere" not in kept


def test_labels_that_nobody_names_are_numbered_and_that_is_said(tmp_path: Path) -> None:
    _told, warned = convert(*write_pair(tmp_path), tmp_path / "m")
    assert load_card(tmp_path / "m").labels == ("label-1", "label-2")
    assert "convert again with --labels" in warned


def test_nothing_is_left_where_it_refuses_and_no_folder_is_written_over(tmp_path: Path) -> None:
    config, checkpoint = write_pair(tmp_path, model={})
    with pytest.raises(CommandError, match="holds no weights"):
        convert(config, checkpoint, tmp_path / "m")
    assert not (tmp_path / "m").exists()
    with pytest.raises(CommandError, match="is there already and not empty: name a new folder"):
        convert(config, checkpoint, tmp_path)


def write_pickle(folder: Path, *, is_caffe2: bool, **content: Any) -> Path:
    """model_final.pkl of the network that write_pair's configuration is about, as either library keeps it."""
    made = weights(read_config(settings("fpn")))
    plain, stored = caffe2_model(made)
    kept = {"blobs": arrays(stored), "cfg": "text"} if is_caffe2 else {"model": arrays(plain), "__author__": "us"}
    write = of_old_numpy if is_caffe2 else pickled
    (folder / "model_final.pkl").write_bytes(write(kept | content))
    return folder / "model_final.pkl"


def test_a_pickle_of_caffe2_answers_as_the_same_weights_of_detectron2(tmp_path: Path) -> None:
    config, _pth = write_pair(tmp_path, "fpn")
    found = []
    for is_caffe2 in (True, False):
        folder = tmp_path / f"caffe2-{is_caffe2}"
        convert(config, write_pickle(tmp_path, is_caffe2=is_caffe2), folder)
        found += load_detector(folder).detect([Window(pixels(), Patch(0, 0, 128, 96))])
    assert len(found[0]) > 3
    assert np.array_equal(found[0].corners, found[1].corners)
    assert np.array_equal(found[0].label, found[1].label)


def test_a_pickle_of_a_backbone_alone_is_refused(tmp_path: Path) -> None:
    config, _pth = write_pair(tmp_path, "fpn")
    stored = {"conv1_w": np.zeros((8, 3, 7, 7), np.float32), "fc1000_w": np.zeros(3, np.float32)}
    with pytest.raises(CommandError, match="are a backbone alone"):
        convert(config, write_pickle(tmp_path, is_caffe2=True, blobs=stored), tmp_path / "m")


def test_labels_from_two_places_or_from_an_empty_file_are_refused(tmp_path: Path) -> None:
    pair = write_pair(tmp_path)
    (tmp_path / "labels.txt").write_text("\n")
    with pytest.raises(CommandError, match="not both"):
        convert(*pair, tmp_path / "m", "--labels", "a", "--labels-file", tmp_path / "labels.txt")
    with pytest.raises(CommandError, match="is empty: write a label a line"):
        convert(*pair, tmp_path / "m", "--labels-file", tmp_path / "labels.txt")
    with pytest.raises(CommandError, match="cannot be read"):
        convert(*pair, tmp_path / "m", "--labels-file", tmp_path / "none.txt")
