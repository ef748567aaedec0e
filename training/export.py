"""The trained network as an ONNX file: batch normalisation folded into the convolutions, boxes decoded inside."""

import numpy as np
import torch
from torch import Tensor, nn

from inference.engine.backends.onnxgraph import Graph
from training.network import BOX_UNIT_PX, MAX_LOG_SIDE, N_BEST, NO_SCORE, STRIDE, Residual, Starter


def export(network: Starter, width: int, height: int) -> bytes:
    """An ONNX file with the input `image` (1, 3, height, width) uint8 RGB and the outputs `boxes` (1, k, 4) in px,
    `scores` (1, k) and `labels` (1, k): what `network.decode` answers."""
    graph = Graph()
    image = graph.input("image", "uint8", (1, 3, height, width))
    writer = _Writer(graph)
    raw = writer.network(network, graph.node("Cast", [image], to=1))
    n_best = min(N_BEST, width * height // STRIDE**2)
    writer.decode(raw, network.n_labels, width // STRIDE, n_best)
    graph.output("boxes", "float32", (1, n_best, 4))
    graph.output("scores", "float32", (1, n_best))
    graph.output("labels", "int64", (1, n_best))
    return graph.encoded("kopje-starter")


class _Writer:
    """Layers and arithmetic as nodes of a graph; every method takes and returns names of values."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def network(self, network: Starter, image: str) -> str:
        at4 = self.block(network.stem[1], self.block(network.stem[0], image, scale=1 / 255))
        at8 = self.stage(network.stage8, at4)
        at16 = self.stage(network.stage16, at8)
        at32 = self.stage(network.stage32, at16)
        at16 = self.block(network.merge16, self.sum(at16, self.doubled(self.plain(network.from32, at32))))
        at8 = self.sum(self.sum(at8, self.doubled(self.plain(network.from16, at16))), self.plain(network.detail, at4))
        at8 = self.block(network.merge8, at8)
        answer = self.plain(network.answer, self.block(network.head, at8))
        return self.graph.node("DepthToSpace", [answer], blocksize=2, mode="CRD")

    def stage(self, stage: nn.Sequential, value: str) -> str:
        value = self.block(stage[0], value)
        for residual in list(stage)[1:]:
            value = self.residual(residual, value)
        return value

    def residual(self, residual: Residual, value: str) -> str:
        inside = self.folded(residual.second, self.block(residual.first, value))
        return self.graph.node("Relu", [self.sum(value, inside)])

    def block(self, block: nn.Sequential, value: str, scale: float = 1.0) -> str:
        return self.graph.node("Relu", [self.folded(block, value, scale)])

    def folded(self, block: nn.Sequential, value: str, scale: float = 1.0) -> str:
        convolution, norm = block[0], block[1]
        gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        weight = convolution.weight * gain[:, None, None, None] * scale
        return self.conv(weight, norm.bias - norm.running_mean * gain, value, convolution)

    def plain(self, convolution: nn.Conv2d, value: str) -> str:
        return self.conv(convolution.weight, convolution.bias, value, convolution)

    def conv(self, weight: Tensor, bias: Tensor, value: str, like: nn.Conv2d) -> str:
        inputs = [value, *(self.graph.constant(each.detach().float().cpu().numpy()) for each in (weight, bias))]
        sides = {"kernel_shape": like.kernel_size, "strides": like.stride, "pads": (*like.padding, *like.padding)}
        return self.graph.node("Conv", inputs, **sides)

    def doubled(self, value: str) -> str:
        scales = self.graph.constant(np.array([1, 1, 2, 2], np.float32))
        how = {"mode": "nearest", "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"}
        return self.graph.node("Resize", [value, "", scales], **how)

    def sum(self, first: str, second: str) -> str:
        return self.graph.node("Add", [first, second])

    def decode(self, raw: str, n_labels: int, columns: int, n_best: int) -> None:
        logits, sides = self.graph.nodes_of("Split", [raw, self.whole(n_labels, 4)], ["", ""], axis=1)
        best = self.graph.node("ReduceMax", [logits], axes=[1], keepdims=1)
        label = self.graph.node("ArgMax", [logits], axis=1, keepdims=0)
        around = self.graph.node("MaxPool", [best], kernel_shape=[3, 3], strides=[1, 1], pads=[1, 1, 1, 1])
        lowest = self.graph.constant(np.array(NO_SCORE, np.float32))
        peaks = self.graph.node("Where", [self.graph.node("Equal", [best, around]), best, lowest])
        ranked = self.graph.node("Reshape", [peaks, self.whole(-1)])
        score, index = self.graph.nodes_of("TopK", [ranked, self.whole(n_best)], ["", ""], axis=0)
        self.graph.node("Unsqueeze", [self.graph.node("Sigmoid", [score]), self.whole(0)], "scores")
        flat = self.graph.node("Reshape", [label, self.whole(1, -1)])
        self.graph.node("Gather", [flat, index], "labels", axis=1)
        self.boxes(self.graph.node("Reshape", [sides, self.whole(1, 4, -1)]), index, columns)

    def boxes(self, sides: str, index: str, columns: int) -> None:
        chosen = self.graph.node("Gather", [sides, index], axis=2)
        limit = self.graph.constant(np.array(MAX_LOG_SIDE, np.float32))
        reach = self.graph.node("Exp", [self.graph.node("Min", [chosen, limit])])
        # Left and top lie before the middle, right and bottom behind it.
        signs = self.graph.constant(np.array([-1, -1, 1, 1], np.float32).reshape(1, 4, 1) * np.float32(BOX_UNIT_PX))
        row = self.graph.node("Div", [index, self.whole(columns, scalar=True)])
        column = self.graph.node("Mod", [index, self.whole(columns, scalar=True)])
        x, y = self.middle(column), self.middle(row)
        middles = self.graph.node("Concat", [x, y, x, y], axis=0)
        corners = self.sum(middles, self.graph.node("Mul", [reach, signs]))
        self.graph.node("Transpose", [corners], "boxes", perm=[0, 2, 1])

    def middle(self, cell: str) -> str:
        number = self.graph.node("Cast", [self.graph.node("Unsqueeze", [cell, self.whole(0)])], to=1)
        scaled = self.graph.node("Mul", [number, self.graph.constant(np.array(STRIDE, np.float32))])
        return self.graph.node("Add", [scaled, self.graph.constant(np.array(STRIDE / 2, np.float32))])

    def whole(self, *numbers: int, scalar: bool = False) -> str:
        return self.graph.constant(np.array(numbers[0] if scalar else numbers, np.int64))
