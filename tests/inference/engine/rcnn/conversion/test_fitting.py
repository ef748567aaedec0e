"""Weights under other names, too few, too many, of another network."""

import re

from tests.training.pytorch import need_pytorch

need_pytorch()

import pytest
import torch

from inference.engine import CardError, ModelFileError
from inference.engine.backends.rcnn.conversion.checkpoint import Checkpoint
from inference.engine.backends.rcnn.conversion.fitting import check_labels
from inference.engine.backends.rcnn.conversion.folder import fitting_weights
from inference.engine.backends.rcnn.reading import read_config
from tests.inference.engine.rcnn.conversion.caffe2names import caffe2_model
from tests.inference.engine.rcnn.networks import settings, weights

SCORES = "roi_heads.box_predictor.cls_score.bias"


def fitted(
    name: str, stored: dict[str, torch.Tensor], *, is_caffe2: bool = False, **changes
) -> dict[str, torch.Tensor]:
    return fitting_weights(read_config(settings(name, **changes)), Checkpoint(stored, is_caffe2))


def refusal(name: str, stored: dict[str, torch.Tensor], **changes) -> str:
    with pytest.raises(ModelFileError) as refused:
        fitted(name, stored, **changes)
    return str(refused.value)


def made(name: str) -> dict[str, torch.Tensor]:
    return weights(read_config(settings(name)))


@pytest.mark.parametrize("name", ["c4", "dc5", "fpn"])
def test_caffe2s_names_and_order_become_detectron2s(name: str) -> None:
    wanted, stored = caffe2_model(made(name))
    found = fitted(name, stored, is_caffe2=True)
    assert found.keys() == wanted.keys()
    assert [key for key in wanted if not torch.equal(found[key], wanted[key])] == []


def test_what_caffe2_keeps_besides_is_left_out() -> None:
    wanted, stored = caffe2_model(made("c4"))
    besides = ("res2_0_branch2a_w_momentum", "__preserve__/fc1000_w", "conv1_b", "fcn_unknown")
    stored |= {name: torch.zeros(1) for name in besides[:3]}
    assert fitted("c4", stored, is_caffe2=True).keys() == wanted.keys()
    with pytest.raises(ModelFileError, match=r"Not used: fcn_unknown\."):
        fitted("c4", stored | {besides[3]: torch.zeros(1)}, is_caffe2=True)


@pytest.mark.parametrize("name", ["cls_score_b", "bbox_pred_w", "cls_score_w"])
def test_a_single_number_where_caffe2_keeps_one_a_label_is_of_another_shape(name: str) -> None:
    _wanted, stored = caffe2_model(made("c4"))
    with pytest.raises(ModelFileError, match=r"Of another shape: .*\[\] ≠"):
        fitted("c4", stored | {name: torch.tensor(1.0)}, is_caffe2=True)


def test_a_norm_of_detectron2_without_mean_is_missing_and_not_made_up() -> None:
    stored = made("c4")
    del stored["backbone.stem.conv1.norm.running_mean"]
    assert "Missing: backbone.stem.conv1.norm.running_mean. Not used: none" in refusal("c4", stored)


def test_weights_of_training_on_several_devices_lose_their_prefix_and_what_bears_on_no_box() -> None:
    stored = {f"module.{name}": value for name, value in made("c4").items()}
    stored["module.roi_heads.mask_head.deconv.weight"] = torch.zeros(1)
    assert fitted("c4", stored).keys() == made("c4").keys()


def test_a_backbone_alone_is_no_detector() -> None:
    stored = {name: value for name, value in made("c4").items() if "res" in name or "stem" in name}
    assert "are a backbone alone" in refusal("c4", stored)
    _wanted, old = caffe2_model(stored)
    assert "are a backbone alone" in refusal("c4", old | {"fc1000_w": torch.zeros(1)}, is_caffe2=True)


@pytest.mark.parametrize(("name", "head"), [("c4", "ROI_HEADS"), ("retina", "RETINANET")])
def test_another_number_of_labels_is_told_with_what_to_set(name: str, head: str) -> None:
    told = refusal(name, made(name), **{f"{head}__NUM_CLASSES": 80})
    assert re.search(rf"says 80 labels, but the weights are of 2: set MODEL.{head}.NUM_CLASSES to 2", told)


def test_weights_of_another_depth_are_refused_with_the_list() -> None:
    told = refusal("c4", made("c4"), RESNETS__DEPTH=101)
    assert "Missing: backbone.res4.6.conv1.weight" in told
    assert "Check that both belong to one model" in told


def test_labels_must_be_as_many_as_the_configurations() -> None:
    config = read_config(settings("c4"))
    check_labels(config, ("elephant", "buffalo"))
    with pytest.raises(CardError, match=r"3 labels are given, .* made for 2 \(MODEL.ROI_HEADS.NUM_CLASSES\)"):
        check_labels(config, ("elephant", "buffalo", "zebra"))
