"""A network computed by one of the engines; what lies between its halves and after them is the same for all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from imaging.wording import gettext as _
from inference.engine.backends.onnx import open_session
from inference.engine.backends.rcnn.config import NetworkConfig
from inference.engine.backends.rcnn.export import export_half
from inference.engine.backends.rcnn.network import DenseOutputs, Network
from inference.engine.backends.rcnn.pipeline import Pipeline, torch_pipeline
from inference.engine.backends.rcnn.state import build_network
from inference.engine.errors import DetectorError
from inference.engine.modes import Machine, Plan, cpu_features, installed_packages

Array = NDArray[np.float32]
Run = Callable[[Array], Sequence[Array]]
BFLOAT16_CAPABILITY = (8, 0)  # NVIDIA's Ampere; older cards have float16 alone


def this_machine(device: torch.device) -> Machine:
    """The machine that this process runs on, as far as PyTorch knows it."""
    if device.type == "cuda":
        has_bf16 = torch.cuda.get_device_capability(device) >= BFLOAT16_CAPABILITY
        return Machine("cuda", frozenset({"bf16"} if has_bf16 else ()), installed_packages())
    quick: Any = torch.backends.mkldnn
    onednn = frozenset({"onednn"} if quick.is_available() else ())
    return Machine("cpu", cpu_features() | onednn, installed_packages())


def planned_pipeline(
    config: NetworkConfig, stored: Mapping[str, Tensor], plan: Plan, device: torch.device, threads: int | None = None
) -> Pipeline:
    """The network with a checkpoint's values, computed as planned. Raises DetectorError where a plan does not fit the
    network, ModelFileError where the values do not."""
    config = _budgeted(config, plan.proposals)
    is_sparing = device.type == "cpu" and plan == replace(plan, engine="torch", precision="float32")
    network = build_network(config, stored, is_sparing=is_sparing)
    if plan.engine == "torch":
        pipeline = torch_pipeline(config, network.to(device), device)
        return pipeline if plan.precision == "float32" else _halved(pipeline, network, getattr(torch, plan.precision))
    open_one = {"onnxruntime": _onnxruntime, "openvino": _openvino}[plan.engine]
    return _exported(config, network, lambda content: open_one(content, plan.precision, threads))


def _budgeted(config: NetworkConfig, proposals: int | None) -> NetworkConfig:
    if proposals is None:
        return config
    if config.rpn is None:
        raise DetectorError(
            _("This network looks at no proposals, so that there is no turbo mode: choose exact or fast.")
        )
    return replace(config, rpn=replace(config.rpn, post_nms=min(config.rpn.post_nms, proposals)))


def _halved(pipeline: Pipeline, network: Network, kind: torch.dtype) -> Pipeline:
    """Both halves in half precision, all between them in float32."""
    network.to(kind)
    dense, head = pipeline.dense, pipeline.head

    def dense_half(images: Tensor) -> DenseOutputs:
        features, logits, deltas = dense(images.to(kind))
        return _float(features), _float(logits), _float(deltas)

    def head_half(pooled: Tensor) -> tuple[Tensor, Tensor]:
        logits, deltas = head(pooled.to(kind)) if head else (pooled, pooled)
        return logits.float(), deltas.float()

    return replace(pipeline, dense=dense_half, head=head_half if head else None)


def _float(levels: Sequence[Tensor]) -> list[Tensor]:
    return [level.float() for level in levels]


def _exported(config: NetworkConfig, network: Network, open_one: Callable[[bytes], Run]) -> Pipeline:
    """Both halves run by an engine that reads ONNX files, on the processor."""
    n_features, n_levels = len(config.roi.levels if config.roi else ()), len(config.levels)
    run_dense, run_head = (open_one(content) if content else None for content in onnx_halves(config, network))

    def dense(images: Tensor) -> DenseOutputs:
        answers = [torch.from_numpy(answer) for answer in run_dense(_array(images))] if run_dense else []
        logits, deltas = answers[n_features : n_features + n_levels], answers[n_features + n_levels :]
        return answers[:n_features], logits, deltas

    def head(pooled: Tensor) -> tuple[Tensor, Tensor]:
        logits, deltas = run_head(_array(pooled)) if run_head else (np.empty(0), np.empty(0))
        return torch.from_numpy(logits), torch.from_numpy(deltas)

    step = network.roi_heads.pool_step if network.roi_heads else 1
    return Pipeline(config, dense, head if run_head else None, step, torch.device("cpu"))


def onnx_halves(config: NetworkConfig, network: Network) -> tuple[bytes, bytes | None]:
    """The dense half and the head as ONNX files, the head None where there is none.

    They take a second or two to make, and are made when they are used: of weights whose hash is on the card, so that
    there are no further files to keep, to check, and to make anew with every change of this code.
    """
    features = len(config.roi.levels) if config.roi else 0
    names = [f"features{at}" for at in range(features)]
    names += [f"{kind}{at}" for kind in ("logits", "deltas") for at in range(len(config.levels))]
    dense = export_half(network.dense, "images", ("n", 3, "height", "width"), [(name, 4) for name in names])
    if network.roi_heads is None:
        return dense, None
    shape = ("proposals", "channels", "rows", "columns")
    return dense, export_half(network.roi_heads, "pooled", shape, [("logits", 2), ("deltas", 2)])


def _array(values: Tensor) -> Array:
    array: Array = values.contiguous().numpy()
    return array


def _onnxruntime(content: bytes, _precision: str, threads: int | None) -> Run:
    session: Any = open_session(content, "cpu", threads)
    name = session.get_inputs()[0].name
    return lambda values: session.run(None, {name: values})


def _openvino(content: bytes, precision: str, threads: int | None) -> Run:
    import openvino

    core: Any = openvino.Core()
    settings: dict[str, Any] = {"INFERENCE_PRECISION_HINT": {"bfloat16": "bf16", "float32": "f32"}[precision]}
    if threads:
        settings["INFERENCE_NUM_THREADS"] = threads
    compiled = core.compile_model(core.read_model(content), "CPU", settings)
    return lambda values: [np.array(answer) for answer in compiled([values]).values()]
