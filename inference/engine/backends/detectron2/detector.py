"""A model that Detectron2 builds, as a detector of patches; asked as its DefaultPredictor asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from detectron2 import __version__
from detectron2.config import CfgNode, get_cfg
from detectron2.data.transforms import ResizeShortestEdge
from detectron2.modeling import build_model
from torch import Tensor

from imaging.wording import gettext as _
from inference.engine.backends.rcnn.device import choose_device
from inference.engine.backends.rcnn.memory import telling_lack_of_memory
from inference.engine.backends.rcnn.state import NO_WEIGHT, refuse_other_shapes
from inference.engine.backends.rcnn.tensorfile import read_tensors
from inference.engine.boxes import Boxes
from inference.engine.card import ModelCard
from inference.engine.detector import Pixels, Window
from inference.engine.detectron2_settings import Settings
from inference.engine.errors import CardError, DetectorError
from inference.engine.weights import read_weights


@dataclass(frozen=True)
class LibraryDetector:
    """Detectron2's model with its labels. Not to be shared between processes: build it after a fork."""

    labels: tuple[str, ...]
    model: Any
    resizing: Any
    channel_order: str

    @property
    def device(self) -> str:
        """Where the network really runs, which "auto" leaves open."""
        return str(self.model.device.type)

    @property
    def engine(self) -> str:
        """What computes it, and in which precision, for people."""
        return f"Detectron2 {__version__}, float32"

    def detect(self, windows: Sequence[Window]) -> list[Boxes]:
        """Boxes of each window in its patch's pixels. Each patch is asked alone: in one batch Detectron2 fills patches
        up to one size, and finds other boxes in them."""
        return [self._find(window.pixels) for window in windows]

    def _find(self, patch: Pixels) -> Boxes:
        height, width = patch.shape[:2]
        ordered = np.ascontiguousarray(patch[..., ::-1] if self.channel_order == "BGR" else patch)
        resized = self.resizing.get_transform(ordered).apply_image(ordered)
        image = torch.as_tensor(resized.astype(np.float32).transpose(2, 0, 1))
        with torch.no_grad(), telling_lack_of_memory():
            (answer,) = self.model([{"image": image, "height": height, "width": width}])
        found = answer["instances"].to("cpu")
        return Boxes.of(found.pred_boxes.tensor.numpy(), found.scores.numpy(), found.pred_classes.numpy())


def load_folder(folder: Path, card: ModelCard, settings: Settings, device: str, threads: int | None) -> LibraryDetector:
    """The detector of a model folder. `threads` bounds PyTorch's in this whole process. Raises CardError,
    ModelFileError, or DetectorError without the device, or without TridentNet where the network is one."""
    place = choose_device(device)
    if threads:
        torch.set_num_threads(threads)
    model, config = _built(settings, place)
    _fill(model, read_tensors(read_weights(folder, card)))
    model.eval()
    resizing = ResizeShortestEdge([config.INPUT.MIN_SIZE_TEST] * 2, config.INPUT.MAX_SIZE_TEST)
    return LibraryDetector(card.labels, model, resizing, card.channel_order)


def _built(settings: Settings, place: torch.device) -> tuple[Any, Any]:
    """The model, its values still at random, and Detectron2's whole configuration of it."""
    config = get_cfg()
    if "trident" in settings.text("MODEL.BACKBONE.NAME", ""):
        _add_trident(config)
    config.set_new_allowed(True)  # an older Detectron2 lacks some of the settings
    try:
        config.merge_from_other_cfg(CfgNode(settings.nested()))
        config.MODEL.DEVICE = str(place)
        return build_model(config), config
    except (KeyError, ValueError, AssertionError) as problem:  # a name or a value that Detectron2 refuses
        sentence = _("Detectron2 makes no network of the card's key 'settings.detectron2': %(problem)s")
        raise CardError(sentence % {"problem": problem}) from problem


def _add_trident(config: Any) -> None:
    try:
        import_module("tridentnet").add_tridentnet_config(config)
    except ImportError as problem:
        sentence = _(
            "This model is a TridentNet, which Detectron2 does not install: put the folder projects/TridentNet of its "
            "source on PYTHONPATH, or write “rcnn” as the card's 'format'."
        )
        raise DetectorError(sentence) from problem


def _fill(model: Any, stored: Mapping[str, Tensor]) -> None:
    """Raises ModelFileError where names or shapes differ: Detectron2 would leave what it misses at random."""
    needed = {name: tuple(value.shape) for name, value in model.state_dict().items() if not NO_WEIGHT.search(name)}
    refuse_other_shapes(needed, {name: tuple(value.shape) for name, value in stored.items()})
    model.load_state_dict({name: stored[name] for name in needed}, strict=False)  # what it lacks counts training steps
