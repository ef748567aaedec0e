"""Training whose first look goes on from a published model instead of from nothing.

Its ONNX file holds each batch normalisation folded into its convolution. What was folded cannot be told apart any
more, but it need not be: a normalisation that undoes itself on the pictures at hand leaves the answer as it was, and
learns on.
"""

import itertools
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inference.engine.backends.onnxgraph import constants_of
from training.crops import CROP_PX, Crops
from training.network import Residual, Starter
from training.render import KINDS

Block = nn.Sequential | nn.Conv2d
N_TO_START_ON = 64


def first_pictures(folder: Path) -> Tensor:
    """Crops of stored scenes, (n, 3, h, w) RGB 0-255, to set normalisations on."""
    pictures = Crops(folder, [], len(KINDS), CROP_PX, N_TO_START_ON, 0.0, seed=0)
    (images,), _ = next(iter(pictures))
    return images.float()


def take_over(network: Starter, content: bytes, images: Tensor) -> None:
    """Gives `network` the first look's weights of the ONNX file `content`, written by `training.export` for the same
    labels.

    `images` (n, 3, h, w), RGB 0-255, are what the normalisations are set on. Raises ValueError for another network's
    file.
    """
    layers = _layers(network)
    weights = _weights(content)[: len(layers)]  # those of the second look come behind
    if [_convolution(layer).weight.shape for layer in layers] != [weight.shape for weight, _ in weights]:
        raise ValueError("The weights are those of another network, or of other labels.")
    with torch.no_grad():
        for layer, (weight, bias) in zip(layers, weights, strict=True):
            _give(layer, torch.from_numpy(weight.copy()), torch.from_numpy(bias.copy()))
        _convolution(layers[0]).weight.mul_(255)  # the file's network takes 0-255, this one's layers 0-1
        _normalise(network, images)


def _layers(network: Starter) -> list[Block]:
    """The convolutions in the order in which `export` writes them, each with its normalisation where it has one."""
    stages = (network.stage8, network.stage16, network.stage32)
    layers: list[Block] = [*network.stem]  # type: ignore[list-item]
    for stage in stages:
        layers.append(stage[0])  # type: ignore[arg-type]
        for residual in list(stage)[1:]:
            assert isinstance(residual, Residual)  # noqa: S101 - what a stage is made of
            layers += [residual.first, residual.second]
    ends = (network.from32, network.merge16, network.from16, network.detail, network.merge8, network.head)
    return [*layers, *ends, network.answer]


def _weights(content: bytes) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Weight and bias of every convolution: a bias follows its weight."""
    constants = constants_of(content)
    pairs = itertools.pairwise(constants)
    return [(weight, bias) for weight, bias in pairs if weight.ndim == 4 and weight.dtype == np.float32]


def _convolution(layer: Block) -> nn.Conv2d:
    convolution = layer[0] if isinstance(layer, nn.Sequential) else layer
    assert isinstance(convolution, nn.Conv2d)  # noqa: S101 - the first of every block
    return convolution


def _give(layer: Block, weight: Tensor, bias: Tensor) -> None:
    _convolution(layer).weight.copy_(weight)
    (layer[1] if isinstance(layer, nn.Sequential) else layer).bias.copy_(bias)  # type: ignore[operator,union-attr]


def _normalise(network: Starter, images: Tensor) -> None:
    """Sets every normalisation, in the order they are reached, to the statistics of its input and to undoing them."""
    hooks = [
        module.register_forward_pre_hook(_undo) for module in network.modules() if isinstance(module, nn.BatchNorm2d)
    ]
    was_training = network.training
    network.eval()(images)
    network.train(was_training)
    for hook in hooks:
        hook.remove()


def _undo(norm: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    assert isinstance(norm, nn.BatchNorm2d)  # noqa: S101 - registered for these alone
    assert norm.running_mean is not None and norm.running_var is not None  # noqa: S101, PT018
    variance, mean = torch.var_mean(inputs[0], dim=(0, 2, 3), correction=0)
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)
    norm.weight.copy_(torch.sqrt(variance + norm.eps))
    norm.bias.add_(mean)
