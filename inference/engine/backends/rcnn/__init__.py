"""Detectron2's detectors in plain PyTorch: R-CNN in C4, DC5 and FPN shape, TridentNet, RetinaNet.

Box for box what Detectron2 answers, without Detectron2 or torchvision. `reading` makes a NetworkConfig of Detectron2's
settings, `state` a network of it and a checkpoint's values, `pipeline` boxes of images. PyTorch is an extra and
imported only by the modules that compute.
"""

from importlib import import_module
from pathlib import Path

from imaging.wording import gettext as _
from inference.engine.card import ModelCard
from inference.engine.detector import Detector
from inference.engine.errors import DetectorError


def load(folder: Path, card: ModelCard, device: str, threads: int | None, *, mode: str = "exact") -> Detector:
    """The detector of a model folder with model.safetensors. Raises CardError, ModelFileError, or DetectorError
    without PyTorch, the device or the mode."""
    try:
        import_module("torch")
    except ModuleNotFoundError as problem:
        sentence = _("This model needs PyTorch, which is not installed: install Kopje's extra “torch”.")
        raise DetectorError(sentence) from problem
    from inference.engine.backends.rcnn.detector import load_folder

    return load_folder(folder, card, device, threads, mode=mode)
