"""`python -m training.train --minutes 110 --out FOLDER`: from nothing to a model folder.

Renders the scenes, trains, exports, chooses the threshold, evaluates and writes the card. What FOLDER holds already is
used: started again after an interruption, it goes on.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.utils.data import DataLoader

from training.crops import Crops
from training.evaluate import SHARED_DATA
from training.judge import judge
from training.mistakes import write_mistakes
from training.network import Starter
from training.photos import Photo, photos_in
from training.publish import publish
from training.render import KINDS
from training.scenes import TRAINING_SEEDS, VALIDATION_SEEDS, render_into, stored
from training.start import take_over
from training.together import run_together
from training.trainer import PEAK_RATE, PEAK_RATE_GOING_ON, Trainer

EVALUATION_SHARE = 0.12  # of the whole time
N_VALIDATION = 40
CROP_PX, BATCH = 192, 12
CUDA_BATCH = 128
N_TO_START_ON = 64
PHOTO_SHARE = 0.12
MISTAKES_AT = (0.15, 0.4, 0.7)  # shares of the time after which mistakes are looked for


@dataclass(frozen=True)
class Plan:
    """What the command was asked for."""

    out: Path
    minutes: float
    scenes: int
    data: Path
    device: str
    start: Path | None

    @property
    def cores(self) -> int:
        return len(os.sched_getaffinity(0))

    @property
    def is_cuda(self) -> bool:
        return self.device == "cuda"

    @property
    def processes(self) -> int:
        return 1 if self.is_cuda else self.cores

    @property
    def checkpoint(self) -> Path:
        return self.out / "checkpoint.pt"


def main(arguments: Sequence[str] | None = None) -> int:
    plan = _plan(arguments)
    start = time.monotonic()
    plan.out.mkdir(parents=True, exist_ok=True)
    _say(f"Rendering {plan.scenes} scenes ...")
    render_into(plan.out / "validation", VALIDATION_SEEDS[:N_VALIDATION], plan.cores)
    render_into(plan.out / "scenes", TRAINING_SEEDS[: plan.scenes], plan.cores)
    seconds = plan.minutes * 60 * (1 - EVALUATION_SHARE) - (time.monotonic() - start)
    run_together(train, plan.processes, plan, max(1.0, seconds))
    _say("Choosing the threshold and measuring the figures ...")
    trained = Trainer(Starter(len(KINDS)), torch.device("cpu"), seconds)
    trained.resume(plan.checkpoint)
    card = publish(trained.average, plan.out / "starter", plan.data)
    _say(f"{plan.out / 'starter'}: {card.metrics['rendered_scenes']}")
    return 0


def train(number: int, plan: Plan, seconds: float) -> None:
    """Trains for so many seconds, those of earlier starts included, as process `number` of several; the first one
    writes the checkpoint."""
    torch.manual_seed(0)
    torch.set_flush_denormal(True)
    device = torch.device(plan.device)
    network, peak = _network(plan)
    trainer = Trainer(network, device, seconds, peak)
    trainer.resume(plan.checkpoint)
    crops = Crops(
        folder=plan.out / "scenes",
        photos=_photos(plan.data / "sealions", number),
        n_labels=len(KINDS),
        side=CROP_PX,
        batch=CUDA_BATCH if plan.is_cuda else BATCH,
        photo_share=PHOTO_SHARE,
        seed=trainer.steps * plan.cores + number,
    )
    workers = plan.cores if plan.is_cuda else 0
    batches = DataLoader(crops, batch_size=None, num_workers=workers, pin_memory=plan.is_cuda)
    held_out = stored(plan.out / "validation")

    def report(trainer: Trainer, loss: float) -> None:
        threshold, found = judge(trainer.average, held_out, device)
        _say(
            f"{trainer.progress:4.0%} step {trainer.steps} loss {loss:.3f} recall {found.recall:.3f} "
            f"precision {found.precision:.3f} at {threshold}"
        )

    trainer.run(iter(batches), None if number else plan.checkpoint, report, _miner(plan, number))


def _miner(plan: Plan, number: int) -> Callable[[Trainer], None]:
    """Looks, a few times in the training, for what the network gets wrong in this process's share of the scenes."""
    waiting = [0.0 if plan.start else MISTAKES_AT[0], *MISTAKES_AT[1:]]

    def mine(trainer: Trainer) -> None:
        if waiting and trainer.progress >= waiting[0]:
            waiting.pop(0)
            own = stored(plan.out / "scenes")[number :: plan.processes]
            write_mistakes(trainer.average, own, trainer.device, plan.out / f"mistakes-{number}.json")

    return mine


def _network(plan: Plan) -> tuple[Starter, float]:
    """The network to train and its highest learning rate: a new one, or one that goes on from a model folder."""
    network = Starter(len(KINDS))
    if plan.start is None:
        return network, PEAK_RATE
    pictures = Crops(plan.out / "scenes", [], len(KINDS), CROP_PX, N_TO_START_ON, 0.0, seed=0)
    take_over(network, (plan.start / "model.onnx").read_bytes(), next(iter(pictures))[0].float())
    return network, PEAK_RATE_GOING_ON


def _photos(folder: Path, number: int) -> list[Photo]:
    if (folder / "points.csv").exists():
        return photos_in(folder, "train")
    if number == 0:
        _say(f"No photos in {folder}: training on rendered scenes alone.")
    return []


def _plan(arguments: Sequence[str] | None) -> Plan:
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for scenes, checkpoint and model folder")
    parser.add_argument("--minutes", type=float, default=110, help="what all of it may take")
    parser.add_argument("--scenes", type=int, default=1500, help="how many scenes to render for training")
    parser.add_argument("--data", type=Path, default=SHARED_DATA, help="folder with sealions/ and caliterra/")
    parser.add_argument("--start", type=Path, help="model folder of this network to go on from")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda" if torch.cuda.is_available() else "cpu")
    return Plan(**vars(parser.parse_args(arguments)))


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
