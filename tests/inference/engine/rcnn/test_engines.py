"""Small networks by every engine: the boxes are those of PyTorch in float32."""

from importlib.util import find_spec

from tests.training.pytorch import need_pytorch

need_pytorch()

import numpy as np
import pytest
import torch

from inference.engine import DetectorError, Patch, Window, load_detector
from inference.engine.backends.onnxfile import refuse_unsafe
from inference.engine.backends.rcnn.engines import onnx_halves, planned_pipeline, this_machine
from inference.engine.backends.rcnn.pipeline import Pipeline
from inference.engine.backends.rcnn.reading import read_config
from inference.engine.backends.rcnn.state import build_network
from inference.engine.modes import Plan, choose_plan, cpu_features
from tests.conftest import skip_or_fail
from tests.inference.engine.rcnn.networks import MODELS, find, pipeline, pixels, rows, settings, weights, write_folder

pytestmark = pytest.mark.usefixtures("one_thread")
ALL_BRANCHES = {"TRIDENT__TEST_BRANCH_IDX": -1}
FIRST = ("c4", "fpn", "retina")  # each of another kind; the rest are asked among the slow tests
SHAPES = [
    *(pytest.param(name, {}, marks=[] if name in FIRST else pytest.mark.slow) for name in MODELS),
    pytest.param("trident", ALL_BRANCHES, marks=pytest.mark.slow),
    pytest.param("c4", {"RESNETS__STRIDE_IN_1X1": False}, marks=pytest.mark.slow),
]


def planned(plan: Plan, name: str, device: str = "cpu", **changes) -> Pipeline:
    config = read_config(settings(name, **changes))
    return planned_pipeline(config, weights(config), plan, torch.device(device), threads=1)


def need_openvino() -> None:
    if not find_spec("openvino"):
        skip_or_fail("OpenVINO is not installed (the extra: openvino)")


def assert_same(made: Pipeline, wanted: Pipeline) -> None:
    images = [pixels(seed=seed) for seed in (1, 2)]
    found, boxes = find(made, *images), find(wanted, *images)
    for at in range(len(images)):
        assert len(rows(boxes, at)) > 3
        assert len(rows(found, at)) == len(rows(boxes, at))
        apart = np.abs(rows(found, at)[:, None] - rows(boxes, at)[None])  # equal scores have no order
        assert (apart[..., :4].max(-1) + 100 * apart[..., 4:].max(-1)).min(1).max() < 0.05


def assert_close(made: Pipeline, wanted: Pipeline) -> None:
    """Half precision: what both halves answer, since its boxes may differ on networks of random weights."""
    images = wanted.batch([pixels()]).images
    with torch.inference_mode():
        answers = [torch.cat([level.flatten() for level in part]) for part in wanted.dense(images)]
        found = [torch.cat([level.flatten().cpu() for level in part]) for part in made.dense(images.to(made.device))]
        for one, other in zip(found, answers, strict=True):
            assert one.dtype == torch.float32
            assert torch.cosine_similarity(one, other, dim=0) > 0.99
            assert not torch.equal(one, other)


@pytest.mark.parametrize(("name", "changes"), SHAPES)
def test_onnx_runtime_answers_the_same_boxes(name, changes) -> None:
    assert_same(planned(Plan("onnxruntime"), name, **changes), pipeline(name, **changes))


@pytest.mark.parametrize(
    ("name", "changes"), [SHAPES[0], *(pytest.param(*shape.values, marks=pytest.mark.slow) for shape in SHAPES[1:])]
)
@pytest.mark.slow
def test_openvino_answers_the_same_boxes(name, changes) -> None:
    need_openvino()
    assert_same(planned(Plan("openvino"), name, **changes), pipeline(name, **changes))


@pytest.mark.parametrize("name", MODELS)
def test_pytorch_sparing_products_answers_the_same_boxes(name, monkeypatch) -> None:
    monkeypatch.setattr("inference.engine.backends.rcnn.winograd.LEAST_CHANNELS", 4)
    assert_same(planned(Plan(), name), pipeline(name))


def test_half_precision_on_a_processor_is_close() -> None:
    assert_close(planned(Plan(precision="bfloat16"), "c4"), pipeline("c4"))


@pytest.mark.parametrize("feature", sorted(cpu_features()))
def test_half_precision_by_openvino_is_close(feature) -> None:
    need_openvino()
    assert_close(planned(Plan("openvino", "bfloat16"), "c4"), pipeline("c4"))


@pytest.mark.parametrize("precision", ["float16", "bfloat16"] if torch.cuda.is_available() else [])
def test_half_precision_on_a_graphics_card_is_close(precision) -> None:
    assert_close(planned(Plan(precision=precision), "c4", "cuda"), pipeline("c4"))


def test_a_budget_lets_the_best_proposals_alone_be_looked_at() -> None:
    made, whole = planned(Plan(proposals=10), "c4"), pipeline("c4")
    batch = made.batch([pixels(seed=1), pixels(seed=2)])
    with torch.inference_mode():
        _, logits, deltas = made.dense(batch.images)
        few, all_of_them = (each.proposals(logits, deltas, batch.sizes) for each in (made, whole))
    assert torch.bincount(few.image).tolist() == [10, 10]
    assert torch.equal(few.boxes[:10], all_of_them.boxes[:10])
    assert len(all_of_them.boxes) > 40


def test_a_budget_above_the_models_own_changes_nothing() -> None:
    assert planned(Plan(proposals=10**6), "c4").config == pipeline("c4").config


def test_a_network_without_proposals_has_no_turbo_mode(tmp_path) -> None:
    with pytest.raises(DetectorError, match="there is no turbo mode: choose exact or fast"):
        load_detector(write_folder(tmp_path / "retina", "retina"), mode="turbo", threads=1)


def test_both_halves_are_safe_onnx_files() -> None:
    config = read_config(settings("fpn"))
    for content in onnx_halves(config, build_network(config, weights(config))):
        refuse_unsafe(content)


def test_a_detector_says_what_computes_it(tmp_path) -> None:
    folder = write_folder(tmp_path / "c4")
    machine = this_machine(torch.device("cpu"))
    for mode in ("exact", "turbo"):
        detector = load_detector(folder, mode=mode, threads=1)
        assert detector.engine == str(choose_plan(mode, machine))
        assert len(detector.detect([Window(pixels(), Patch(0, 0, 128, 96))])[0]) > 0
    assert machine.packages >= {"torch"}
