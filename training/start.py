"""Training that goes on from a published model instead of from nothing.

Its ONNX file holds each batch normalisation folded into its layer. What was folded cannot be told apart any more, but
it need not be: a normalisation that undoes itself on the pictures at hand leaves the answer as it was, and learns on.

Which constant of the file is which weight is found out, not written down a second time: two networks of random weights
are written in the same way, and every weight is looked for among the constants that come out.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inference.engine.backends.onnxgraph import constants_of
from training.crops import CROP_PX, Crops
from training.export import export
from training.network import Starter
from training.render import KINDS
from training.second import SecondLook, frames, in_squares, places, windows

N_TO_START_ON = 64
SIDE_PX = 32  # of the file that is written to find the weights: the least that the first look takes
SCALES = (1.0, 255.0)  # files take pictures of 0-255, the networks' layers of 0-1
Constants = list[NDArray[np.float32]]


def published(model: Path, scenes: Path) -> tuple[Starter, SecondLook]:
    """Both looks of a model folder, their normalisations set on crops of the scenes stored in a folder."""
    first, second = Starter(len(KINDS)), SecondLook(len(KINDS))
    pictures = Crops(scenes, [], len(KINDS), CROP_PX, N_TO_START_ON, 0.0, seed=0)
    (images,), _ = next(iter(pictures))
    take_over(first, second, (model / "model.onnx").read_bytes(), images.float())
    return first, second


def take_over(first: Starter, second: SecondLook, content: bytes, images: Tensor) -> None:
    """Gives both looks the weights of the ONNX file `content`, written by `training.export` for the same labels.

    `images` (n, 3, h, w), RGB 0-255, are what the normalisations are set on. What the second look says to each place
    by itself is in no file: that is learnt anew. Raises ValueError for other networks' files.
    """
    constants, wanted = _constants(content), _constants(export(first, second, SIDE_PX, SIDE_PX))
    if [each.shape for each in constants] != [each.shape for each in wanted]:
        raise ValueError("The weights are those of another network, or of other labels.")
    weights, modes = _weights(first, second), (first.training, second.training)
    first.eval()
    second.eval()
    with torch.no_grad():
        for name, found in _found(first, second).items():
            given = torch.tensor(constants[found.at] * np.float32(found.scale))
            weights[name].copy_(given.reshape(weights[name].shape))
        _normalise(first, lambda: first(images))
        _normalise(second, lambda: _look(first, second, images))
    first.train(modes[0])
    second.train(modes[1])


@dataclass(frozen=True)
class _Found:
    """Which of a file's constants a weight is, and what it is to be multiplied by."""

    at: int
    scale: float


def _found(first: Starter, second: SecondLook) -> dict[str, _Found]:
    """Of every weight that a file holds as it is."""
    first, second = copy.deepcopy(first), copy.deepcopy(second)
    _draw(first, second)
    constants = _constants(export(first, second, SIDE_PX, SIDE_PX))
    found = {}
    for name, weight in _weights(first, second).items():
        drawn = weight.numpy().ravel()
        at = [
            _Found(i, scale)
            for i, constant in enumerate(constants)
            if constant.size == drawn.size
            for scale in SCALES
            if np.allclose(constant.ravel() * scale, drawn, rtol=1e-4, atol=1e-6)
        ]
        if at:
            (found[name],) = at
    return found


def _draw(first: Starter, second: SecondLook) -> None:
    """Makes all weights different, and normalisations change nothing but by their biases."""
    random = torch.Generator().manual_seed(0)
    for weight in _weights(first, second).values():
        weight.copy_(torch.rand(weight.shape, generator=random) + 0.5)
    for norm in (*_normalisations(first), *_normalisations(second)):
        norm.weight.data.fill_(1)
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
    second.level.bias.data.zero_()  # folded into the layer behind it


def _weights(first: Starter, second: SecondLook) -> dict[str, Tensor]:
    """The learnt numbers of both, each under a name of its own."""
    named = (*first.named_parameters(prefix="first"), *second.named_parameters(prefix="second"))
    return {name: weight.detach() for name, weight in named}


def _constants(content: bytes) -> Constants:
    return [each for each in constants_of(content) if each.dtype == np.float32]


def _normalisations(network: nn.Module) -> list[Any]:
    """All batch normalisations, of cells and of numbers."""
    return [module for module in network.modules() if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)]


def _normalise(network: nn.Module, ask: Callable[[], object]) -> None:
    """Sets every normalisation, in the order they are reached, to the statistics of its input and to undoing them."""
    hooks = [norm.register_forward_pre_hook(_undo) for norm in _normalisations(network)]
    ask()
    for hook in hooks:
        hook.remove()


def _undo(norm: Any, inputs: tuple[Tensor, ...]) -> None:
    over = [axis for axis in range(inputs[0].ndim) if axis != 1]
    variance, mean = torch.var_mean(inputs[0], dim=over, correction=0)
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)
    norm.weight.copy_(torch.sqrt(variance + norm.eps))
    norm.bias.add_(mean)


def _look(first: Starter, second: SecondLook, images: Tensor) -> Tensor:
    """What the second look says of everything that the first one sees in these images."""
    seen = [places(first, image[None]) for image in images]
    squares = [frames(each.boxes) for each in seen]
    shown = [windows(image[None], each) for image, each in zip(images, squares, strict=True)]
    boxes = [in_squares(each.boxes, square) for each, square in zip(seen, squares, strict=True)]
    numbers = torch.repeat_interleave(torch.arange(len(seen)), torch.tensor([len(each.boxes) for each in seen]))
    felt = torch.cat([each.felt for each in seen])
    answer: Tensor = second(torch.cat(shown), felt, torch.cat(squares), torch.cat(boxes), numbers.float())
    return answer
