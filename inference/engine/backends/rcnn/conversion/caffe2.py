"""Weights as Caffe2's Detectron names and orders them, in Detectron2's way.

Caffe2 says `res2_0_branch2a_bn_s` where Detectron2 says `backbone.res2.0.conv1.norm.weight`; its norms have no mean and
variance of their own; its first label is the background, which Detectron2 has last and gives no box.
"""

import re
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

Weights = dict[str, Tensor]
# Of training, of the network it started from, and its last layer, which named the thousand things of ImageNet.
LEFT_OUT = re.compile(r"_momentum$|^__preserve__/|^(fc1000|pred)_[wb]$|^conv1_b$")
# In this order, each wherever it fits. What a prefix lacks is found by `match`.
RENAMED = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"_(bn|gn)_(s|gamma)$", ".norm.weight"),
        (r"_(bn|gn)_(b|beta)$", ".norm.bias"),
        (r"_bn_(rm|running_mean)$", ".norm.running_mean"),
        (r"_bn_(riv|running_var)$", ".norm.running_var"),
        (r"_w$", ".weight"),
        (r"_b$", ".bias"),
        (r"^(res_)?conv1\.", "stem.conv1."),
        (r"^(res\d)_(\d+)_branch1\.", r"\1.\2.shortcut."),
        (r"^(res\d)_(\d+)_branch2a\.", r"\1.\2.conv1."),
        (r"^(res\d)_(\d+)_branch2b\.", r"\1.\2.conv2."),
        (r"^(res\d)_(\d+)_branch2c\.", r"\1.\2.conv3."),
        (r"^conv_rpn(_fpn2)?\.", "rpn_head.conv."),
        (r"^rpn_cls_logits(_fpn2)?\.", "rpn_head.objectness_logits."),
        (r"^rpn_bbox_pred(_fpn2)?\.", "rpn_head.anchor_deltas."),
        (r"^fpn_inner_res(\d)_\d+_sum(_lateral)?\.", r"fpn_lateral\1."),
        (r"^fpn_res(\d)_\d+_sum\.", r"fpn_output\1."),
        (r"^fc6\.", "box_head.fc1."),
        (r"^fc7\.", "box_head.fc2."),
        (r"^head_conv(\d)\.", r"box_head.conv\1."),
        (r"^(bbox_pred|cls_score)\.", r"box_predictor.\1."),
        (r"^_?\[?mask\]?_fcn|^mask_fcn_|^conv5_mask", "roi_heads.mask_"),
        (r"^conv_fcn|^kps_score", "roi_heads.keypoint_"),
    )
)


def from_caffe2(weights: Mapping[str, Tensor], needed: Iterable[str]) -> Weights:
    """The weights under Detectron2's names, of which `needed` are this network's; what fits none keeps a short name."""
    short = {_renamed(name): value for name, value in weights.items() if not LEFT_OUT.search(name)}
    ordered = {name: _reordered(name, value) for name, value in short.items()}
    return match(_with_plain_norms(ordered), needed)


def match(short: Mapping[str, Tensor], needed: Iterable[str]) -> Weights:
    """Each needed name takes the longest short name that it ends with; those that none takes stay as they are."""
    taken = {}
    for name in needed:
        parts = name.split(".")
        ends = (".".join(parts[at:]) for at in range(len(parts)))
        end = next((end for end in ends if end in short), None)
        if end is not None:
            taken[end] = name
    return {taken.get(name, name): value for name, value in short.items()}


def _renamed(name: str) -> str:
    for pattern, text in RENAMED:
        name = pattern.sub(text, name)
    return name


def _reordered(name: str, value: Tensor) -> Tensor:
    if not value.ndim:
        return value  # of another shape than any network's
    if name.startswith("box_predictor.bbox_pred."):
        return value[4:]
    if name.startswith("box_predictor.cls_score."):
        return torch.cat([value[1:], value[:1]])
    return value


def _with_plain_norms(weights: Weights) -> Weights:
    """Caffe2 keeps frozen norms as a factor and a shift: to them belong a mean of 0 and a variance of 1."""
    found = dict(weights)
    for name, value in weights.items():
        if name.endswith(".norm.weight"):
            found.setdefault(name.replace(".norm.weight", ".norm.running_mean"), torch.zeros_like(value))
            found.setdefault(name.replace(".norm.weight", ".norm.running_var"), torch.ones_like(value))
    return found
