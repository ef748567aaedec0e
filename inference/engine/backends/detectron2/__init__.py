"""Detectron2's networks in Detectron2 itself, where it is installed: what it answers is the reference.

For networks that `rcnn` does not have, and to hold its boxes against on a machine of one's own. A model folder is that
of `rcnn`, weights as safetensors. The card is read without Detectron2, and refused before it is looked for.
"""

from importlib import import_module
from pathlib import Path

from imaging.wording import gettext as _
from inference.engine.backends.detectron2.card import library_settings
from inference.engine.card import ModelCard
from inference.engine.detector import Detector
from inference.engine.errors import DetectorError


def load(folder: Path, card: ModelCard, device: str, threads: int | None) -> Detector:
    """The detector of a model folder with model.safetensors. Raises CardError, ModelFileError, or DetectorError
    without Detectron2 or the device."""
    settings = library_settings(card)
    try:
        import_module("detectron2.modeling")
    except (ImportError, RuntimeError) as problem:  # beside a PyTorch of another build torchvision has no operators
        sentence = _(
            "This model runs in Detectron2, which cannot be used on this machine (%(problem)s). Install Detectron2 as "
            "its own documentation says, or write “rcnn” as the card's 'format': that runs the same checkpoints with "
            "PyTorch alone."
        )
        raise DetectorError(sentence % {"problem": problem}) from problem
    from inference.engine.backends.detectron2.detector import load_folder

    return load_folder(folder, card, settings, device, threads)
