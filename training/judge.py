"""A quick look at a network in training: recall and precision on stored scenes, without the engine's patches."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from inference.engine.boxes import Boxes
from inference.engine.evaluation import Tally, match, tally
from inference.engine.nms import suppress
from training.network import Starter, decode
from training.plan import say
from training.scenes import load
from training.second import SecondLook, look_twice
from training.trainer import Trainer

THRESHOLDS = tuple(round(0.1 + 0.05 * step, 2) for step in range(13))
NMS_IOU = 0.45


@torch.no_grad()
def found_in(first: Starter, second: SecondLook | None, pixels: np.ndarray, device: torch.device) -> Boxes:
    """Boxes of one picture whose sides are multiples of 32 px, with scores of 0.05 and more: of both looks, or of the
    first alone."""
    image = torch.from_numpy(np.array(pixels)).permute(2, 0, 1)[None].to(device).float()
    answer = look_twice(first, second, image) if second else decode(first(image))
    corners, scores, labels = (part[0].float().cpu().numpy() for part in answer)
    return suppress(Boxes.of(corners, scores, labels).take(scores >= 0.05), iou=NMS_IOU)


def judge(
    first: Starter, second: SecondLook | None, scenes: Sequence[Path], device: torch.device
) -> tuple[float, Tally]:
    """The threshold with the best F1 over these scenes, and how the looks do with it."""
    totals = dict.fromkeys(THRESHOLDS, Tally())
    for path in scenes:
        pixels, truth = load(path)
        found, known = found_in(first, second, pixels, device), truth.as_boxes()
        for threshold in THRESHOLDS:
            kept = found.take(found.score >= threshold)
            totals[threshold] += tally(kept, known, match(kept, known))
    best = max(THRESHOLDS, key=lambda threshold: totals[threshold].f1)
    return best, totals[best]


def tell(
    name: str, trainer: Trainer[Any], loss: float, looks: tuple[Starter, SecondLook | None], scenes: Sequence[Path]
) -> None:
    """Prints how a training stands."""
    threshold, found = judge(*looks, scenes, trainer.device)
    say(
        f"{name}: {trainer.progress:4.0%} step {trainer.steps} loss {loss:.3f} recall {found.recall:.3f} "
        f"precision {found.precision:.3f} at {threshold}"
    )
