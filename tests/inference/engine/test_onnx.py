"""ONNX files from strangers, and detectors made of them."""

import hashlib
from contextlib import suppress

import numpy as np
import pytest

from inference.engine import (
    CardError,
    DetectorError,
    DetectorMemoryError,
    ModelFileError,
    Patch,
    Window,
    load_detector,
    write_card,
)
from inference.engine.backends import onnx as backend
from inference.engine.backends.onnxfile import refuse_unsafe
from inference.engine.card import InputRule, PatchRule
from tests.factories.models import make_card
from tests.factories.onnx_files import make_external_tensor, make_onnx, make_subgraph

BOXES = np.array([[8, 8, 40, 40], [9, 8, 41, 40], [0, 0, 60, 20]], np.float32)
FOUND = {"boxes": BOXES, "scores": np.array([0.9, 0.8, 0.1], np.float32), "labels": np.array([1, 1, 0])}
PIXELS = np.zeros((64, 64, 3), np.uint8)


def make_folder(folder, content, **changes):
    (folder / "model.onnx").write_bytes(content)
    changes = {"head": "boxes_scores_labels", "patch": PatchRule(64, 64, 8), **changes}
    changes.setdefault("sha256", hashlib.sha256(content).hexdigest())
    write_card(make_card(format="onnx", input=InputRule(resize="letterbox"), **changes), folder)
    return folder


def ask(folder, count=1):
    return load_detector(folder, threads=1).detect([Window(PIXELS, Patch(0, 0, 64, 64))] * count)


def test_a_model_file_becomes_a_detector(tmp_path):
    (found,) = ask(make_folder(tmp_path, make_onnx(FOUND)))
    assert found.corners.tolist() == [[8, 8, 40, 40]]  # one suppressed, one below the threshold
    assert (found.label.tolist(), found.score.tolist()) == ([1], [pytest.approx(0.9)])


def test_boxes_without_a_batch_axis_are_asked_patch_by_patch(tmp_path):
    assert len(ask(make_folder(tmp_path, make_onnx(FOUND, input_shape=("n", 3, 64, 64))), count=3)) == 3


def test_a_fixed_batch_is_filled_up(tmp_path):
    raw = np.zeros((2, 6, 5), np.float32)
    raw[:, :, 0] = [30, 20, 10, 8, 0.2, 0.9]
    folder = make_folder(tmp_path, make_onnx({"out": raw}, input_shape=(2, 3, 64, 64)), head="yolov8")
    assert [len(found) for found in ask(folder, count=3)] == [1, 1, 1]


def test_an_open_input_takes_the_patch_size_rounded_up(tmp_path):
    content = make_onnx(FOUND, input_shape=(1, 3, "height", "width"))
    detector = load_detector(make_folder(tmp_path, content, patch=PatchRule(100, 64, 8)))
    assert (detector.fit.width, detector.fit.height) == (128, 64)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04" + b"\0" * 40, b"\x80\x04\x95rubbish", b"\xff" * 100, b"\x08\x08", b"<html></html>"],
)
def test_what_is_no_onnx_file_is_refused(tmp_path, content):
    with pytest.raises(ModelFileError, match="not an ONNX file"):
        load_detector(make_folder(tmp_path, content))


def test_a_network_that_the_runtime_cannot_load_is_refused(tmp_path):
    broken = make_onnx(FOUND).replace(b"Identity", b"Idontity")
    with pytest.raises(ModelFileError, match="ONNX Runtime cannot load the weights file"):
        load_detector(make_folder(tmp_path, broken))


@pytest.mark.parametrize("wrap", [bytes, make_subgraph, lambda inner: make_subgraph(make_subgraph(inner))])
def test_weights_kept_in_other_files_are_refused(tmp_path, wrap):
    content = make_onnx(FOUND, extra=wrap(make_external_tensor("/etc/passwd")))
    with pytest.raises(ModelFileError, match="one single file"):
        load_detector(make_folder(tmp_path, content))


def test_networks_nested_without_end_are_refused():
    inner = b""
    for _ in range(100):
        inner = make_subgraph(inner)
    with pytest.raises(ModelFileError, match="nests networks too deeply"):
        refuse_unsafe(make_onnx(FOUND, extra=inner))


