"""Several processes that train one network: each on crops of its own, their gradients averaged in every step.

On a processor, one process a core with a single thread each gets through twice the crops of one process with as many
threads, which wait for each other after every layer.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import distributed, multiprocessing, nn


def run_together(work: Callable[..., None], processes: int, *arguments: Any) -> None:
    """Calls `work(number, *arguments)` in so many processes that can average with each other."""
    if processes == 1:
        work(0, *arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        multiprocessing.spawn(_join, (processes, Path(folder) / "meet", work, arguments), nprocs=processes)


def average(network: nn.Module, seconds: float) -> float:
    """Averages the network's gradients over the processes, and returns the average of their `seconds`, so that all of
    them agree on when to stop. A weight that a process' batch says nothing of, a batch without animals say, has a
    gradient of zero there: what is averaged must be as long in all of them."""
    if not distributed.is_initialized():
        return seconds
    for weight in network.parameters():
        if weight.grad is None:
            weight.grad = torch.zeros_like(weight)
    gradients = [weight.grad for weight in network.parameters()]
    clock = torch.tensor([seconds])
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients] + [clock])
    distributed.all_reduce(flat)
    flat /= distributed.get_world_size()
    parts = flat.split([gradient.numel() for gradient in gradients] + [1])
    for gradient, part in zip(gradients, parts, strict=False):
        gradient.copy_(part.view_as(gradient))
    return float(parts[-1])


def _join(number: int, processes: int, meeting: Path, work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=number, world_size=processes)
    try:
        work(number, *arguments)
    finally:
        distributed.destroy_process_group()
