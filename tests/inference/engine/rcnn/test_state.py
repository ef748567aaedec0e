"""A checkpoint's values into a network."""

import json

from tests.training.pytorch import need_pytorch

need_pytorch()

import pytest
import torch
import yaml
from torch.nn import functional

from inference.engine import ModelFileError
from inference.engine.backends.rcnn.layers import Conv
from inference.engine.backends.rcnn.reading import read_config
from inference.engine.backends.rcnn.state import build_network, checkpoint_shapes, empty_network
from inference.engine.backends.rcnn.tensorfile import read_tensors, write_tensors
from tests.inference.engine.rcnn.networks import settings, weights

NAME = "roi_heads.box_predictor.cls_score.weight"


@pytest.mark.shared
def test_names_and_shapes_are_those_that_detectron2_lists(shared_data) -> None:
    folders = [path.parent for path in (shared_data / "golden").glob("*/shapes.json")]
    assert len(folders) == 10
    for folder in folders:
        network = empty_network(read_config(yaml.safe_load((folder / "config.yaml").read_text())))
        listed = {name: tuple(shape) for name, shape in json.loads((folder / "shapes.json").read_text()).items()}
        assert checkpoint_shapes(network) == listed, folder.name


def test_a_resnexts_groups_share_the_channels_of_its_middle() -> None:
    content = settings("fpn")
    content["MODEL"]["RESNETS"] |= {"NUM_GROUPS": 32, "WIDTH_PER_GROUP": 8, "RES2_OUT_CHANNELS": 256, "DEPTH": 101}
    shapes = checkpoint_shapes(empty_network(read_config(content)))
    assert shapes["backbone.bottom_up.res2.0.conv2.weight"] == (256, 8, 3, 3)  # as in X-101-32x8d
    assert shapes["backbone.bottom_up.res5.2.conv3.weight"] == (2048, 2048, 1, 1)
    assert "backbone.bottom_up.res4.22.conv1.weight" in shapes


def test_several_convolutions_of_the_proposal_head_follow_one_another() -> None:
    shapes = checkpoint_shapes(empty_network(read_config(settings("fpn", RPN__CONV_DIMS=[24, -1]))))
    assert shapes["proposal_generator.rpn_head.conv.conv0.weight"] == (24, 16, 3, 3)
    assert shapes["proposal_generator.rpn_head.conv.conv1.weight"] == (24, 24, 3, 3)


def test_a_folded_norm_answers_as_the_norm_behind_its_convolution() -> None:
    conv = Conv((3, 5), 3, norm="FrozenBN")
    stored = {name: torch.rand(shape) for name, shape in conv.checkpoint_shapes()}
    norm = [stored[f"norm.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
    images = torch.rand(1, 3, 6, 6)
    apart = functional.batch_norm(functional.conv2d(images, stored["weight"], padding=1), *norm, eps=1e-5)
    weight, bias = conv.folded(stored)
    assert torch.allclose(functional.conv2d(images, weight, bias, padding=1), apart, atol=1e-5)


def test_weights_that_do_not_fit_are_refused_with_the_list() -> None:
    config = read_config(settings("c4"))
    stored = weights(config)
    del stored["backbone.stem.conv1.weight"]
    stored["roi_heads.extra.weight"] = torch.zeros(1)
    stored[NAME] = torch.zeros(7, 128)
    with pytest.raises(ModelFileError) as refused:
        build_network(config, stored)
    assert "Missing: backbone.stem.conv1.weight. Not used: roi_heads.extra.weight." in str(refused.value)
    assert f"{NAME} [7, 128] ≠ [3, 128]" in str(refused.value)


def test_a_single_weight_too_many_is_refused() -> None:
    config = read_config(settings("c4"))
    with pytest.raises(ModelFileError, match=r"Not used: roi_heads\.extra\.weight"):
        build_network(config, weights(config) | {"roi_heads.extra.weight": torch.zeros(1)})


def test_a_long_list_is_cut_short() -> None:
    config = read_config(settings("c4"))
    with pytest.raises(ModelFileError, match=r"and \d+ more\. Not used: none"):
        build_network(config, {})


def test_a_long_name_is_cut_short() -> None:
    config = read_config(settings("c4"))
    with pytest.raises(ModelFileError) as refused:
        build_network(config, weights(config) | {"x" * 10_000: torch.zeros(1)})
    assert len(str(refused.value)) < 1000


@pytest.mark.parametrize(
    "name",
    [
        "backbone.stem.conv1.norm.num_batches_tracked",
        "roi_heads.mask_head.mask_fcn1.weight",
        "proposal_generator.anchor_generator.cell_anchors.0",
        "pixel_mean",
    ],
)
def test_values_that_bear_on_no_box_are_passed_over(name: str) -> None:
    config = read_config(settings("c4"))
    build_network(config, weights(config) | {name: torch.zeros(3)})


@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int64])
def test_tensors_come_back_from_their_file(kind: torch.dtype) -> None:
    tensors = {"a": torch.arange(6).view(2, 3).to(kind), "empty": torch.zeros(0, 4, dtype=kind), "b": torch.ones(())}
    found = read_tensors(write_tensors(tensors))
    assert {name: (value.dtype, value.tolist()) for name, value in found.items()} == {
        name: (value.dtype, value.tolist()) for name, value in tensors.items()
    }


def header(entry: object) -> bytes:
    told = json.dumps({"a": entry}).encode()
    return len(told).to_bytes(8, "little") + told + bytes(16)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04" + bytes(100),
        (1 << 60).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        header({"dtype": "F32", "shape": [4], "data_offsets": [0, 20]}),
        header({"dtype": "F32", "shape": [5], "data_offsets": [0, 20]}),
        header({"dtype": "F32", "shape": [-4], "data_offsets": [0, 16]}),
        header({"dtype": "F32", "shape": [1 << 40, 1 << 40], "data_offsets": [0, 16]}),
        header({"dtype": "object", "shape": [4], "data_offsets": [0, 16]}),
        header({"dtype": "F32", "shape": "4", "data_offsets": [0, 16]}),
        header(3),
    ],
)
def test_what_is_no_safetensors_file_is_refused(content: bytes) -> None:
    with pytest.raises(ModelFileError, match="not a safetensors file"):
        read_tensors(content)
