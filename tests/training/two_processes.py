"""What `test_together` has each of two processes do; they import this file alone."""

from pathlib import Path

import torch

from training.together import average


def average_two_layers(number: int, folder: Path) -> None:
    """The batch of the second process says nothing of the second layer."""
    layers = torch.nn.ModuleList([torch.nn.Linear(2, 1, bias=False), torch.nn.Linear(2, 1, bias=False)])
    given = torch.tensor([[1.0, 2.0]]) * (number + 1)
    sum(layer(given).sum() for layer in list(layers)[: 2 - number]).backward()
    seconds = average(layers, 1.0 + number)
    torch.save([seconds, *(layer.weight.grad for layer in layers)], folder / f"{number}.pt")
