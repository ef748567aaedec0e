"""Detectron2's configuration, as people have it."""

from typing import Any

import pytest

from inference.engine import CardError
from inference.engine.backends.rcnn.reading import card_config, read_config
from inference.engine.card import InputRule
from tests.factories.models import make_card

FPN = {
    "BACKBONE": {"NAME": "build_resnet_fpn_backbone"},
    "RESNETS": {"OUT_FEATURES": ["res2", "res3", "res4", "res5"]},
    "FPN": {"IN_FEATURES": ["res2", "res3", "res4", "res5"]},
    "ANCHOR_GENERATOR": {"SIZES": [[32], [64], [128], [256], [512]]},
    "RPN": {"IN_FEATURES": ["p2", "p3", "p4", "p5", "p6"]},
    "ROI_HEADS": {"NAME": "StandardROIHeads", "IN_FEATURES": ["p2", "p3", "p4", "p5"]},
    "ROI_BOX_HEAD": {"NAME": "FastRCNNConvFCHead", "NUM_FC": 2, "POOLER_RESOLUTION": 7},
}
TRIDENT = {
    "BACKBONE": {"NAME": "build_trident_resnet_backbone"},
    "PROPOSAL_GENERATOR": {"NAME": "TridentRPN"},
    "ROI_HEADS": {"NAME": "TridentRes5ROIHeads", "NUM_CLASSES": 2},
}
RETINA = {
    "META_ARCHITECTURE": "RetinaNet",
    "BACKBONE": {"NAME": "build_retinanet_resnet_fpn_backbone"},
    "RESNETS": {"OUT_FEATURES": ["res3", "res4", "res5"]},
    "FPN": {"IN_FEATURES": ["res3", "res4", "res5"]},
}


def read(model: dict[str, Any], **sections: Any):
    return read_config({"MODEL": model, **sections})


def test_an_empty_configuration_is_detectron2s_default() -> None:
    config = read_config({})
    assert (config.resnet.depth, config.resnet.out, config.input.channel_order) == (50, ("res4",), "BGR")
    assert (config.rpn.pre_nms, config.rpn.post_nms, config.roi.score_threshold) == (6000, 1000, 0.05)
    assert (config.roi.kind, config.roi.bins, config.roi.is_aligned, config.limit) == ("res5", 14, True, 100)
    assert config.anchors.per_cell == 15
    assert config.warnings == ()


def test_a_pyramid_has_a_size_for_each_level_and_ratios_for_all() -> None:
    config = read(FPN)
    assert config.anchors.sizes == ((32,), (64,), (128,), (256,), (512,))
    assert config.anchors.ratios == ((0.5, 1, 2),) * 5
    assert config.roi.fcs == (1024, 1024)


def test_retinanet_makes_two_levels_more_than_it_has_stages() -> None:
    config = read({**RETINA, "ANCHOR_GENERATOR": {"SIZES": [[32, 40]]}})
    assert (config.fpn.levels, config.roi, config.retina.n_labels) == (("p3", "p4", "p5", "p6", "p7"), None, 80)


@pytest.mark.parametrize(("asked", "dilations"), [(0, (1,)), (2, (3,)), (-1, (1, 2, 3))])
def test_a_branch_or_all_of_them_are_asked(asked: int, dilations: tuple[int, ...]) -> None:
    assert read({**TRIDENT, "TRIDENT": {"TEST_BRANCH_IDX": asked}}).resnet.dilations == dilations


def test_texts_are_read_as_python_literals_like_detectron2_reads_them() -> None:
    config = read({"ROI_BOX_HEAD": {"BBOX_REG_WEIGHTS": "(20.0, 20.0, 10.0, 10.0)"}, "PIXEL_STD": "[34.1, 29.8, 31.7]"})
    assert (config.roi.weights, config.input.std) == ((20, 20, 10, 10), (34.1, 29.8, 31.7))


