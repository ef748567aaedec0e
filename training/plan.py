"""What the training command was asked for, and how its time is shared out."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

FIRST_SHARE, PLACES_SHARE, SECOND_SHARE = 0.45, 0.17, 0.26  # of the whole time; the rest is for the figures
CUDA_BATCH_FACTOR = 10


@dataclass(frozen=True)
class Plan:
    """What the command was asked for."""

    out: Path
    minutes: float
    scenes: int
    data: Path
    device: str
    start: Path | None
    keep_first: bool

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
    def first_checkpoint(self) -> Path:
        return self.out / "checkpoint.pt"

    @property
    def second_checkpoint(self) -> Path:
        return self.out / "checkpoint-second.pt"

    def seconds(self, share: float) -> float:
        """Time for a part of the training; where the first look is kept, its time is the others'."""
        all_shares = FIRST_SHARE + PLACES_SHARE + SECOND_SHARE
        longer = all_shares / (PLACES_SHARE + SECOND_SHARE) if self.keep_first else 1.0
        return self.minutes * 60 * share * longer


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)
