"""Both trained looks as one ONNX file: normalisation folded into the layers, boxes decoded inside."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from inference.engine.backends.onnxgraph import Graph
from training.company import EAR, N_EARS, NEAR_PX, Company, Round
from training.edges import N_CELLS, N_PARTS, Edges
from training.network import BOX_UNIT_PX, MAX_LOG_SIDE, N_BEST, NO_SCORE, STRIDE, Residual, Starter
from training.second import CONTEXT, LEAST_SIDE_PX, LOOK_FROM, N_FINE, SAME_IOU, SAMPLES, WINDOW_PX, SecondLook

FLOAT, WHOLE = 1, 7  # numbers of types in ONNX


def export(first: Starter, second: SecondLook, width: int, height: int) -> bytes:
    """An ONNX file with the input `image` (1, 3, height, width) uint8 RGB and the outputs `boxes` (1, k, 4) in px,
    `scores` (1, k) and `labels` (1, k): what `second.look_twice` answers. k differs from image to image."""
    graph = Graph()
    image = graph.input("image", "uint8", (1, 3, height, width))
    writer = _Writer(graph)
    floats = graph.node("Cast", [image], to=FLOAT)
    raw, head, at16 = writer.first(first, floats)
    boxes, felt = writer.places(raw, head, at16, first.n_labels, width // STRIDE)
    writer.second(second, floats, boxes, felt)
    graph.output("boxes", "float32", (1, "k", 4))
    graph.output("scores", "float32", (1, "k"))
    graph.output("labels", "int64", (1, "k"))
    return graph.encoded("kopje-starter")


class _Writer:
    """Layers and arithmetic as nodes of a graph; every method takes and returns names of values."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def first(self, network: Starter, image: str) -> tuple[str, str, str]:
        at4 = self.block(network.stem[1], self.block(network.stem[0], image, scale=1 / 255))
        at8 = self.stage(network.stage8, at4)
        at16 = self.stage(network.stage16, at8)
        at32 = self.stage(network.stage32, at16)
        at16 = self.block(network.merge16, self.sum(at16, self.doubled(self.plain(network.from32, at32))))
        at8 = self.sum(self.sum(at8, self.doubled(self.plain(network.from16, at16))), self.plain(network.detail, at4))
        head = self.block(network.head, self.block(network.merge8, at8))
        answer = self.plain(network.answer, head)
        return self.graph.node("DepthToSpace", [answer], blocksize=2, mode="CRD"), head, at16

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
        inputs = [value, self.learnt(weight), self.learnt(bias)]
        sides = {"kernel_shape": like.kernel_size, "strides": like.stride, "pads": (*like.padding, *like.padding)}
        return self.graph.node("Conv", inputs, **sides)

    def doubled(self, value: str) -> str:
        scales = self.graph.constant(np.array([1, 1, 2, 2], np.float32))
        how = {"mode": "nearest", "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"}
        return self.graph.node("Resize", [value, "", scales], **how)

    def sum(self, first: str, second: str) -> str:
        return self.graph.node("Add", [first, second])

    def places(self, raw: str, head: str, at16: str, n_labels: int, columns: int) -> tuple[str, str]:
        """`second.places`: boxes (k, 4) and what was felt (k, n)."""
        logits, _ = self.graph.nodes_of("Split", [raw, self.wholes(n_labels, 4)], ["", ""], axis=1)
        best = self.graph.node("ReduceMax", [logits], axes=[1], keepdims=1)
        highest = self.graph.node("MaxPool", [best], kernel_shape=[3, 3], strides=[1, 1], pads=[1, 1, 1, 1])
        peaks = self.graph.node("Where", [self.graph.node("Equal", [best, highest]), best, self.number(NO_SCORE)])
        ranked = self.graph.node("Reshape", [peaks, self.wholes(-1)])
        likely = self.graph.node("GreaterOrEqual", [self.graph.node("Sigmoid", [ranked]), self.number(LOOK_FROM)])
        n_likely = self.graph.node("ReduceSum", [self.graph.node("Cast", [likely], to=WHOLE)], keepdims=1)
        n_places = self.graph.node("Max", [self.graph.node("Min", [n_likely, self.wholes(N_BEST)]), self.wholes(1)])
        _, index = self.graph.nodes_of("TopK", [ranked, n_places], ["", ""], axis=0)
        row = self.graph.node("Div", [index, self.whole(columns)])
        column = self.graph.node("Mod", [index, self.whole(columns)])
        answer = self.at(raw, index)
        logits, sides = self.graph.nodes_of("Split", [answer, self.wholes(n_labels, 4)], ["", ""], axis=1)
        around = [self.around(head, 2, row, column, columns), self.around(at16, 4, row, column, columns)]
        return self.boxes(sides, column, row), self.graph.node("Concat", [sides, logits, *around], axis=1)

    def at(self, features: str, index: str) -> str:
        """Of features (1, c, h, w) the cells of a flat index (k), as (k, c)."""
        flat = self.graph.node("Reshape", [features, self.wholes(0, 0, -1)])
        chosen = self.graph.node("Gather", [flat, index], axis=2)
        return self.graph.node("Transpose", [self.graph.node("Squeeze", [chosen, self.wholes(0)])], perm=[1, 0])

    def around(self, features: str, factor: int, row: str, column: str, columns: int) -> str:
        """Of features whose cells are so many times as wide, those that hold the rows and columns (k), as (k, c)."""
        row, column = (self.graph.node("Div", [each, self.whole(factor)]) for each in (row, column))
        return self.at(features, self.sum(self.graph.node("Mul", [row, self.whole(columns // factor)]), column))

    def boxes(self, sides: str, column: str, row: str) -> str:
        """`network.corners`."""
        reach = self.graph.node("Exp", [self.graph.node("Min", [sides, self.number(MAX_LOG_SIDE)])])
        # Left and top lie before the middle, right and bottom behind it.
        signs = self.graph.constant(np.array([[-1, -1, 1, 1]], np.float32) * np.float32(BOX_UNIT_PX))
        x, y = self.middle(column), self.middle(row)
        middles = self.graph.node("Concat", [x, y, x, y], axis=1)
        return self.sum(middles, self.graph.node("Mul", [reach, signs]))

    def second(self, network: SecondLook, image: str, boxes: str, felt: str) -> None:
        """`second.look_twice`, from the places on."""
        squares, side = self.frames(boxes)
        numbers = self.graph.node("ConstantOfShape", [self.graph.node("Shape", [boxes], end=1)])
        pictures = self.graph.node("Cast", [numbers], to=WHOLE)  # all of the one image
        how = {"output_height": WINDOW_PX, "output_width": WINDOW_PX, "sampling_ratio": SAMPLES}
        value = self.graph.node("RoiAlign", [image, squares, pictures], mode="avg", spatial_scale=1.0, **how)
        at = []
        for number, layer in enumerate(network.look):
            if isinstance(layer, Residual):
                value = self.residual(layer, value)
            else:
                value = self.block(layer, value, scale=1.0 if number else 1 / 255)
            at.append(value)
        placed = self.edges(network.edges, at[N_FINE - 1], at[-2], (boxes, squares, side))
        seen = self.relu(self.linear(network.weigh, self.graph.node("Flatten", [value])))
        gain = network.level.weight / torch.sqrt(network.level.running_var + network.level.eps)
        shift = network.level.bias - network.level.running_mean * gain
        known = self.relu(self.linear(network.feel, felt, gain, shift))
        joined = self.relu(self.linear(network.join, self.graph.node("Concat", [seen, known], axis=1)))
        answer = self.company(network.company, joined, placed)
        animal, label = self.graph.nodes_of("Split", [answer, self.wholes(1, network.n_labels)], ["", ""], axis=1)
        self.apart(placed, self.graph.node("Sigmoid", [animal]), self.graph.node("ArgMax", [label], axis=1, keepdims=1))

    def edges(self, network: Edges, fine: str, deep: str, where: tuple[str, str, str]) -> str:
        """`edges.Edges` and `edges.boxes_of`: boxes (k, 4) in px. `where`: the first look's boxes, the squares that the
        windows show, their sides."""
        boxes, squares, side = where
        corner, _ = self.graph.nodes_of("Split", [squares, self.wholes(2, 2)], ["", ""], axis=1)
        corner = self.graph.node("Concat", [corner, corner], axis=1)
        boxes = self.graph.node("Div", [self.less(boxes, corner), side])
        covered = self.plain(network.boxed, self.in_cells(boxes))
        seen = self.sum(self.sum(self.plain(network.fine, fine), self.doubled(self.plain(network.deep, deep))), covered)
        seen = self.block(network.mix, self.relu(seen))
        profiles = []
        for axis in (2, 3):
            kinds = [self.graph.node(how, [seen], axes=[axis], keepdims=0) for how in ("ReduceMean", "ReduceMax")]
            both = self.graph.node("Concat", kinds, axis=1)
            profiles.append(self.graph.node("Unsqueeze", [both, self.wholes(2)]))
        along = self.relu(self.plain(network.along, self.graph.node("Concat", profiles, axis=2)))
        said = self.graph.node("Reshape", [self.plain(network.edge, along), self.wholes(0, 2, -1, 2, N_CELLS)])
        said = self.graph.node("Transpose", [said], perm=[0, 1, 3, 4, 2])
        said = self.graph.node("Reshape", [said, self.wholes(0, 4, N_PARTS)])
        middles = self.learnt((torch.arange(N_PARTS) + 0.5) / N_PARTS)
        away = self.graph.node("Abs", [self.less(middles, self.graph.node("Unsqueeze", [boxes, self.wholes(2)]))])
        said = self.less(said, self.graph.node("Mul", [away, self.learnt(network.pull)]))
        mean = self.graph.node("Mul", [self.graph.node("Softmax", [said], axis=-1), middles])
        found = self.graph.node("ReduceSum", [mean, self.wholes(-1)], keepdims=0)
        return self.sum(corner, self.graph.node("Mul", [found, side]))

    def in_cells(self, boxes: str) -> str:
        """`edges.in_cells`."""
        starts = torch.arange(N_CELLS) / N_CELLS
        least, most = self.learnt(starts), self.learnt(starts + 1 / N_CELLS)
        covered = []
        for axis in (0, 1):
            last = self.graph.node("Gather", [boxes, self.wholes(axis + 2)], axis=1)
            until = self.graph.node("Min", [most, last])
            first = self.graph.node("Gather", [boxes, self.wholes(axis)], axis=1)
            covered.append(self.relu(self.less(until, self.graph.node("Max", [least, first]))))
        down = self.graph.node("Unsqueeze", [covered[1], self.wholes(1, 3)])
        across = self.graph.node("Unsqueeze", [covered[0], self.wholes(1, 2)])
        return self.graph.node("Mul", [self.graph.node("Mul", [down, across]), self.number(N_CELLS**2)])

    def company(self, network: Company, places: str, boxes: str) -> str:
        """`company.Company`, all places of one picture."""
        distance, unlikeness, inside = self.ties(boxes)
        across = self.graph.node("Transpose", [inside], perm=[1, 0])
        for each in network.rounds:
            pulls = ((each.near, distance), (each.like, unlikeness), (each.within, inside), (each.around, across))
            places = self.round(each, places, pulls)
        return self.linear(network.answer, places)

    def ties(self, boxes: str) -> tuple[str, str, str]:
        """`company.ties`."""
        start, end = self.graph.nodes_of("Split", [boxes, self.wholes(2, 2)], ["", ""], axis=1)
        sides = self.graph.node("Max", [self.less(end, start), self.number(1.0)])
        area = self.graph.node("ReduceProd", [sides], axes=[1], keepdims=1)
        size = self.graph.node("Mul", [self.graph.node("Log", [area]), self.number(0.5)])
        unlikeness = self.graph.node("Abs", [self.less(size, self.turned(size))])
        middle = self.graph.node("Mul", [self.sum(start, end), self.number(0.5)])
        ways, shared = [], []
        for axis in (0, 1):
            place, first, last = (
                self.graph.node("Gather", [each, self.wholes(axis)], axis=1) for each in (middle, start, end)
            )
            way = self.less(place, self.turned(place))
            ways.append(self.graph.node("Mul", [way, way]))
            until = self.graph.node("Min", [last, self.turned(last)])
            common = self.less(until, self.graph.node("Max", [first, self.turned(first)]))
            shared.append(self.relu(common))
        away = self.graph.node("Sqrt", [self.sum(*ways)])
        near = self.graph.node("Mul", [away, self.number(1 / NEAR_PX)])
        distance = self.graph.node("Log", [self.sum(near, self.number(1.0))])
        return distance, unlikeness, self.graph.node("Div", [self.graph.node("Mul", shared), area])

    def round(self, network: Round, places: str, pulls: Sequence[tuple[Tensor, str]]) -> str:
        """`company.Round`, forward."""
        at_hand = self.normalised(network.before, places)
        asked = self.eared(self.linear(network.ask, at_hand), [1, 0, 2])
        offered = self.eared(self.linear(network.offer, at_hand), [1, 2, 0])
        pull = self.graph.node("Mul", [self.graph.node("MatMul", [asked, offered]), self.number(EAR**-0.5)])
        for strength, tie in pulls:
            pull = self.sum(pull, self.graph.node("Mul", [self.learnt(strength[:, None, None]), tie]))
        shares = self.graph.node("Softmax", [pull], axis=-1)
        told = self.eared(self.linear(network.tell, at_hand), [1, 0, 2])
        heard = self.graph.node("Transpose", [self.graph.node("MatMul", [shares, told])], perm=[1, 0, 2])
        heard = self.graph.node("Reshape", [heard, self.wholes(0, -1)])
        places = self.sum(places, self.linear(network.heard, heard))
        inside = self.relu(self.linear(network.think, self.normalised(network.then, places)))
        return self.sum(places, self.linear(network.thought, inside))

    def eared(self, value: str, order: list[int]) -> str:
        """Numbers (k, ears * n), shared out to the ears."""
        shared_out = self.graph.node("Reshape", [value, self.wholes(0, N_EARS, EAR)])
        return self.graph.node("Transpose", [shared_out], perm=order)

    def normalised(self, norm: nn.LayerNorm, value: str) -> str:
        inputs = [value, self.learnt(norm.weight), self.learnt(norm.bias)]
        return self.graph.node("LayerNormalization", inputs, axis=-1, epsilon=float(norm.eps))

    def less(self, first: str, second: str) -> str:
        return self.graph.node("Sub", [first, second])

    def apart(self, boxes: str, scores: str, labels: str) -> None:
        """`second.apart`, and what is left as the file's outputs."""
        pictures = [self.graph.node("Unsqueeze", [boxes, self.wholes(0)])]
        pictures.append(self.graph.node("Unsqueeze", [self.turned(scores), self.wholes(0)]))
        limits = [self.wholes(N_BEST), self.number(SAME_IOU)]
        chosen = self.graph.node("NonMaxSuppression", [*pictures, *limits])  # (m, 3): picture, label, box
        kept = self.graph.node("Gather", [chosen, self.whole(2)], axis=1)
        best = [self.graph.node("Gather", [each, kept], axis=0) for each in (boxes, scores, labels)]
        self.graph.node("Unsqueeze", [best[0], self.wholes(0)], "boxes")
        self.turned(best[1], "scores")
        self.turned(best[2], "labels")

    def turned(self, column: str, output: str = "") -> str:
        """A column (k, 1) as a row."""
        return self.graph.node("Transpose", [column], output, perm=[1, 0])

    def frames(self, boxes: str) -> tuple[str, str]:
        """`second.frames`: the squares (k, 4) and their sides (k, 1)."""
        start, end = self.graph.nodes_of("Split", [boxes, self.wholes(2, 2)], ["", ""], axis=1)
        middle = self.graph.node("Mul", [self.sum(start, end), self.number(0.5)])
        longer = self.graph.node("ReduceMax", [self.less(end, start)], axes=[1], keepdims=1)
        wide = self.graph.node("Mul", [longer, self.number(CONTEXT)])
        side = self.graph.node("Max", [wide, self.number(LEAST_SIDE_PX)])
        half = self.graph.node("Mul", [side, self.number(0.5)])
        ends = [self.less(middle, half), self.sum(middle, half)]
        return self.graph.node("Concat", ends, axis=1), side

    def linear(self, layer: nn.Linear, value: str, gain: Tensor | None = None, shift: Tensor | None = None) -> str:
        """The layer, on inputs multiplied by a gain and shifted, where these are given."""
        weight, bias = layer.weight, layer.bias
        if gain is not None and shift is not None:
            weight, bias = weight * gain, bias + weight @ shift
        inputs = [self.learnt(weight), self.learnt(bias)]
        return self.graph.node("Gemm", [value, *inputs], transB=1)

    def relu(self, value: str) -> str:
        return self.graph.node("Relu", [value])

    def middle(self, cell: str) -> str:
        number = self.graph.node("Cast", [self.graph.node("Unsqueeze", [cell, self.wholes(1)])], to=FLOAT)
        return self.sum(self.graph.node("Mul", [number, self.number(STRIDE)]), self.number(STRIDE / 2))

    def learnt(self, weights: Tensor) -> str:
        return self.graph.constant(weights.detach().float().cpu().numpy())

    def number(self, value: float) -> str:
        return self.graph.constant(np.array(value, np.float32))

    def whole(self, value: int) -> str:
        return self.graph.constant(np.array(value, np.int64))

    def wholes(self, *values: int) -> str:
        return self.graph.constant(np.array(values, np.int64))
