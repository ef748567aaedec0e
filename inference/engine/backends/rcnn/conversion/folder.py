"""The model folder of a Detectron2 pair: configuration and checkpoint in, safetensors and card out."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from imaging.wording import gettext as _
from inference.engine.backends.rcnn.config import NetworkConfig
from inference.engine.backends.rcnn.conversion.caffe2 import from_caffe2
from inference.engine.backends.rcnn.conversion.checkpoint import Checkpoint, read_checkpoint
from inference.engine.backends.rcnn.conversion.configfile import read_config_file
from inference.engine.backends.rcnn.conversion.fitting import check_labels, check_parts
from inference.engine.backends.rcnn.detector import load_folder
from inference.engine.backends.rcnn.known import KNOWN
from inference.engine.backends.rcnn.reading import read_config
from inference.engine.backends.rcnn.state import Shapes, check_shapes, checkpoint_shapes, empty_network
from inference.engine.backends.rcnn.tensorfile import write_tensors
from inference.engine.card import ModelCard, parse_card, write_card
from inference.engine.detectron2_settings import Settings
from inference.engine.errors import CardError

WEIGHTS_FILE = "model.safetensors"
# Paths and devices of the machine that trained it.
FORGOTTEN = ("MODEL.WEIGHTS", "MODEL.DEVICE")
PLAIN = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class Facts:
    """What neither file knows: `story` holds the card's keys like licence and training_data. A patch of 0 px is as
    large as the network's input, an overlap of None a quarter of it."""

    name: str
    version: str
    labels: tuple[str, ...] = ()
    patch: tuple[int, int] = (0, 0)
    overlap: int | None = None
    story: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Converted:
    """The card that was written, and settings that nobody knows though they may matter."""

    card: ModelCard
    unknown: tuple[str, ...]


def convert(
    config_file: Path, weights_file: Path, folder: Path, facts: Facts, *, scratch: Path | None = None
) -> Converted:
    """Writes the model folder, which must not exist or be empty; `scratch` as for read_checkpoint. Raises CardError or
    ModelFileError with what to do, and leaves nothing then."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CardError(_("%(folder)s is there already and not empty: name a new folder.") % {"folder": folder})
    content = read_config_file(config_file)
    config = read_config(content)
    check_labels(config, facts.labels)
    weights = fitting_weights(config, read_checkpoint(weights_file, scratch))
    card = _written(folder, _card(config, content, facts), weights)
    return Converted(card, config.warnings)


def fitting_weights(config: NetworkConfig, checkpoint: Checkpoint) -> dict[str, Tensor]:
    """Exactly the weights of this network. Raises ModelFileError with the list where that is not what there is."""
    network = empty_network(config)
    needed = checkpoint_shapes(network)
    weights = checkpoint.weights
    weights = from_caffe2(weights, needed) if checkpoint.is_caffe2 else _unwrapped(weights)
    shapes: Shapes = {name: tuple(value.shape) for name, value in weights.items()}
    check_parts(config, shapes)
    check_shapes(network, shapes)
    return {name: weights[name] for name in needed}


def _unwrapped(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Training on several devices puts the network into a module."""
    if not all(name.startswith("module.") for name in weights):
        return weights
    return {name.removeprefix("module."): value for name, value in weights.items()}


def _written(folder: Path, content: dict[str, Any], weights: dict[str, Tensor]) -> ModelCard:
    """Writes the folder and tries it."""
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        file = write_tensors(weights)
        card = parse_card(json.loads(json.dumps(content | {"sha256": hashlib.sha256(file).hexdigest()})))
        (folder / WEIGHTS_FILE).write_bytes(file)
        write_card(card, folder)
        load_folder(folder, card, "cpu", None)
    except BaseException:
        for name in (WEIGHTS_FILE, "card.json"):
            (folder / name).unlink(missing_ok=True)
        if is_new:
            shutil.rmtree(folder)
        raise
    return card


def _card(config: NetworkConfig, content: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    head = config.judging
    width, height = _patch(config, facts)
    overlap = min(width, height) // 4 if facts.overlap is None else facts.overlap
    return {
        "name": facts.name,
        "version": facts.version,
        "format": "rcnn",
        "architecture": architecture(config),
        "labels": list(facts.labels) or [f"label-{at + 1}" for at in range(config.n_labels)],
        "channel_order": config.input.channel_order,
        "pixel_mean": list(config.input.mean),
        "pixel_std": list(config.input.std),
        "input": {"resize": "shortest_edge" if config.input.shortest else "none"},
        "patch": {"width": width, "height": height, "overlap": overlap},
        "score_threshold": head.score_threshold,
        "nms_threshold": head.nms_iou,
        "settings": {"detectron2": kept_settings(content)},
        **facts.story,
    }


def _patch(config: NetworkConfig, facts: Facts) -> tuple[int, int]:
    """Width and height in px: by default a square that is not resized."""
    side = min(config.input.shortest, config.input.longest)
    if not side and not all(facts.patch):
        raise CardError(
            _("The configuration does not resize images (INPUT.MIN_SIZE_TEST is 0): say how large the patches are.")
        )
    return facts.patch[0] or side, facts.patch[1] or side


def kept_settings(content: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that Detectron2 knows below MODEL, INPUT and TEST, nested; nothing of the machine that trained."""
    kept = {
        name: value
        for name, value in Settings.of(content).values.items()
        if name in KNOWN and name not in FORGOTTEN and _is_plain(value)
    }
    return Settings(kept).nested()


def _is_plain(value: object) -> bool:
    return all(map(_is_plain, value)) if isinstance(value, list) else isinstance(value, PLAIN)


def architecture(config: NetworkConfig) -> str:
    """For people: “TridentNet-Fast R101-C4”."""
    resnet = config.resnet
    body = f"{'X' if resnet.groups > 1 else 'R'}{resnet.depth}"
    if config.retina:
        return f"RetinaNet {body}-FPN"
    if resnet.trident_stage:
        return f"{'TridentNet' if resnet.branches > 1 else 'TridentNet-Fast'} {body}-C4"
    shape = "FPN" if config.fpn else "C4" if config.roi and config.roi.kind == "res5" else "DC5"
    return f"Faster R-CNN {body}-{shape}"
