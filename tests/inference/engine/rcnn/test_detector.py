"""Model folders with Detectron2's networks, asked as every detector is."""

import json
from dataclasses import replace

from tests.training.pytorch import need_pytorch

need_pytorch()

import numpy as np
import pytest
import torch

from inference.engine import (
    CardError,
    DetectorError,
    DetectorMemoryError,
    ModelFileError,
    Patch,
    SearchSettings,
    Window,
    load_card,
    load_detector,
    search_image,
)
from inference.engine.backends.rcnn.tensorfile import write_tensors
from inference.engine.card import InputRule
from tests.inference.engine.rcnn.networks import LABELS, find, pipeline, pixels, write_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("models") / "c4")


def windows(image: np.ndarray, *patches: tuple[int, int, int, int]) -> list[Window]:
    return [Window(image, Patch(*patch)) for patch in patches]


def test_a_model_folder_becomes_a_detector(folder) -> None:
    detector = load_detector(folder, threads=1)
    (found,) = detector.detect(windows(pixels(), (0, 0, 128, 96)))
    wanted = find(pipeline("c4"), pixels())
    assert (detector.labels, detector.device) == (LABELS, "cpu")
    assert len(found) > 3
    assert np.allclose(found.corners, wanted.boxes.numpy(), atol=1e-3)
    assert found.label.tolist() == wanted.labels.tolist()


def test_patches_of_different_sizes_are_found_as_each_alone(folder) -> None:
    detector = load_detector(folder, threads=1)
    asked = windows(pixels(200, 200), (0, 0, 128, 96), (10, 10, 80, 100), (72, 104, 200, 200))
    for together, window in zip(detector.detect(asked), asked, strict=True):
        (alone,) = detector.detect([window])
        assert len(alone) > 0
        assert np.allclose(together.corners, alone.corners, atol=1e-3)


def test_an_image_is_searched_patch_by_patch(folder) -> None:
    found = search_image(
        pixels(150, 200), load_detector(folder, threads=1), SearchSettings.from_card(load_card(folder))
    )
    assert len(found.patches) == 4
    assert len(found.boxes) > 0


def test_the_channel_order_is_the_cards(tmp_path, folder) -> None:
    reversed_order = write_folder(tmp_path / "rgb", channel_order="RGB")
    (found,) = load_detector(reversed_order).detect(windows(pixels()[..., ::-1].copy(), (0, 0, 128, 96)))
    (wanted,) = load_detector(folder).detect(windows(pixels(), (0, 0, 128, 96)))
    assert np.array_equal(found.corners, wanted.corners)


def test_the_score_threshold_is_the_one_that_is_asked(folder) -> None:
    (usual,) = load_detector(folder).detect(windows(pixels(), (0, 0, 128, 96)))
    middle = float(np.median(usual.score))
    (fewer,) = load_detector(folder, score_threshold=middle).detect(windows(pixels(), (0, 0, 128, 96)))
    assert 0 < len(fewer) < len(usual)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"labels": ("elephant",)}, "names 1 labels, but the network was made for 2"),
        ({"pixel_scale": 0.5}, "'pixel_scale' must be 1"),
        ({"settings": {"detectron2": {"MODEL": {"RESNETS": {"DEPTH": 34}}}}}, "DEPTH must be 50, 101 or 152"),
        ({"settings": {"other": 1}}, r"settings.detectron2"),
        ({"input": InputRule(resize="letterbox")}, "'input.resize' must be one of none, shortest_edge"),
    ],
)
def test_a_card_that_does_not_fit_the_network_is_refused(tmp_path, changes, sentence) -> None:
    with pytest.raises(CardError, match=sentence):
        load_detector(write_folder(tmp_path / "model", **changes))


def test_a_card_must_say_whether_patches_are_resized(tmp_path) -> None:
    folder = write_folder(tmp_path / "model")
    card = json.loads((folder / "card.json").read_text())
    card["input"] = {"fill": 0}
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(CardError, match=r"'input\.resize' is missing"):
        load_detector(folder)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"\x80\x04\x95rubbish", "not a safetensors file"), (write_tensors({}), "do not fit the configuration")],
)
def test_weights_of_another_kind_are_refused(tmp_path, content, sentence) -> None:
    with pytest.raises(ModelFileError, match=sentence):
        load_detector(write_folder(tmp_path / "model", content=content))


def test_cuda_runs_where_there_is_a_graphics_card_and_is_refused_clearly_where_not(folder) -> None:
    if torch.cuda.is_available():
        (found,) = load_detector(folder, device="cuda").detect(windows(pixels(), (0, 0, 128, 96)))
        (wanted,) = load_detector(folder).detect(windows(pixels(), (0, 0, 128, 96)))
        assert np.allclose(found.corners, wanted.corners, atol=0.05)
    else:
        with pytest.raises(DetectorError, match="PyTorch finds no CUDA on this machine"):
            load_detector(folder, device="cuda")
        assert load_detector(folder, device="auto").device == "cpu"


def test_running_out_of_memory_is_told_apart_from_other_failures(folder) -> None:
    detector = load_detector(folder)
    greedy = replace(detector.pipeline, dense=lambda images: torch.empty(10**15))
    with pytest.raises(DetectorMemoryError):
        replace(detector, pipeline=greedy).detect(windows(pixels(), (0, 0, 128, 96)))
    wrong = replace(detector.pipeline, dense=lambda images: images @ torch.zeros(3))
    with pytest.raises(RuntimeError):
        replace(detector, pipeline=wrong).detect(windows(pixels(), (0, 0, 128, 96)))
