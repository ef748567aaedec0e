"""Holding a network's answers against the stored ones, at the tolerances of the case folders' README."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.engine.backends.rcnn.reading import read_config
from inference.golden.case import Arrays, Case

Array = NDArray[Any]
STAGES = ("input", "backbone/", "rpn/", "retina/")
GROWTH_LIMIT = math.log(1000 / 16)
MATCHING_IOU = 0.99


@dataclass(frozen=True)
class Tolerance:
    """Largest differences: `stage` plus `share` of the value in features and logits, the rest in px and in score."""

    stage: float = 2e-4
    share: float = 1e-3
    proposal_px: float = 0.02
    box_px: float = 0.05
    score: float = 5e-4


# Where deltas grow boxes to the limit, the exponential makes small differences large.
CLAMPED = Tolerance(box_px=0.2, score=1e-3)


@dataclass
class Outcome:
    """What was compared, the largest differences of final boxes, and what is out of tolerance."""

    faults: list[str]
    n_boxes: int = 0
    box_px: float = 0.0
    score: float = 0.0


def compare(case: Case, found: Arrays) -> Outcome:
    """Everything that the case stores against the answers, whose names are those of the case's, with whole arrays."""
    outcome, tolerance = Outcome([]), CLAMPED if is_clamped(case) else Tolerance()
    outcome.faults += _stage_faults(case.expected, found, tolerance)
    for number in _numbers(case.expected, "proposals", "count"):
        outcome.faults += _proposal_faults(f"proposals{number}", case.expected, found, tolerance)
    outcome.faults += _roi_faults(case.expected, found, tolerance)
    for number in _numbers(case.expected, "final", "boxes"):
        _compare_final(f"final{number}", case.expected, found, tolerance, outcome)
    if not any(name.startswith("final") for name in case.expected):
        outcome.faults.append("no final boxes are stored")
    return outcome


def is_clamped(case: Case) -> bool:
    """Whether this is a case about deltas beyond the limit of growth."""
    config = read_config(case.config)
    deltas = [(values, config.rpn) for name, values in case.expected.items() if re.match(r"rpn/deltas.*/slice", name)]
    deltas += [(case.expected["roi/deltas"].T[None, :, :, None], config.roi)] if "roi/deltas" in case.expected else []
    growths = [_growth(values, part.weights) for values, part in deltas if part]
    return "clamp" in case.name or any(bool((growth > GROWTH_LIMIT).any()) for growth in growths)


def _growth(deltas: Array, weights: Sequence[float]) -> Array:
    """In width and height, of (n, anchors * 4, h, w)."""
    each = deltas.reshape(len(deltas), -1, 4, *deltas.shape[2:])
    return each[:, :, 2:] / np.array(weights[2:]).reshape(1, 1, 2, 1, 1)


def _numbers(expected: Arrays, start: str, leaf: str) -> list[int]:
    names = [name.split("/")[0] for name in expected if name.startswith(start) and name.endswith(f"/{leaf}")]
    return sorted(int(name.removeprefix(start)) for name in names)


def _stage_faults(expected: Arrays, found: Arrays, tolerance: Tolerance) -> Iterator[str]:
    for name, wanted in expected.items():
        stage, _, leaf = name.rpartition("/")
        if not name.startswith(STAGES):
            continue
        if stage not in found:
            yield f"{stage} was not answered"
        elif difference := _beyond(_part(found[stage], leaf), wanted, tolerance.stage, tolerance.share):
            yield f"{name} {difference}"


def _part(values: Array, leaf: str) -> Array:
    """What a case stores of a whole array."""
    if leaf == "shape":
        return np.array(values.shape)
    if leaf == "meanstd":
        return np.array([values.mean(dtype=np.float64), values.std(dtype=np.float64, ddof=1)])
    return values[:, :8, :5, :5] if leaf == "slice" else values[:, -4:, -3:, -3:]


def _beyond(found: Array, wanted: Array, absolute: float, share: float = 0.0) -> str:
    """How the values differ more than allowed; empty where they do not."""
    if found.shape != wanted.shape:
        return f"has shape {list(found.shape)} instead of {list(wanted.shape)}"
    if found.size == 0:
        return ""
    excess = np.abs(found.astype(np.float64) - wanted) - share * np.abs(wanted)
    worst = float(excess.max())
    return "" if worst <= absolute else f"is {worst:.3g} off where {absolute:.3g} is allowed"