def test_unknown_settings_that_may_matter_are_named_and_others_are_not() -> None:
    config = read(
        {"RPN": {"NMS_TRESH": 0.5}, "ADAPTER": {"WIDTH": 3}},
        INPUT={"corruption": "fog"},
        SOLVER={"OPTIMIZER_TYPE": "adam"},
        DATASETS={"HERDS": ["a"]},
    )
    assert config.warnings == ("INPUT.corruption", "MODEL.ADAPTER.WIDTH", "MODEL.RPN.NMS_TRESH")


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ({"META_ARCHITECTURE": "PanopticFPN"}, "META_ARCHITECTURE must be one of GeneralizedRCNN, RetinaNet, but is"),
        ({"BACKBONE": {"NAME": "build_swin_backbone"}}, "BACKBONE.NAME must be one of build_resnet_backbone"),
        ({"ROI_HEADS": {"NAME": "CascadeROIHeads"}}, "ROI_HEADS.NAME must be one of Res5ROIHeads"),
        ({"ROI_HEADS": {"NAME": "StandardROIHeads"}}, "ROI_BOX_HEAD.NAME must be FastRCNNConvFCHead"),
        ({"RESNETS": {"DEPTH": 18}}, "DEPTH must be 50, 101 or 152, but is 18"),
        ({"RESNETS": {"NORM": "GN"}}, "RESNETS.NORM must be one of '', FrozenBN"),
        ({"RESNETS": {"DEFORM_ON_PER_STAGE": [False, True, True, True]}}, "no deformable convolutions"),
        ({"RESNETS": {"OUT_FEATURES": ["res4", "res6"]}}, "OUT_FEATURES must name some of res2, res3"),
        ({"RPN": {"IN_FEATURES": ["p2"]}}, "RPN.IN_FEATURES must name some of res4, each once, but is p2"),
        ({"RPN": {"IN_FEATURES": []}}, "RPN.IN_FEATURES must name some of res4, each once, but is nothing"),
        ({"RPN": {"NMS_THRESH": "much"}}, "NMS_THRESH must be a number from 0 to 1, but is 'much'"),
        ({"RPN": {"NMS_THRESH": 10**400}}, "NMS_THRESH must be a number from 0 to 1, but is 1000"),
        ({"RPN": {"NMS_THRESH": [1 << 20_000]}}, "NMS_THRESH must be a number from 0 to 1, but is a number of very"),
        ({"PIXEL_MEAN": f"[1, 2, {1 << 9000:#x}]"}, "PIXEL_MEAN must be a list of 3 numbers"),
        ({"RPN": {"NMS\x00": 1}}, "names that cannot be shown"),
        ({"RPN": {"PRE_NMS_TOPK_TEST": -1}}, "PRE_NMS_TOPK_TEST must be a whole number from 1"),
        ({"PIXEL_STD": [1, 0, 1]}, "PIXEL_STD must be three numbers other than 0"),
        ({"PIXEL_MEAN": [1, 2]}, "PIXEL_MEAN must be a list of 3 numbers"),
        ({"ANCHOR_GENERATOR": {"SIZES": [[32], [64]]}}, "as many for each of the 1 levels"),
        ({"LOAD_PROPOSALS": True}, "LOAD_PROPOSALS must be False"),
        ({"ROI_BOX_HEAD": {"USE_SIGMOID_CE": True}}, "USE_SIGMOID_CE must be False"),
        ({"ROI_BOX_HEAD": {"POOLER_TYPE": "ROIPool"}}, "POOLER_TYPE must be one of ROIAlignV2, ROIAlign"),
        ({"BACKBONE": {"NAME": "build_trident_resnet_backbone"}, "TRIDENT": {"TEST_BRANCH_IDX": -1}}, "must all be"),
        ({**TRIDENT, "TRIDENT": {"TEST_BRANCH_IDX": 3}}, "TEST_BRANCH_IDX must be a whole number from -1 to 2"),
        ({**TRIDENT, "TRIDENT": {"TRIDENT_STAGE": "res5"}}, "TRIDENT_STAGE is res5, which no feature"),
        ({**FPN, "FPN": {"IN_FEATURES": ["res2", "res4"]}}, "stages that follow one another"),
        ({**FPN, "RESNETS": {**FPN["RESNETS"], "RES5_DILATION": 2}}, "RES5_DILATION must be 1"),
        ("R50", "MODEL must be a section with settings below it"),
    ],
)
def test_what_is_not_supported_is_refused_with_a_sentence(model: Any, sentence: str) -> None:
    with pytest.raises(CardError, match=sentence):
        read(model)


def test_a_configuration_that_needs_another_file_is_refused() -> None:
    with pytest.raises(CardError, match=r"cfg.dump\(\)"):
        read_config({"_BASE_": "../Base-RCNN-C4.yaml"})


def test_a_configuration_of_an_older_detectron2_is_refused() -> None:
    with pytest.raises(CardError, match="VERSION is not 2"):
        read_config({"VERSION": 1})


def test_a_configuration_that_holds_itself_is_refused() -> None:
    content: dict[str, Any] = {}
    content["MODEL"] = content
    with pytest.raises(CardError, match="nested too deeply"):
        read_config(content)


def test_a_cards_own_values_go_over_detectron2s() -> None:
    settings = {"detectron2": {"MODEL": {**TRIDENT, "PIXEL_MEAN": [1, 2, 3]}, "INPUT": {"FORMAT": "BGR"}}}
    card = make_card(settings=settings, channel_order="RGB", pixel_mean=(143.0, 140.0, 120.0), score_threshold=0.7)
    config = card_config(card)
    assert (config.input.channel_order, config.input.mean) == ("RGB", (143, 140, 120))
    assert (config.roi.score_threshold, config.roi.nms_iou) == (0.7, 0.5)


@pytest.mark.parametrize(("rule", "shortest"), [("none", 0), ("shortest_edge", 640)])
def test_a_card_says_whether_patches_are_resized_and_detectron2s_settings_how_far(rule: str, shortest: int) -> None:
    settings = {"detectron2": {"MODEL": TRIDENT, "INPUT": {"MIN_SIZE_TEST": 640}}}
    assert card_config(make_card(settings=settings, input=InputRule(resize=rule))).input.shortest == shortest


def test_a_card_with_other_labels_than_the_network_is_refused() -> None:
    card = make_card(settings={"detectron2": {"MODEL": TRIDENT}}, labels=("elephant",))
    with pytest.raises(CardError, match="names 1 labels, but the network was made for 2"):
        card_config(card)


def test_a_card_without_settings_is_refused() -> None:
    with pytest.raises(CardError, match=r"settings.detectron2"):
        card_config(make_card())
