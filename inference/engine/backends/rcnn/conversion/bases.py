"""What the configurations say that Detectron2 comes with and others build on (_BASE_), as far as it bears on boxes.

By file name, since the file itself is never opened: it lies on another machine.
"""

from collections.abc import Mapping
from typing import Any

FPN_STAGES = ["res2", "res3", "res4", "res5"]
TWO_LAYERS = {"NAME": "FastRCNNConvFCHead", "NUM_FC": 2, "POOLER_RESOLUTION": 7}
C4 = {
    "META_ARCHITECTURE": "GeneralizedRCNN",
    "RPN": {"PRE_NMS_TOPK_TEST": 6000, "POST_NMS_TOPK_TEST": 1000},
    "ROI_HEADS": {"NAME": "Res5ROIHeads"},
}
DC5 = {
    "META_ARCHITECTURE": "GeneralizedRCNN",
    "RESNETS": {"OUT_FEATURES": ["res5"], "RES5_DILATION": 2},
    "RPN": {"IN_FEATURES": ["res5"], "PRE_NMS_TOPK_TEST": 6000, "POST_NMS_TOPK_TEST": 1000},
    "ROI_HEADS": {"NAME": "StandardROIHeads", "IN_FEATURES": ["res5"]},
    "ROI_BOX_HEAD": TWO_LAYERS,
}
FPN = {
    "META_ARCHITECTURE": "GeneralizedRCNN",
    "BACKBONE": {"NAME": "build_resnet_fpn_backbone"},
    "RESNETS": {"OUT_FEATURES": FPN_STAGES},
    "FPN": {"IN_FEATURES": FPN_STAGES},
    "ANCHOR_GENERATOR": {"SIZES": [[32], [64], [128], [256], [512]], "ASPECT_RATIOS": [[0.5, 1.0, 2.0]]},
    "RPN": {
        "IN_FEATURES": ["p2", "p3", "p4", "p5", "p6"],
        "PRE_NMS_TOPK_TEST": 1000,
        "POST_NMS_TOPK_TEST": 1000,
    },
    "ROI_HEADS": {"NAME": "StandardROIHeads", "IN_FEATURES": ["p2", "p3", "p4", "p5"]},
    "ROI_BOX_HEAD": TWO_LAYERS,
}
RETINANET = {
    "META_ARCHITECTURE": "RetinaNet",
    "BACKBONE": {"NAME": "build_retinanet_resnet_fpn_backbone"},
    "RESNETS": {"OUT_FEATURES": FPN_STAGES[1:]},
    "FPN": {"IN_FEATURES": FPN_STAGES[1:]},
    "ANCHOR_GENERATOR": {
        "SIZES": [[side * 2 ** (third / 3) for third in range(3)] for side in (32, 64, 128, 256, 512)]
    },
}
TRIDENT = {
    "META_ARCHITECTURE": "GeneralizedRCNN",
    "BACKBONE": {"NAME": "build_trident_resnet_backbone"},
    "PROPOSAL_GENERATOR": {"NAME": "TridentRPN"},
    "ROI_HEADS": {"NAME": "TridentRes5ROIHeads"},
    "TRIDENT": {"NUM_BRANCH": 3, "BRANCH_DILATIONS": [1, 2, 3], "TEST_BRANCH_IDX": 1, "TRIDENT_STAGE": "res4"},
}
R101 = {"RESNETS": {"DEPTH": 101}}
X101 = {
    "RESNETS": {"DEPTH": 101, "NUM_GROUPS": 32, "WIDTH_PER_GROUP": 8, "STRIDE_IN_1X1": False},
    "PIXEL_MEAN": [103.53, 116.28, 123.675],
    "PIXEL_STD": [57.375, 57.12, 58.395],
}
# What a file builds on, and the settings below MODEL that it changes.
FILES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "Base-RCNN-C4.yaml": ("", C4),
    "Base-RCNN-DilatedC5.yaml": ("", DC5),
    "Base-RCNN-FPN.yaml": ("", FPN),
    "Base-RetinaNet.yaml": ("", RETINANET),
    "Base-TridentNet-Fast-C4.yaml": ("", TRIDENT),
    "faster_rcnn_R_50_C4_1x.yaml": ("Base-RCNN-C4.yaml", {}),
    "faster_rcnn_R_50_C4_3x.yaml": ("Base-RCNN-C4.yaml", {}),
    "faster_rcnn_R_101_C4_3x.yaml": ("Base-RCNN-C4.yaml", R101),
    "faster_rcnn_R_50_DC5_1x.yaml": ("Base-RCNN-DilatedC5.yaml", {}),
    "faster_rcnn_R_50_DC5_3x.yaml": ("Base-RCNN-DilatedC5.yaml", {}),
    "faster_rcnn_R_101_DC5_3x.yaml": ("Base-RCNN-DilatedC5.yaml", R101),
    "faster_rcnn_R_50_FPN_1x.yaml": ("Base-RCNN-FPN.yaml", {}),
    "faster_rcnn_R_50_FPN_3x.yaml": ("Base-RCNN-FPN.yaml", {}),
    "faster_rcnn_R_101_FPN_3x.yaml": ("Base-RCNN-FPN.yaml", R101),
    "faster_rcnn_X_101_32x8d_FPN_3x.yaml": ("Base-RCNN-FPN.yaml", X101),
    "retinanet_R_50_FPN_1x.yaml": ("Base-RetinaNet.yaml", {}),
    "retinanet_R_50_FPN_3x.yaml": ("Base-RetinaNet.yaml", {}),
    "retinanet_R_101_FPN_3x.yaml": ("Base-RetinaNet.yaml", R101),
    "tridentnet_fast_R_50_C4_1x.yaml": ("Base-TridentNet-Fast-C4.yaml", {}),
    "tridentnet_fast_R_50_C4_3x.yaml": ("Base-TridentNet-Fast-C4.yaml", {}),
    "tridentnet_fast_R_101_C4_3x.yaml": ("Base-TridentNet-Fast-C4.yaml", R101),
}


def base_settings(name: str) -> dict[str, Any] | None:
    """The settings of a file that Detectron2 comes with, by its name; None for any other."""
    if name not in FILES:
        return None
    below, own = FILES[name]
    return merged(base_settings(below) or {}, {"MODEL": own})


def merged(below: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` goes over `below`, setting by setting."""
    found = dict(below)
    for key, value in over.items():
        lower = found.get(key)
        found[key] = merged(lower, value) if isinstance(value, Mapping) and isinstance(lower, Mapping) else value
    return found
