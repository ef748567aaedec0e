"""Weights and images out of names alone, the same on every machine.

Every number comes from a 64-bit integer hash (FNV-1a of a name, then splitmix64's mixing) and from additions,
multiplications, divisions and square roots, which IEEE 754 fixes to the bit. Filters sum to zero, or a deep network of
random weights would answer the same everywhere. The rules are those of the case folders' README.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

BITS = 24
GOLD, FIRST, SECOND = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
AT_ONCE = 1 << 20
Gains = Sequence[tuple[str, float]]
Floats = NDArray[np.float32]

# The first pattern that a name holds: standard deviation times the square root of a filter's length.
FILTERS = (
    (r"stem\.conv1", 0.05), (r"shortcut|fpn_|top_block", 1.2), (r"objectness_logits", 2.5), (r"anchor_deltas", 0.25),
    (r"cls_score", 5.0), (r"head\.bbox_pred", 0.25), (r"bbox_pred", 2.0), (r"", 1.65),
)  # fmt: skip
# The first pattern that a name holds: middle and half width of its values; what fits none is a filter.
SPREADS = (
    (r"running_mean$", (0.0, 0.1)), (r"running_var$", (1.0, 0.3)), (r"\.conv3\.norm\.weight$", (0.35, 0.05)),
    (r"\.norm\d*\.(.*\.)?weight$", (1.0, 0.1)), (r"\.norm\d*\.", (0.0, 0.1)),
    (r"head\.cls_score.*\.bias$", (-3.0, 0.2)),
    (r"(cls_score|objectness).*\.bias$", (0.0, 0.5)), (r"\.bias$", (0.0, 0.05)),
)  # fmt: skip


def state_dict(
    shapes: Mapping[str, Sequence[int]], seed: int, gains: Gains = (), overrides: Mapping[str, Any] | None = None
) -> dict[str, Floats]:
    """Every weight by name: `gains` multiply those whose name holds a text, `overrides` replace some outright."""
    return {name: tensor(name, tuple(shape), seed, gains, overrides) for name, shape in shapes.items()}


def tensor(
    name: str, shape: tuple[int, ...], seed: int, gains: Gains = (), overrides: Mapping[str, Any] | None = None
) -> Floats:
    """One weight, float32."""
    if overrides and name in overrides:
        return np.asarray(overrides[name], np.float32).reshape(shape)
    gain = 1.0
    for text, factor in gains:
        gain *= factor if text in name else 1.0
    key = f"{seed}/{name}"
    for pattern, (middle, half) in SPREADS:
        if re.search(pattern, name):
            return ((middle + half * _uniform(key, shape)) * gain).astype(np.float32)
    return _filters(key, shape, next(scale for pattern, scale in FILTERS if re.search(pattern, name)) * gain)


def hashed(key: str, start: int, stop: int) -> NDArray[np.int64]:
    """The numbers `start` to `stop` of a key: odd, symmetric about 0, within 2 ** 24."""
    with np.errstate(over="ignore"):
        mixed = np.arange(start + 1, stop + 1, dtype=np.uint64) * GOLD + np.uint64(_fnv1a(key))
        mixed = (mixed ^ (mixed >> np.uint64(30))) * FIRST
        mixed = (mixed ^ (mixed >> np.uint64(27))) * SECOND
    mixed ^= mixed >> np.uint64(31)
    return 2 * (mixed >> np.uint64(64 - BITS)).astype(np.int64) - ((1 << BITS) - 1)


def _fnv1a(text: str) -> int:
    key = 0xCBF29CE484222325
    for byte in text.encode():
        key = ((key ^ byte) * 0x100000001B3) & ((1 << 64) - 1)
    return key


def _uniform(key: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    return (hashed(key, 0, int(np.prod(shape))) / float(1 << BITS)).reshape(shape)


def _filters(key: str, shape: tuple[int, ...], gain: float) -> Floats:
    """Filters that sum to zero exactly, a few at a time: a fully connected layer may have 100 million numbers."""
    length = int(np.prod(shape[1:]))
    scale = gain * np.sqrt(3.0) / (np.sqrt(float(length)) * length * float(1 << BITS))
    found = np.empty((shape[0], length), np.float32)
    rows = max(1, AT_ONCE // length)
    for first in range(0, shape[0], rows):
        last = min(first + rows, shape[0])
        values = hashed(key, first * length, last * length).reshape(-1, length)
        found[first:last] = (values * length - values.sum(axis=1, keepdims=True)) * scale
    return found.reshape(shape)
