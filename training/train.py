"""`python -m training.train --minutes 110 --out FOLDER`: from nothing to a model folder.

Renders the scenes, trains, exports, chooses the threshold, evaluates and writes the card. What FOLDER holds already is
used: started again after an interruption, it goes on.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.utils.data import DataLoader

from training.crops import Crops
from training.judge import judge
from training.network import Starter
from training.photos import Photo, photos_in
from training.publish import publish
from training.render import KINDS
from training.scenes import TRAINING_SEEDS, VALIDATION_SEEDS, render_into, stored
from training.trainer import Trainer

EVALUATION_SHARE = 0.1  # of the whole time
N_VALIDATION = 60
CROP_PX, BATCH = 384, 8
CUDA_BATCH = 64
PHOTO_SHARE = 0.12
PHOTOS = Path(os.environ.get("SHARED_DATA", "../shared/data")) / "sealions"


@dataclass(frozen=True)
class Plan:
    """What the command was asked for."""

    out: Path
    minutes: float
    scenes: int
    photos: Path
    device: torch.device

    @property
    def processes(self) -> int:
        return len(os.sched_getaffinity(0))


def main(arguments: Sequence[str] | None = None) -> int:
    plan = _plan(arguments)
    start = time.monotonic()
    plan.out.mkdir(parents=True, exist_ok=True)
    _say(f"Rendering {plan.scenes} scenes ...")
    render_into(plan.out / "validation", VALIDATION_SEEDS[:N_VALIDATION], plan.processes)
    render_into(plan.out / "scenes", TRAINING_SEEDS[: plan.scenes], plan.processes)
    left = plan.minutes * 60 * (1 - EVALUATION_SHARE) - (time.monotonic() - start)
    trainer = train(plan, max(1.0, left))
    _say("Writing the model folder, then its figures ...")
    publish(trainer.average.cpu(), plan.out / "starter", plan.out / "validation", plan.photos)
    return 0


def train(plan: Plan, seconds: float) -> Trainer:
    """A network trained for so many seconds, those of earlier starts included."""
    torch.manual_seed(0)
    torch.set_num_threads(plan.processes)
    trainer = Trainer(Starter(len(KINDS)), plan.device, seconds)
    trainer.resume(plan.out / "checkpoint.pt")
    is_cuda = plan.device.type == "cuda"
    crops = Crops(
        folder=plan.out / "scenes",
        photos=_photos(plan.photos),
        n_labels=len(KINDS),
        side=CROP_PX,
        batch=CUDA_BATCH if is_cuda else BATCH,
        photo_share=PHOTO_SHARE,
        seed=trainer.steps,
    )
    batches = DataLoader(crops, batch_size=None, num_workers=plan.processes if is_cuda else 0, pin_memory=is_cuda)
    held_out = stored(plan.out / "validation")

    def report(trainer: Trainer, loss: float) -> None:
        threshold, found = judge(trainer.average, held_out, plan.device)
        _say(
            f"{trainer.progress:4.0%} step {trainer.steps} loss {loss:.3f} recall {found.recall:.3f} "
            f"precision {found.precision:.3f} at {threshold}"
        )

    trainer.run(iter(batches), plan.out / "checkpoint.pt", report)
    return trainer


def _photos(folder: Path) -> list[Photo]:
    if not (folder / "points.csv").exists():
        _say(f"No photos in {folder}: training on rendered scenes alone.")
        return []
    return photos_in(folder, "train")


def _plan(arguments: Sequence[str] | None) -> Plan:
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for scenes, checkpoints and the model folder")
    parser.add_argument("--minutes", type=float, default=110, help="what all of it may take")
    parser.add_argument("--scenes", type=int, default=1500, help="how many scenes to render for training")
    parser.add_argument("--photos", type=Path, default=PHOTOS, help="folder with points.csv, train/ and test/")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    asked = parser.parse_args(arguments)
    return Plan(asked.out, asked.minutes, asked.scenes, asked.photos, torch.device(asked.device))


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
