"""The two halves of a network as ONNX files, for engines other than PyTorch.

PyTorch's tracer writes down what the halves' own code computes, so that the network is described once; each of the
operations met there becomes a node. What hangs on weights alone is computed here.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx, nn
from torch.nn import functional

from inference.engine.backends.onnxgraph import Graph, Shape

PRODUCER = "kopje-rcnn"
INT64_MAX = 2**63 - 1


def export_half(half: nn.Module, name: str, shape: Shape, outputs: Sequence[tuple[str, int]]) -> bytes:
    """An ONNX file with one float32 input of this name and shape; a side that is a name may be of any length.
    `outputs`: name and number of axes of each tensor that the half answers, in order."""
    graph = Graph()
    writer = _Writer(half, graph, name, shape)
    found = list(_flat(writer.run()))
    for (title, axes), value in zip(outputs, found, strict=True):
        graph.node("Identity", [writer.named(value)], title)
        graph.output(title, "float32", [f"{title}_{axis}" for axis in range(axes)])
    return graph.encoded(PRODUCER)


def _flat(value: Any) -> Any:
    if isinstance(value, tuple | list):
        for part in value:
            yield from _flat(part)
    else:
        yield value


class _Writer(fx.Interpreter):
    """Runs what was traced with names of values in the place of tensors."""

    def __init__(self, half: nn.Module, graph: Graph, name: str, shape: Shape) -> None:
        super().__init__(fx.symbolic_trace(half), garbage_collect_values=False)
        self.onnx, self.name, self.shape = graph, name, shape
        self.constants: dict[int, tuple[Tensor, str]] = {}

    def placeholder(self, *_: Any) -> Any:
        return _Value(self.onnx.input(self.name, "float32", self.shape))

    def call_module(self, target: Any, args: Any, _kwargs: Any) -> Any:
        module = self.fetch_attr(target)
        if isinstance(module, nn.ReLU):
            return self.node("Relu", args[0])
        return self.node("Gemm", args[0], module.weight, module.bias, transB=1)

    def call_function(self, target: Any, args: Any, kwargs: Any) -> Any:
        return FUNCTIONS[target](self, *args, **kwargs)

    def call_method(self, target: Any, args: Any, kwargs: Any) -> Any:
        if isinstance(args[0], Tensor):
            return super().call_method(target, args, kwargs)
        return METHODS[target](self, *args, **kwargs)

    def node(self, kind: str, *values: Any, **attributes: Any) -> "_Value":
        return _Value(self.onnx.node(kind, [self.named(value) for value in values], **attributes))

    def named(self, value: Any) -> str:
        """The name of a value; of a constant, which is written when it is first met."""
        if isinstance(value, _Value):
            return value.name
        if not isinstance(value, Tensor):
            value = torch.tensor(value)
        if id(value) not in self.constants:
            # The tensor is kept beside its name, or another could be made where it lay.
            self.constants[id(value)] = value, self.onnx.constant(np.asarray(value.detach().cpu()))
        return self.constants[id(value)][1]


class _Value:
    """What a node answers."""

    def __init__(self, name: str) -> None:
        self.name = name


def _conv(writer: _Writer, maps: Any, weight: Any, bias: Any = None, *how: Any) -> _Value:
    usual: tuple[Any, ...] = (1, 0, 1, 1)
    stride, padding, dilation, groups = how + usual[len(how) :]
    sides = {"strides": _pair(stride), "pads": _pair(padding) * 2, "dilations": _pair(dilation), "group": groups}
    weights = [weight] if bias is None else [weight, bias]
    return writer.node("Conv", maps, *weights, kernel_shape=list(weight.shape[2:]), **sides)


def _pair(value: Any) -> list[int]:
    return [value, value] if isinstance(value, int) else list(value)


def _max_pool(writer: _Writer, maps: Any, kernel_size: int, stride: int, padding: int = 0, **_: Any) -> _Value:
    sides = {"kernel_shape": _pair(kernel_size), "strides": _pair(stride), "pads": _pair(padding) * 2}
    return writer.node("MaxPool", maps, **sides)


def _doubled(writer: _Writer, maps: Any, scale_factor: float, mode: str, **_: Any) -> _Value:
    scales = writer.named(torch.tensor([1.0, 1.0, scale_factor, scale_factor]))
    how = {"mode": mode, "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"}
    return _Value(writer.onnx.node("Resize", [maps.name, "", scales], **how))


def _chosen(writer: _Writer, value: Any, place: Any) -> Any:
    """One of several answers, or a slice of the channels."""
    if isinstance(value, list | tuple):
        return value[place]
    every, channels = place
    if every != slice(None):
        raise NotImplementedError(place)
    bounds = [[channels.start or 0], [INT64_MAX if channels.stop is None else channels.stop], [1]]
    return writer.node("Slice", value, *bounds)


def _chunk(writer: _Writer, value: Any, n: int) -> list[_Value]:
    return [_Value(name) for name in writer.onnx.nodes_of("Split", [value.name], [""] * n, axis=0)]


def _repeat(writer: _Writer, value: Any, n: int, *_: int) -> _Value:
    return writer.node("Concat", *[value] * n, axis=0)


def _of(kind: str) -> Callable[..., _Value]:
    return lambda writer, *values, **_: writer.node(kind, *values)


FUNCTIONS: dict[Any, Callable[..., Any]] = {
    functional.conv2d: _conv,
    functional.relu_: _of("Relu"),
    functional.relu: _of("Relu"),
    functional.max_pool2d: _max_pool,
    functional.interpolate: _doubled,
    torch.cat: lambda writer, parts, dim=0: writer.node("Concat", *parts, axis=dim),
    operator.add: _of("Add"),
    operator.truediv: lambda writer, value, by: writer.node("Div", value, float(by)),
    operator.getitem: _chosen,
}
METHODS: dict[str, Callable[..., Any]] = {
    "add_": _of("Add"),
    "mean": lambda writer, value, dim: writer.node("ReduceMean", value, axes=list(dim), keepdims=0),
    "flatten": lambda writer, value, axis: writer.node("Flatten", value, axis=axis),
    "chunk": _chunk,
    "repeat": _repeat,
}