def test_a_damaged_file_never_gets_past_the_check_with_another_error():
    whole, random = make_onnx(FOUND), np.random.default_rng(0)
    for _ in range(500):
        damaged = bytearray(whole[: random.integers(1, len(whole))])
        damaged[random.integers(len(damaged))] = random.integers(256)
        with suppress(ModelFileError):
            refuse_unsafe(bytes(damaged))


def test_weights_other_than_the_cards_are_refused(tmp_path):
    with pytest.raises(ModelFileError, match="SHA-256 differs"):
        load_detector(make_folder(tmp_path, make_onnx(FOUND), sha256="0" * 64))


def test_a_missing_weights_file_is_named(tmp_path):
    (make_folder(tmp_path, make_onnx(FOUND)) / "model.onnx").unlink()
    with pytest.raises(ModelFileError, match=r"no readable weights file model\.onnx"):
        load_detector(tmp_path)


def test_an_unknown_head_is_named(tmp_path):
    with pytest.raises(CardError, match="'head' must be one of yolox"):
        load_detector(make_folder(tmp_path, make_onnx(FOUND), head="mystery"))


@pytest.mark.parametrize("first", [10**30, -(10**30), "1"])
def test_a_number_of_the_first_label_that_none_can_have_is_refused(tmp_path, first):
    with pytest.raises(CardError, match=r"settings\.first_label"):
        ask(make_folder(tmp_path, make_onnx(FOUND), settings={"first_label": first}))


def test_an_input_that_is_no_picture_is_refused(tmp_path):
    with pytest.raises(ModelFileError, match=r"one input \(batch, 3, height, width\)"):
        load_detector(make_folder(tmp_path, make_onnx(FOUND, input_shape=(1, 64))))


def test_a_card_whose_input_size_is_not_the_files_is_refused(tmp_path):
    folder = make_folder(tmp_path, make_onnx(FOUND))
    card = load_detector(folder).card
    write_card(type(card)(**{**card.__dict__, "input": InputRule(128, 128, "letterbox")}), folder)
    with pytest.raises(CardError, match=r"'input.width' is 128, but the model file takes only 64"):
        load_detector(folder)


def test_answers_that_are_no_numbers_are_an_error(tmp_path):
    with pytest.raises(DetectorError, match="NaN"):
        ask(make_folder(tmp_path, make_onnx({**FOUND, "scores": np.full(3, np.nan, np.float32)})))


def test_a_head_that_does_not_fit_the_file_is_an_error(tmp_path):
    with pytest.raises(DetectorError, match="expects one output"):
        ask(make_folder(tmp_path, make_onnx(FOUND), head="yolox"))


def test_cuda_without_cuda_is_a_clear_error(tmp_path):
    with pytest.raises(DetectorError, match=r"no CUDA.*DEVICE=cpu"):
        load_detector(make_folder(tmp_path, make_onnx(FOUND)), device="cuda")


def test_auto_takes_the_processor_where_there_is_nothing_else(tmp_path):
    detector = load_detector(make_folder(tmp_path, make_onnx(FOUND)), device="auto")
    assert detector.session.get_providers() == ["CPUExecutionProvider"]


def test_the_graphics_card_comes_first_where_there_is_one():
    available = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    assert backend._providers("auto", available) == backend._providers("cuda", available) == available
    assert backend._providers("cpu", available) == ["CPUExecutionProvider"]


def test_a_detector_says_what_computes_it(tmp_path):
    """Runs and their pages keep it."""
    assert load_detector(make_folder(tmp_path, make_onnx(FOUND))).engine == "ONNX Runtime"


def test_an_unknown_device_is_refused(tmp_path):
    with pytest.raises(ValueError, match="device must be one of cpu, cuda, auto"):
        load_detector(tmp_path, device="tpu")


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (RuntimeError("Failed to allocate memory for requested buffer of size 10"), DetectorMemoryError),
        (MemoryError(), DetectorMemoryError),
        (RuntimeError("std::bad_alloc"), DetectorMemoryError),
        (RuntimeError("Non-zero status code"), DetectorError),
    ],
)
def test_memory_is_told_apart_from_other_failures(problem, kind):
    assert type(backend._run_error(problem)) is kind
