"""Training the second look on the places that the trained first one names."""

import numpy as np
import torch
from numpy.typing import NDArray

from training.glances import Glances, Tiles
from training.judge import tell
from training.learn_first import first_trainer, known_photos
from training.loss import counts_as_animal, second_loss_of
from training.network import Starter
from training.places import Judged, gather_photos, gather_scenes, stored_places
from training.plan import CUDA_BATCH_FACTOR, Plan, say
from training.render import KINDS
from training.scenes import stored
from training.second import SecondLook, said
from training.start import published
from training.trainer import PEAK_RATE, PEAK_RATE_GOING_ON, Trainer, at_shares

BATCH = 128
PHOTO_SHARE = 0.08
N_HELD_OUT = 16  # scenes for the figures on the way
N_TILES_AT_ONCE = 12
WRONG_AT = (0.25, 0.5, 0.75)  # shares of the time after which hard places are looked for


def gather(number: int, plan: Plan, seconds: float) -> None:
    """Looks for so many seconds at new scenes, and at the photos, as process `number` of several."""
    torch.set_flush_denormal(True)
    first = trained_first(plan)
    if number == 0:
        gather_photos(first, known_photos(plan), plan.out / "places-of-photos")
    gather_scenes(first, plan.out / "places", (number, plan.cores), seconds)


def trained_first(plan: Plan) -> Starter:
    """The first look as it will be published."""
    return first_trainer(plan, torch.device("cpu"), 1.0).average.to(memory_format=torch.channels_last)


def train_second(number: int, plan: Plan, seconds: float) -> None:
    """Trains for so many seconds, those of earlier starts included, as process `number` of several; the first one
    writes the checkpoint."""
    torch.manual_seed(0)
    torch.set_flush_denormal(True)
    trainer, first = second_trainer(plan, torch.device(plan.device), seconds), trained_first(plan)
    first = first.to(trainer.device)
    photos = list(stored_places(plan.out / "places-of-photos"))
    glances = Glances(
        scenes=Tiles(Judged.together(list(stored_places(plan.out / "places")))),
        photos=Tiles(Judged.together(photos)) if photos else None,
        batch=BATCH * CUDA_BATCH_FACTOR if plan.is_cuda else BATCH,
        photo_share=PHOTO_SHARE,
        seed=trainer.steps * plan.cores + number,
    )
    if number == 0:
        say(f"Second look: {len(glances.scenes.places)} places of scenes, {sum(map(len, photos))} of photos")
    held_out = stored(plan.out / "validation")[:N_HELD_OUT]

    def report(trainer: Trainer[SecondLook], loss: float) -> None:
        tell("Second look", trainer, loss, (first, trainer.average), held_out)

    def doubt(trainer: Trainer[SecondLook]) -> None:
        """Looks for the hard ones among this process's share of the places."""
        places = glances.scenes.places
        own = np.flatnonzero(places.tiles % plan.processes == number)
        glances.wrong = np.zeros(len(places), np.float32)
        glances.wrong[own] = wrong_by(trainer.average, places, own, trainer.device)

    wrong_at = (0.0, *WRONG_AT[1:]) if plan.start else WRONG_AT
    trainer.run(iter(glances), None if number else plan.second_checkpoint, report, at_shares(wrong_at, doubt))


@torch.no_grad()
def wrong_by(
    second: SecondLook, places: Judged, index: NDArray[np.integer], device: torch.device
) -> NDArray[np.float32]:
    """How far off (0-1) the network's score is for each of the places in `index`, whole tiles; 0 where it is left open
    whether that is an animal."""
    parts = []
    begins = np.flatnonzero(np.diff(places.tiles[index] // N_TILES_AT_ONCE)) + 1
    for part in np.split(index, begins):
        some = places.take(part)
        inputs = (some.windows.transpose(0, 3, 1, 2), some.felt, some.squares, some.boxes, some.tiles)
        answer = said(second(*(torch.from_numpy(each).to(device).float() for each in inputs)))
        wanted = counts_as_animal(answer.boxes, tuple(torch.from_numpy(each).to(device) for each in some.wanted))
        off = (answer.together[:, 0].sigmoid() - wanted).abs()
        parts.append(torch.where(wanted < 0, torch.zeros_like(off), off).cpu().numpy())
    return np.concatenate(parts).astype(np.float32)


def second_trainer(plan: Plan, device: torch.device, seconds: float) -> Trainer[SecondLook]:
    """The second look where its training stands."""
    network, peak = SecondLook(len(KINDS)), PEAK_RATE
    if plan.start is not None:
        _, network = published(plan.start, plan.out / "scenes")
        peak = PEAK_RATE_GOING_ON
    trainer = Trainer(network, second_loss_of, device, seconds, peak, torch.channels_last)
    trainer.resume(plan.second_checkpoint)
    return trainer
