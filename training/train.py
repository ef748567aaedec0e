"""`python -m training.train --minutes 110 --out FOLDER`: from nothing to a model folder.

Renders scenes, trains the first look on them, lets it look at more scenes, trains the second look on what it saw there,
exports both, chooses the threshold, evaluates and writes the card. What FOLDER holds already is used: started again
after an interruption, it goes on.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from training.evaluate import SHARED_DATA
from training.learn_first import train_first
from training.learn_second import gather, second_trainer, train_second, trained_first
from training.plan import FIRST_SHARE, PLACES_SHARE, SECOND_SHARE, Plan, say
from training.publish import publish
from training.scenes import TRAINING_SEEDS, VALIDATION_SEEDS, render_into
from training.together import run_together

N_VALIDATION = 40
N_KEPT_SCENES = 40  # where the first look is kept: enough to set its normalisations on


def main(arguments: Sequence[str] | None = None) -> int:
    plan = _plan(arguments)
    plan.out.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    n_scenes = N_KEPT_SCENES if plan.keep_first else plan.scenes
    say(f"Rendering {n_scenes} scenes ...")
    render_into(plan.out / "validation", VALIDATION_SEEDS[:N_VALIDATION], plan.cores)
    render_into(plan.out / "scenes", TRAINING_SEEDS[:n_scenes], plan.cores)
    rendering = time.monotonic() - start
    if not plan.keep_first:
        run_together(train_first, plan.processes, plan, max(1.0, plan.seconds(FIRST_SHARE) - rendering))
    if not plan.second_checkpoint.exists():
        say("Looking at more scenes ...")
        run_together(gather, plan.cores, plan, plan.seconds(PLACES_SHARE))
    seconds = plan.seconds(SECOND_SHARE)
    run_together(train_second, plan.processes, plan, seconds)
    say("Choosing the threshold and measuring the figures ...")
    second = second_trainer(plan, torch.device("cpu"), seconds).average
    card = publish(trained_first(plan), second, plan.out / "starter", plan.data)
    say(f"{plan.out / 'starter'}: {card.metrics['rendered_scenes']}")
    return 0


def _plan(arguments: Sequence[str] | None) -> Plan:
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for scenes, checkpoints and model folder")
    parser.add_argument("--minutes", type=float, default=110, help="what all of it may take")
    parser.add_argument("--scenes", type=int, default=1500, help="how many scenes to train the first look on")
    parser.add_argument("--data", type=Path, default=SHARED_DATA, help="folder with sealions/ and caliterra/")
    parser.add_argument("--start", type=Path, help="model folder to go on from")
    parser.add_argument("--keep-first", action="store_true", help="leave the first look of --start as it is")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda" if torch.cuda.is_available() else "cpu")
    asked = parser.parse_args(arguments)
    if asked.keep_first and not asked.start:
        parser.error("--keep-first needs --start: the model folder whose first look to keep.")
    return Plan(**vars(asked))


if __name__ == "__main__":
    sys.exit(main())
