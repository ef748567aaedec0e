"""What a network answers on its way to boxes, by name, to be held against what Detectron2 answers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from inference.engine.backends.rcnn.device import choose_device
from inference.engine.backends.rcnn.images import Batch
from inference.engine.backends.rcnn.network import DenseOutputs, Network
from inference.engine.backends.rcnn.pipeline import Pipeline, torch_pipeline
from inference.engine.backends.rcnn.reading import read_config
from inference.engine.backends.rcnn.results import Found, rescale
from inference.engine.backends.rcnn.state import build_network
from inference.engine.detector import Pixels

Stages = Iterator[tuple[str, Tensor]]


def trace(
    settings: Mapping[str, Any],
    stored: Mapping[str, NDArray[Any]],
    images: Sequence[Pixels],
    *,
    is_resized: bool,
    device: str = "cpu",
) -> dict[str, NDArray[Any]]:
    """Every stage of one batch of (height, width, 3) uint8 RGB images, as whole arrays.

    `settings` are Detectron2's, `stored` the checkpoint's values by name. Answers `input`, `backbone/<level>`,
    `rpn/...` or `retina/...`, `proposals<n>/...`, `roi/...`, `final<n>/boxes|scores|classes`; `roi/pooled` has all
    bins, of the first few proposals only. Raises CardError, ModelFileError, or DetectorError without the device.
    """
    config, place = read_config(settings), choose_device(device)
    values = {name: torch.from_numpy(value) for name, value in stored.items()}
    network = build_network(config, values, is_sparing=place.type == "cpu").to(place)
    pipeline = torch_pipeline(config, network, place)
    batch = pipeline.batch(images, is_resized=is_resized)
    with torch.inference_mode():
        return {name: value.cpu().numpy() for name, value in _stages(network, pipeline, batch)}


def _stages(network: Network, pipeline: Pipeline, batch: Batch) -> Stages:
    yield "input", batch.images
    levels = network.backbone(batch.images)
    yield from ((f"backbone/{name}", level) for name, level in levels.items())
    answers = network.dense.looked_at(levels)
    if pipeline.config.retina:
        yield from _dense_stages("retina/logits", "retina/deltas", answers)
        yield from _final_stages(pipeline.judged(*answers, batch.sizes), batch)
    else:
        yield from _dense_stages("rpn/objectness", "rpn/deltas", answers)
        raw = [levels[name] for name in network.dense.pooled]
        yield from _roi_stages(pipeline, raw, answers, batch)


def _dense_stages(logits_name: str, deltas_name: str, answers: DenseOutputs) -> Stages:
    _features, logits, deltas = answers
    yield from ((f"{logits_name}{at}", level) for at, level in enumerate(logits))
    yield from ((f"{deltas_name}{at}", level) for at, level in enumerate(deltas))


def _roi_stages(pipeline: Pipeline, raw: Sequence[Tensor], answers: DenseOutputs, batch: Batch) -> Stages:
    """`raw`: features before any part of the head."""
    features, logits, deltas = answers
    proposals = pipeline.proposals(logits, deltas, batch.sizes)
    for at in range(len(batch.sizes) * pipeline.config.resnet.branches):
        own = proposals.image == at
        yield f"proposals{at}/boxes", proposals.boxes[own]
        yield f"proposals{at}/logits", proposals.logits[own]
    yield "roi/pooled", next(pipeline.pooled(raw, proposals, 1))
    labels, shifts = pipeline.looked_at(features, proposals)
    yield "roi/cls_logits", labels
    yield "roi/deltas", shifts
    yield from _final_stages(pipeline.judge(labels, shifts, proposals, batch.sizes), batch)


def _final_stages(found: Found, batch: Batch) -> Stages:
    found = rescale(found, batch.sizes, batch.originals)
    for at in range(len(batch.sizes)):
        own = found.take(found.image == at)
        yield f"final{at}/boxes", own.boxes
        yield f"final{at}/scores", own.scores
        yield f"final{at}/classes", own.labels
