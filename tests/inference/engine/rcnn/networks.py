"""Small networks of every shape, with weights out of names: a few milliseconds an image."""

import copy
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from inference.engine.backends.rcnn.config import NetworkConfig
from inference.engine.backends.rcnn.pipeline import Pipeline, torch_pipeline
from inference.engine.backends.rcnn.reading import read_config
from inference.engine.backends.rcnn.results import Found
from inference.engine.backends.rcnn.state import build_network, checkpoint_shapes, empty_network
from inference.engine.backends.rcnn.tensorfile import write_tensors
from inference.engine.card import InputRule, PatchRule, write_card
from inference.golden.weights import state_dict
from tests.factories.models import make_card

LABELS = ("elephant", "buffalo")
SMALL = {"RES2_OUT_CHANNELS": 16, "WIDTH_PER_GROUP": 4, "STEM_OUT_CHANNELS": 8}
PYRAMID = ["res2", "res3", "res4", "res5"]
FC = {"NAME": "FastRCNNConvFCHead", "NUM_FC": 1, "FC_DIM": 32, "NUM_CONV": 1, "CONV_DIM": 8, "POOLER_RESOLUTION": 7}
MODELS: dict[str, dict[str, Any]] = {
    "c4": {},
    "dc5": {
        "RESNETS": {"OUT_FEATURES": ["res5"], "RES5_DILATION": 2},
        "RPN": {"IN_FEATURES": ["res5"]},
        "ROI_HEADS": {"NAME": "StandardROIHeads", "IN_FEATURES": ["res5"]},
        "ROI_BOX_HEAD": FC,
    },
    "fpn": {
        "BACKBONE": {"NAME": "build_resnet_fpn_backbone"},
        "RESNETS": {"OUT_FEATURES": PYRAMID, "NUM_GROUPS": 4, "STRIDE_IN_1X1": False},
        "FPN": {"IN_FEATURES": PYRAMID, "OUT_CHANNELS": 16},
        "ANCHOR_GENERATOR": {"SIZES": [[32], [64], [128], [256], [512]]},
        "RPN": {"IN_FEATURES": ["p2", "p3", "p4", "p5", "p6"]},
        "ROI_HEADS": {"NAME": "StandardROIHeads", "IN_FEATURES": ["p2", "p3", "p4", "p5"]},
        "ROI_BOX_HEAD": FC,
    },
    "trident": {
        "BACKBONE": {"NAME": "build_trident_resnet_backbone"},
        "PROPOSAL_GENERATOR": {"NAME": "TridentRPN"},
        "ROI_HEADS": {"NAME": "TridentRes5ROIHeads"},
    },
    "retina": {
        "META_ARCHITECTURE": "RetinaNet",
        "BACKBONE": {"NAME": "build_retinanet_resnet_fpn_backbone"},
        "RESNETS": {"OUT_FEATURES": PYRAMID[1:]},
        "FPN": {"IN_FEATURES": PYRAMID[1:], "OUT_CHANNELS": 16},
        "ANCHOR_GENERATOR": {"SIZES": [[32, 40], [64, 80], [128, 160], [256, 320], [512, 640]]},
    },
}


def settings(name: str, **changes: Any) -> dict[str, Any]:
    """Detectron2's settings of a small network; a change is a name like ROI_HEADS__NMS_THRESH_TEST below MODEL."""
    model = copy.deepcopy(MODELS[name])
    model.setdefault("RESNETS", {}).update(SMALL)
    model["RPN"] = {"PRE_NMS_TOPK_TEST": 200, "POST_NMS_TOPK_TEST": 40} | model.get("RPN", {})
    for head in ("ROI_HEADS", "RETINANET"):
        model[head] = {"NUM_CLASSES": len(LABELS), "SCORE_THRESH_TEST": 0.3} | model.get(head, {})
    model["RETINANET"]["SCORE_THRESH_TEST"] = 0.07
    for key, value in changes.items():
        section, name_in_section = key.split("__")
        model.setdefault(section, {})[name_in_section] = value
    return {"MODEL": model, "INPUT": {"MIN_SIZE_TEST": 0}}


def weights(config: NetworkConfig, seed: int = 5) -> dict[str, torch.Tensor]:
    made = state_dict(checkpoint_shapes(empty_network(config)), seed)
    return {name: torch.from_numpy(value) for name, value in made.items()}


def pipeline(name: str, **changes: Any) -> Pipeline:
    config = read_config(settings(name, **changes))
    return torch_pipeline(config, build_network(config, weights(config)), torch.device("cpu"))


def wasteful(made: Pipeline) -> Pipeline:
    """A C4 network as the papers have it: every bin is pooled from the features, and the head computed whole."""
    first = made.head.res5[0]
    first.conv1.stride = first.shortcut.stride = (2, 2)
    made.head.ahead = made.dense.ahead = None
    return replace(made, pool_step=1)


def pixels(height: int = 96, width: int = 128, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def find(made: Pipeline, *images: np.ndarray) -> Found:
    return made.find(made.batch(images))


def rows(found: Found, image: int = 0) -> np.ndarray:
    """(n, 6): left, top, right, bottom, score, label of one image's boxes."""
    own = found.take(found.image == image)
    return torch.cat([own.boxes, own.scores[:, None], own.labels[:, None].float()], dim=1).numpy()


def write_folder(folder: Path, network: str = "c4", /, *, content: bytes | None = None, **changes: Any) -> Path:
    """A model folder of a small network, with changes to its card."""
    own = settings(network)
    if content is None:
        content = write_tensors(weights(read_config(own)))
    folder.mkdir(exist_ok=True)
    (folder / "model.safetensors").write_bytes(content)
    card = {
        "labels": LABELS,
        "channel_order": "BGR",
        "pixel_mean": (103.53, 116.28, 123.675),
        "patch": PatchRule(128, 96, 32),
        "input": InputRule(resize="none"),
        "score_threshold": 0.3,
        "settings": {"detectron2": own},
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    write_card(make_card(**({"name": network, "format": "rcnn"} | card | changes)), folder)
    return folder
