"""From a network's raw outputs to boxes in input pixels: one small pure function for each kind of head."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imaging.wording import gettext as _
from inference.engine.boxes import Boxes
from inference.engine.errors import DetectorError

Array = NDArray[Any]
Outputs = Mapping[str, Array]
YOLOX_STRIDES = (8, 16, 32)


@dataclass(frozen=True)
class Asked:
    """What the outputs must fit: labels on the card, input size in px, score below which a box is not wanted, and
    the number by which the model calls the first label."""

    n_labels: int
    width: int
    height: int
    threshold: float
    first_label: int = 0


Head = Callable[[Outputs, Asked], list[Boxes]]


def yolox(outputs: Outputs, asked: Asked) -> list[Boxes]:
    """One output (batch, cells, 5 + labels) of the raw YOLOX head (arXiv 2107.08430): for each cell of the grids of
    stride 8, 16 and 32 the centre's offset and the logarithm of the size in cells, objectness and label scores."""
    raw = _only(outputs)
    grid, stride = _cells(asked.width, asked.height)
    _expect(raw, (raw.shape[0], len(grid), 5 + asked.n_labels), "yolox")
    centre = (raw[..., :2] + grid) * stride
    half = np.exp(np.minimum(raw[..., 2:4], 20)) * stride / 2
    return _best_labels(np.concatenate([centre - half, centre + half], axis=-1), raw[..., 4:5] * raw[..., 5:], asked)


def yolov8(outputs: Outputs, asked: Asked) -> list[Boxes]:
    """One output (batch, 4 + labels, boxes): centre x, centre y, width, height in input px, then label scores."""
    raw = _only(outputs)
    _expect(raw, (raw.shape[0], 4 + asked.n_labels, raw.shape[-1]), "yolov8")
    rows = raw.transpose(0, 2, 1)
    centre, half = rows[..., :2], rows[..., 2:4] / 2
    return _best_labels(np.concatenate([centre - half, centre + half], axis=-1), rows[..., 4:], asked)


def boxes_scores_labels(outputs: Outputs, asked: Asked) -> list[Boxes]:
    """Three outputs, named so that one holds "box", one "score" and one "label" or "class": corners in input px,
    scores and label numbers of each image's boxes, with or without a leading batch axis."""
    corners, scores = _named(outputs, "box"), _named(outputs, "score")
    labels = _named(outputs, "label", "class")
    if corners.ndim == 2:
        corners, scores, labels = corners[None], scores[None], labels[None]
    if corners.ndim != 3 or corners.shape[2] != 4 or not corners.shape[:2] == scores.shape == labels.shape:
        sentence = _(
            "The head boxes_scores_labels expects boxes (n, 4), scores (n) and labels (n), but the model answers "
            "with %(boxes)s, %(scores)s and %(labels)s."
        )
        raise DetectorError(sentence % {"boxes": corners.shape, "scores": scores.shape, "labels": labels.shape})
    return [_known(*image, asked) for image in zip(corners, scores, labels, strict=True)]


HEADS: dict[str, Head] = {"yolox": yolox, "yolov8": yolov8, "boxes_scores_labels": boxes_scores_labels}


def _cells(width: int, height: int) -> tuple[Array, Array]:
    """Column, row and stride of every cell, (n, 2) and (n, 1)."""
    grids, strides = [], []
    for stride in YOLOX_STRIDES:
        columns, rows = np.meshgrid(np.arange(width // stride), np.arange(height // stride))
        grids.append(np.stack([columns, rows], axis=-1).reshape(-1, 2))
        strides.append(np.full((columns.size, 1), stride))
    return np.concatenate(grids).astype(np.float32), np.concatenate(strides).astype(np.float32)


def _best_labels(corners: Array, scores: Array, asked: Asked) -> list[Boxes]:
    label, score = scores.argmax(axis=-1), scores.max(axis=-1)
    wanted = score >= asked.threshold
    return [Boxes.of(corners[i][keep], score[i][keep], label[i][keep]) for i, keep in enumerate(wanted)]


def _known(corners: Array, score: Array, label: Array, asked: Asked) -> Boxes:
    keep = score >= asked.threshold
    index = label[keep].astype(np.int64) - asked.first_label
    if len(index) and not 0 <= index.min() <= index.max() < asked.n_labels:
        sentence = _(
            "The model answers with label number %(found)d, but the card names %(n)d labels from number %(first)d on: "
            "correct 'labels', or 'first_label' in the card's 'settings'."
        )
        known = {"n": asked.n_labels, "first": asked.first_label}
        raise DetectorError(sentence % {"found": label[keep].max(), **known})
    return Boxes.of(corners[keep], score[keep], index)


def _only(outputs: Outputs) -> Array:
    raw = next(iter(outputs.values()))
    if len(outputs) != 1 or raw.ndim != 3:
        shapes = ", ".join(str(output.shape) for output in outputs.values())
        sentence = _("The card's head expects one output with three axes, but the model answers %(shapes)s.")
        raise DetectorError(sentence % {"shapes": shapes})
    return raw


def _named(outputs: Outputs, *words: str) -> Array:
    for name, output in outputs.items():
        if any(word in name.lower() for word in words):
            return output
    sentence = _("The head boxes_scores_labels expects an output named like %(word)r, but the model's are %(names)s.")
    raise DetectorError(sentence % {"word": words[0], "names": ", ".join(outputs)})


def _expect(raw: Array, shape: tuple[int, ...], head: str) -> None:
    if raw.shape != shape:
        sentence = _(
            "The head %(head)s expects an output of shape %(shape)s for the card's labels and input size, but the "
            "model answers with %(found)s: correct 'labels', 'input' or 'head' in the model card."
        )
        raise DetectorError(sentence % {"head": head, "shape": shape, "found": raw.shape})
