"""The pipeline as a detector of patches."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from inference.engine.backends.rcnn.device import choose_device
from inference.engine.backends.rcnn.engines import planned_pipeline, this_machine
from inference.engine.backends.rcnn.memory import telling_lack_of_memory
from inference.engine.backends.rcnn.pipeline import Pipeline
from inference.engine.backends.rcnn.reading import card_config
from inference.engine.backends.rcnn.tensorfile import read_tensors
from inference.engine.boxes import Boxes
from inference.engine.card import ModelCard
from inference.engine.detector import Pixels, Window
from inference.engine.modes import Plan, choose_plan
from inference.engine.weights import read_weights


@dataclass(frozen=True)
class RcnnDetector:
    """A network with its labels, computed as planned. Not to be shared between processes: build it after a fork."""

    labels: tuple[str, ...]
    pipeline: Pipeline
    plan: Plan

    @property
    def device(self) -> str:
        """Where the network really runs, which "auto" leaves open."""
        return str(self.pipeline.device.type)

    @property
    def engine(self) -> str:
        """What computes it, and in which precision, for people."""
        return str(self.plan)

    def detect(self, windows: Sequence[Window]) -> list[Boxes]:
        """Boxes of each window in its patch's pixels, as Detectron2 finds them in that patch alone: patches of one
        size are asked together."""
        patches = [window.pixels for window in windows]
        found: list[Boxes] = [Boxes.none()] * len(patches)
        for size in dict.fromkeys(patch.shape for patch in patches):
            places = [at for at, patch in enumerate(patches) if patch.shape == size]
            for at, boxes in zip(places, self._find([patches[at] for at in places]), strict=True):
                found[at] = boxes
        return found

    def _find(self, patches: Sequence[Pixels]) -> list[Boxes]:
        with telling_lack_of_memory():
            found = self.pipeline.find(self.pipeline.batch(patches))
        boxes = Boxes.of(found.boxes.cpu().numpy(), found.scores.cpu().numpy(), found.labels.cpu().numpy())
        image = found.image.cpu().numpy()
        return [boxes.take(image == at) for at in range(len(patches))]


def load_folder(
    folder: Path, card: ModelCard, device: str, threads: int | None, *, mode: str = "exact"
) -> RcnnDetector:
    """The detector of a model folder. `threads` bounds PyTorch's in this whole process. Raises CardError,
    ModelFileError, or DetectorError without the device, or where the network has no such mode."""
    config, place = card_config(card), choose_device(device)
    if threads:
        torch.set_num_threads(threads)
    plan = choose_plan(mode, this_machine(place))
    stored = read_tensors(read_weights(folder, card))
    return RcnnDetector(card.labels, planned_pipeline(config, stored, plan, place, threads), plan)