def _proposal_faults(name: str, expected: Arrays, found: Arrays, tolerance: Tolerance) -> Iterator[str]:
    wanted, own = expected[f"{name}/boxes"], found.get(f"{name}/boxes", np.zeros((0, 4)))
    if len(own) != int(expected[f"{name}/count"]):
        yield f"{name}: {len(own)} instead of {int(expected[f'{name}/count'])}"
        return
    match = _matched(wanted, own)
    if difference := _beyond(own[match], wanted, tolerance.proposal_px):
        yield f"{name}/boxes {difference} px"
    logits = found[f"{name}/logits"][match]
    if difference := _beyond(logits, expected[f"{name}/logits"], tolerance.stage, tolerance.share):
        yield f"{name}/logits {difference}"


def _roi_faults(expected: Arrays, found: Arrays, tolerance: Tolerance) -> Iterator[str]:
    if "roi/cls_logits" not in expected:
        return
    pooled = found["roi/pooled"]
    shape = [len(found["roi/cls_logits"]), *pooled.shape[1:]]
    if shape != expected["roi/pooled_shape"].tolist():
        yield f"roi/pooled_shape is {shape}"
        return
    match = _proposal_rows(expected, found)
    for name in ("roi/pooled", "roi/cls_logits", "roi/deltas"):
        rows = match[: len(expected[name])]
        given = rows < len(found[name])
        values, wanted = found[name][rows[given]], expected[name][: len(rows)][given]
        if difference := _beyond(values[:, : wanted.shape[1]], wanted, tolerance.stage, tolerance.share):
            yield f"{name} {difference}"


def _proposal_rows(expected: Arrays, found: Arrays) -> Array:
    """For each of the first stored proposals, the row of the same one here: near-equal logits may have swapped. Ends
    where the stored ones have a gap."""
    rows: list[int] = []
    start = 0
    for number in _numbers(expected, "proposals", "count"):
        wanted, own = expected[f"proposals{number}/boxes"], found[f"proposals{number}/boxes"]
        rows += (start + _matched(wanted, own)).tolist()
        start += len(own)
        if len(wanted) < len(own):
            break
    return np.array(rows, np.intp)


def _compare_final(name: str, expected: Arrays, found: Arrays, tolerance: Tolerance, outcome: Outcome) -> None:
    wanted, own = expected[f"{name}/boxes"], found[f"{name}/boxes"]
    labels, own_labels = expected[f"{name}/classes"], found[f"{name}/classes"]
    outcome.n_boxes += len(own)
    if len(own) != len(wanted) or sorted(own_labels.tolist()) != sorted(labels.tolist()):
        outcome.faults.append(f"{name}: {len(own)} boxes instead of {len(wanted)}, or other labels")
        return
    match = _matched(wanted, own, same=labels[:, None] == own_labels[None])
    if len(set(match.tolist())) < len(match) or (labels != own_labels[match]).any():
        outcome.faults.append(f"{name}: boxes cannot be matched one to one")
        return
    if len(own) and (poorest := float(_iou(wanted, own)[np.arange(len(match)), match].min())) < MATCHING_IOU:
        outcome.faults.append(f"{name}: a box overlaps its match by {poorest:.3f} only")
    scores = found[f"{name}/scores"][match]
    for what, values, stored, limit in (
        ("boxes", own[match], wanted, tolerance.box_px),
        ("scores", scores, expected[f"{name}/scores"], tolerance.score),
    ):
        if difference := _beyond(values, stored, limit):
            outcome.faults.append(f"{name}/{what} {difference}")
    outcome.box_px = max(outcome.box_px, float(np.abs(own[match] - wanted).max(initial=0)))
    outcome.score = max(outcome.score, float(np.abs(scores - expected[f"{name}/scores"]).max(initial=0)))


def _matched(wanted: Array, own: Array, *, same: Array | None = None) -> Array:
    """For each box the index of the one here that overlaps it most; each is taken once where possible."""
    overlap = _iou(wanted, own)
    if same is not None:
        overlap = np.where(same, overlap, -1.0)
    match = np.full(len(wanted), -1, np.intp)
    free = np.ones(len(own), bool)
    for row in np.argsort(-overlap.max(axis=1, initial=-1.0), kind="stable"):
        match[row] = int(np.where(free, overlap[row], -2.0).argmax()) if len(own) else -1
        free[match[row]] = False
    return match


def _iou(first: Array, second: Array) -> Array:
    low = np.maximum(first[:, None, :2].astype(np.float64), second[None, :, :2])
    high = np.minimum(first[:, None, 2:].astype(np.float64), second[None, :, 2:])
    inside = np.prod(np.maximum(high - low, 0), axis=2)
    areas = [np.prod(boxes[:, 2:].astype(np.float64) - boxes[:, :2], axis=1) for boxes in (first, second)]
    union = areas[0][:, None] + areas[1][None] - inside
    return np.divide(inside, union, out=np.zeros_like(inside), where=union > 0)
