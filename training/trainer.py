"""Training that ends when its time is up, whatever the machine's speed, and goes on where it was interrupted."""

import copy
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from training.together import average

PEAK_RATE = 2e-3
PEAK_RATE_GOING_ON = 1e-3  # from weights that are good already
WARM_UP = 0.04  # share of the time in which the rate rises
WEIGHT_DECAY = 0.02
LARGEST_GRADIENT = 10.0
AVERAGE = 0.998
SAVE_EVERY_S = 120.0
Tensors = tuple[Tensor, ...]
Batches = Iterator[tuple[Tensors, Tensors]]  # what the network takes, what its answer is held against
Loss = Callable[[Tensor, Tensors], Tensor]
Network = TypeVar("Network", bound=nn.Module)


def rate_at(progress: float, peak: float = PEAK_RATE) -> float:
    """The learning rate after this share (0-1) of the training time: a short rise, then half a cosine."""
    if progress < WARM_UP:
        return peak * max(0.02, progress / WARM_UP)
    return peak * max(0.01, (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP))) / 2)


def has_fast_halves(device: torch.device) -> bool:
    """Whether half precision is quicker than single: a processor without the instructions for it takes far longer."""
    return device.type == "cuda" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


@dataclass
class Trainer(Generic[Network]):
    """A network in training. `average` is the moving average of its weights, which is what is exported."""

    network: Network
    loss: Loss
    device: torch.device
    seconds: float  # what the whole training may take
    peak: float = PEAK_RATE
    layout: torch.memory_format = torch.contiguous_format  # of pictures, on processors without fast halves
    spent: float = 0.0
    steps: int = 0
    average: Network = field(init=False)
    optimiser: torch.optim.Optimizer = field(init=False)
    halves: bool = field(init=False)

    def __post_init__(self) -> None:
        self.halves = has_fast_halves(self.device)
        if self.halves:
            self.layout = torch.channels_last
        self.network.to(self.device, memory_format=self.layout)
        self.average = copy.deepcopy(self.network).eval()
        self.optimiser = torch.optim.AdamW(self.network.parameters(), weight_decay=WEIGHT_DECAY)

    @property
    def progress(self) -> float:
        return min(1.0, self.spent / self.seconds)

    def run(
        self,
        batches: Batches,
        checkpoint: Path | None,
        now_and_then: Callable[["Trainer[Network]", float], None],
        before_step: Callable[["Trainer[Network]"], None] = lambda _trainer: None,
    ) -> None:
        """Trains until the time is spent. Where there is a `checkpoint` to write, `now_and_then(trainer, mean loss)` is
        called after it."""
        losses: list[Tensor] = []
        clock = saved = time.monotonic()
        while self.spent < self.seconds:
            before_step(self)
            inputs, targets = next(batches)
            before, clock = clock, time.monotonic()
            losses.append(self.step(inputs, targets, clock - before))
            if checkpoint and (clock - saved > SAVE_EVERY_S or self.spent >= self.seconds):
                self.save(checkpoint)
                now_and_then(self, float(torch.stack(losses).mean()))
                losses, saved = [], time.monotonic()

    def step(self, inputs: Tensors, targets: Tensors, seconds: float = 0.0) -> Tensor:
        """Learns from one batch; `seconds` have passed since the last one."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate_at(self.progress, self.peak)
        self.network.train()
        given = tuple(self._taken(each) for each in inputs)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.halves):
            raw = self.network(*given)
        wanted = tuple(target.to(self.device, non_blocking=True) for target in targets)
        loss = self.loss(raw.float(), wanted)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.spent = average(self.network, self.spent + seconds)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT)
        self.optimiser.step()
        self.steps += 1
        self._follow()
        return loss.detach()

    def _taken(self, given: Tensor) -> Tensor:
        numbers = given.to(self.device, non_blocking=True).float()
        return numbers.contiguous(memory_format=self.layout) if numbers.ndim == 4 else numbers

    @torch.no_grad()
    def _follow(self) -> None:
        keep = min(AVERAGE, (1 + self.steps) / (10 + self.steps))
        for ours, theirs in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
            if ours.is_floating_point():
                ours.lerp_(theirs, 1 - keep)
            else:
                ours.copy_(theirs)

    def save(self, path: Path) -> None:
        draft = path.with_suffix(".draft")
        state = {name: getattr(self, name).state_dict() for name in ("network", "average", "optimiser")}
        torch.save(state | {"spent": self.spent, "steps": self.steps}, draft)
        os.replace(draft, path)

    def resume(self, path: Path) -> None:
        """Takes over where `path`, if there is one, was saved."""
        if path.exists():
            state = torch.load(path, map_location=self.device, weights_only=True)
            for name in ("network", "average", "optimiser"):
                getattr(self, name).load_state_dict(state[name])
            self.spent, self.steps = state["spent"], state["steps"]


def at_shares(shares: Sequence[float], act: Callable[[Trainer[Network]], None]) -> Callable[[Trainer[Network]], None]:
    """What to call before every step, so that `act` is called once each time so much (0-1) of the training is over;
    once for all that lie behind, where training goes on after an interruption."""
    waiting = list(shares)

    def before_step(trainer: Trainer[Network]) -> None:
        due = [share for share in waiting if trainer.progress >= share]
        if due:
            del waiting[: len(due)]
            act(trainer)

    return before_step
