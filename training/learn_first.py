"""Training the first look on crops of rendered scenes and photos."""

import torch
from torch.utils.data import DataLoader

from training.crops import CROP_PX, Crops
from training.judge import tell
from training.loss import loss_of
from training.mistakes import write_mistakes
from training.network import Starter
from training.photos import Photo, photos_in
from training.plan import CUDA_BATCH_FACTOR, Plan, say
from training.render import KINDS
from training.scenes import stored
from training.start import published
from training.trainer import PEAK_RATE, PEAK_RATE_GOING_ON, Trainer, at_shares

BATCH = 12
PHOTO_SHARE = 0.12
MISTAKES_AT = (0.15, 0.4, 0.7)  # shares of the time after which mistakes are looked for


def train_first(number: int, plan: Plan, seconds: float) -> None:
    """Trains for so many seconds, those of earlier starts included, as process `number` of several; the first one
    writes the checkpoint."""
    torch.manual_seed(0)
    torch.set_flush_denormal(True)
    trainer = first_trainer(plan, torch.device(plan.device), seconds)
    crops = Crops(
        folder=plan.out / "scenes",
        photos=known_photos(plan, number),
        n_labels=len(KINDS),
        side=CROP_PX,
        batch=BATCH * CUDA_BATCH_FACTOR if plan.is_cuda else BATCH,
        photo_share=PHOTO_SHARE,
        seed=trainer.steps * plan.cores + number,
    )
    workers = plan.cores if plan.is_cuda else 0
    batches = DataLoader(crops, batch_size=None, num_workers=workers, pin_memory=plan.is_cuda)
    held_out = stored(plan.out / "validation")

    def report(trainer: Trainer[Starter], loss: float) -> None:
        tell("First look", trainer, loss, (trainer.average, None), held_out)

    def mine(trainer: Trainer[Starter]) -> None:
        """Looks for what the network gets wrong in this process's share of the scenes."""
        own = stored(plan.out / "scenes")[number :: plan.processes]
        write_mistakes(trainer.average, own, trainer.device, plan.out / f"mistakes-{number}.json")

    mistakes_at = (0.0, *MISTAKES_AT[1:]) if plan.start else MISTAKES_AT
    trainer.run(iter(batches), None if number else plan.first_checkpoint, report, at_shares(mistakes_at, mine))


def first_trainer(plan: Plan, device: torch.device, seconds: float) -> Trainer[Starter]:
    """The first look where its training stands."""
    network, peak = Starter(len(KINDS)), PEAK_RATE
    if plan.start is not None:
        network, _ = published(plan.start, plan.out / "scenes")
        peak = PEAK_RATE_GOING_ON
    trainer = Trainer(network, loss_of, device, seconds, peak)
    trainer.resume(plan.first_checkpoint)
    return trainer


def known_photos(plan: Plan, number: int = 0) -> list[Photo]:
    folder = plan.data / "sealions"
    if (folder / "points.csv").exists():
        return photos_in(folder, "train")
    if number == 0:
        say(f"No photos in {folder}: training on rendered scenes alone.")
    return []
