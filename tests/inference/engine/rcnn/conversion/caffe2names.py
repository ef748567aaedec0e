"""A network's weights as Caffe2's Detectron would have kept them: the way back, name by name."""

import torch

from inference.engine.backends.rcnn.resnet import BLOCKS

Weights = dict[str, torch.Tensor]
BRANCHES = {"shortcut": "branch1", "conv1": "branch2a", "conv2": "branch2b", "conv3": "branch2c"}
PARTS = {"weight": "w", "bias": "b", "norm.weight": "bn_s", "norm.bias": "bn_b"}
HEADS = {
    "rpn_head.conv": "conv_rpn",
    "rpn_head.objectness_logits": "rpn_cls_logits",
    "rpn_head.anchor_deltas": "rpn_bbox_pred",
    "box_head.conv1": "head_conv1",
    "box_head.fc1": "fc6",
    "box_predictor.cls_score": "cls_score",
    "box_predictor.bbox_pred": "bbox_pred",
}


def caffe2_model(weights: Weights) -> tuple[Weights, Weights]:
    """The weights with norms of mean 0 and variance 1, the only ones that Caffe2 has, and the same as Caffe2's."""
    plain = dict(weights)
    for name, value in weights.items():
        if name.endswith("running_mean"):
            plain[name] = torch.zeros_like(value)
        if name.endswith("running_var"):
            plain[name] = torch.ones_like(value)
    is_pyramid = any("fpn_lateral" in name for name in weights)
    stored = {_named(name, is_pyramid): _ordered(name, value) for name, value in plain.items() if "running" not in name}
    return plain, stored


def _named(name: str, is_pyramid: bool) -> str:
    parts = name.split(".")
    at = next(at for at in range(len(parts)) if ".".join(parts[at:]) in PARTS)
    part, path = PARTS[".".join(parts[at:])], parts[:at]
    if "stem" in path:
        return f"res_conv1_{part}" if part.startswith("bn") else f"conv1_{part}"
    if path[-1] in BRANCHES and path[-3].startswith("res"):
        return f"{path[-3]}_{path[-2]}_{BRANCHES[path[-1]]}_{part}"
    if path[-1].startswith("fpn_"):
        stage = int(path[-1][-1])
        block = f"res{stage}_{BLOCKS[50][stage - 2] - 1}_sum"
        lateral = "" if stage == 5 else "_lateral"
        return f"fpn_inner_{block}{lateral}_{part}" if "lateral" in path[-1] else f"fpn_{block}_{part}"
    head = HEADS[".".join(path[-2:])]
    return f"{head}_fpn2_{part}" if is_pyramid and "rpn" in head else f"{head}_{part}"


def _ordered(name: str, value: torch.Tensor) -> torch.Tensor:
    if "bbox_pred" in name:
        return torch.cat([torch.full_like(value[:4], 7), value])
    if "cls_score" in name:
        return torch.cat([value[-1:], value[:-1]])
    return value
